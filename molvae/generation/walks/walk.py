"""What a walk through the latent space gives: a table of molecules, its shares, a picture."""

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import pandas as pd

from molvae.chem import are_known, get_property, property_table
from molvae.data.tables import save_table
from molvae.generation.codec import Codec

Draw = Callable[[pd.DataFrame, Sequence[str], str | Path], None]
"""Draws the rows of a table, with the named properties under each molecule, to a file."""
SHOWN = 20
"""Rows shown of a long table."""
MOLECULES_ONLY = (".smi", ".sdf")
"""Formats that have no room for a row without a molecule."""


@final
class Walk:
    """Molecules met on a walk, in order; a result that does not change.

    Each row of the table has a `smiles`, missing where no attempt gave a molecule; the
    function that made the walk says what its other columns are. `facts` are the figures of
    `summary` by name.
    """

    def __init__(
        self, table: pd.DataFrame, *, facts: Mapping[str, Any], summary: str, draw: Draw
    ) -> None:
        self._table = table.reset_index(drop=True)
        self._draw = draw
        self.facts = dict(facts)
        self.summary = summary

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the table."""
        return self._table.copy()

    @property
    def smiles(self) -> list[str | None]:
        """The SMILES of each row, None where there is no molecule."""
        return [None if pd.isna(smiles) else str(smiles) for smiles in self._table["smiles"]]

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str | None]:
        return iter(self.smiles)

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file whatever the name of `path`; "-" is standard output."""
        save_table(self._table, path, kind=".csv")

    def save(self, path: str | Path) -> None:
        """Write CSV, TSV, SMI, SDF (each also .gz) or Parquet by the ending of `path`.

        SMI and SDF leave out the rows that have no molecule.
        """
        save_table(writable(self._table, path), path)

    def picture(self, path: str | Path, *, properties: Sequence[str] = ()) -> None:
        """Draw the walk as PNG, SVG or HTML, `properties` under each molecule.

        Properties that the table has not are worked out. Raises `OutputError` for another
        ending or nothing to draw, `ConfigError` for an unknown property.
        """
        missing = [name for name in properties if name not in self._table.columns]
        self._draw(with_properties(self._table, missing), properties, path)

    def to_dict(self) -> dict[str, Any]:
        """Figures and rows in plain Python types, as `--json` prints them."""
        rows = self._table.astype(object).where(self._table.notna(), None)
        return {**self.facts, "molecules": rows.to_dict("records")}

    def __repr__(self) -> str:
        shown = _readable(self._table.head(SHOWN))
        return f"{self.summary}\n{shown.to_string(float_format='{:.2f}'.format, na_rep='-')}"

    def _repr_html_(self) -> str:
        head = _readable(self._table.head(SHOWN)).to_html(
            index=False, border=0, float_format="{:.2f}".format, na_rep="-"
        )
        return f"<pre>{html.escape(self.summary)}</pre>{head}"


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """`table` with "-" where it does not apply whether something is so."""
    flags = [name for name in table.columns if table[name].dtype == "boolean"]
    return table.assign(
        **{name: table[name].astype(object).where(table[name].notna(), "-") for name in flags}
    )


def writable(table: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """The rows of `table` that a file named `path` can hold."""
    if any(suffix.lower() in MOLECULES_ONLY for suffix in Path(path).suffixes):
        return table[table["smiles"].notna()]
    return table


def described(table: pd.DataFrame, codec: Codec, properties: Sequence[str]) -> pd.DataFrame:
    """`table` with `novel` where the training molecules are known, and one column a property."""
    keys = codec.saved.training_keys
    if keys is not None:
        missing = table["smiles"].isna()
        novel = pd.array(~are_known(table["smiles"].fillna(""), keys), dtype="boolean")
        novel[missing.to_numpy()] = pd.NA
        table = table.assign(novel=novel)
    return with_properties(table, properties)


def with_properties(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """`table` with a column for each property, NaN where there is no molecule."""
    if not names:
        return table
    smiles = [str(one) for one in table["smiles"].fillna("")]
    values = property_table(smiles, list(names), workers=1).set_index(table.index)
    return table.assign(**{name: values[name] for name in names})


def check_properties(names: Sequence[str]) -> None:
    """Raise `ConfigError` for an unknown property, before work is put into a walk."""
    for name in names:
        get_property(name)
