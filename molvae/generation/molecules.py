"""What sampling gives: a table of molecules, and the honest numbers of how it came about."""

import html
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from molvae.chem.drawing import grid_image
from molvae.data.tables import save_table
from molvae.errors import GenerationError
from molvae.generation.conditions import ConditionResult, results_lines

LEGEND_WIDTH = 3
"""Properties on one line under a drawing."""
NOT_PROPERTIES = ("smiles", "valid", "novel")


@dataclass(frozen=True)
class SampleSummary:
    """How many molecules were asked for, drawn and given, and how good the raw ones were.

    Validity is of all that were drawn, by the decoding that drew them, uniqueness of the
    valid, novelty of the unique ones against the training molecules; NaN where that is not
    known. `conditions` compares each target with the molecules given.
    """

    requested: int
    returned: int
    drawn: int
    validity: float
    uniqueness: float
    novelty: float
    seed: int
    seconds: float
    conditions: tuple[ConditionResult, ...] = ()
    guidance: float = 1.0
    constrained: bool = False
    """Whether tokens that cannot lead to a molecule were masked."""
    best_of: int = 1
    """Molecules drawn for each one given, which is the nearest of them to the targets."""

    def __str__(self) -> str:
        rate = self.drawn / max(self.seconds, 1e-9)
        how = ", ".join(self._how())
        lines = [
            f"{self.returned:,} molecules from {self.drawn:,} drawn in {self.seconds:.1f} s "
            f"({rate:,.0f}/s), seed {self.seed}",
            f"raw samples{how and f' ({how})'}: "
            f"validity {_share(self.validity)}, "
            f"uniqueness {_share(self.uniqueness)}, novelty {_share(self.novelty)}",
        ]
        return "\n".join([*lines, *(results_lines(self.conditions) if self.conditions else ())])

    def _how(self) -> Iterator[str]:
        """What was out of the ordinary about the drawing."""
        if self.constrained:
            yield "constrained"
        if self.guidance != 1.0:
            yield f"guidance {self.guidance:g}"
        if self.best_of > 1:
            yield f"best of {self.best_of}"


class Molecules:
    """Generated molecules in the order they were drawn; a result that does not change.

    The table has the columns `smiles`, `valid` where invalid ones were allowed, `novel`
    where that is known, and one a property.
    """

    def __init__(self, table: pd.DataFrame, summary: SampleSummary) -> None:
        if "smiles" not in table.columns:
            raise GenerationError("a table of molecules needs a column 'smiles'")
        self._table = table.reset_index(drop=True)
        self.summary = summary

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the table; one row a molecule."""
        return self._table.copy()

    @property
    def smiles(self) -> list[str]:
        """The SMILES alone."""
        return [str(smiles) for smiles in self._table["smiles"]]

    @property
    def properties(self) -> list[str]:
        """Names of the property columns."""
        return [str(name) for name in self._table.columns if name not in NOT_PROPERTIES]

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str]:
        return iter(self.smiles)

    def to_csv(self, path: str | Path) -> None:
        """Write a CSV file whatever the name of `path`; "-" is standard output."""
        save_table(self._table, path, kind=".csv")

    def save(self, path: str | Path) -> None:
        """Write CSV, TSV, SMI, SDF (each also .gz) or Parquet by the ending of `path`."""
        save_table(self._table, path)

    def picture(self, path: str | Path, *, limit: int = 24, columns: int = 6) -> None:
        """Draw the first `limit` molecules with their properties as PNG, SVG or HTML."""
        first = self._table.head(limit)
        legends = [_legend(row) for row in first[self.properties].to_dict("records")]
        grid_image(self.smiles[:limit], path, legends=legends, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Summary and molecules in plain Python types, as `--json` prints them."""
        return {**asdict(self.summary), "molecules": self._table.to_dict("records")}

    def __repr__(self) -> str:
        return f"{self.summary}\n{self._table.head(10).to_string(max_colwidth=60)}"

    def _repr_html_(self) -> str:
        head = self._table.head(10).to_html(index=False, border=0, float_format="{:.3f}".format)
        return f"<pre>{html.escape(str(self.summary))}</pre>{head}"


def _legend(row: dict[Any, Any]) -> str:
    """For example "qed 0.81  logp 2.4", three properties a line."""
    cells = [f"{name} {value:.3g}" for name, value in row.items()]
    lines = (cells[start : start + LEGEND_WIDTH] for start in range(0, len(cells), LEGEND_WIDTH))
    return "\n".join(map("  ".join, lines))


def _share(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{100 * value:.1f}%"
