"""One molecule as it stands in a file, and which column of a table holds it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from molvae.errors import InputError

SMILES_COLUMNS = (
    "smiles",
    "canonicalsmiles",
    "isomericsmiles",
    "smi",
    "structure",
    "molecule",
    "mol",
)
"""Names, in order of preference, compared without case, blanks, dashes and underscores."""


class Record(NamedTuple):
    """A molecule of an input, with the place it came from."""

    line: int
    """Line where it begins, counted from 1 (row or position where there are no lines)."""
    smiles: str
    """Its SMILES as written; the line itself when `problem` is set."""
    columns: Mapping[str, str] | None = None
    """The requested further columns."""
    problem: str | None = None
    """Why nothing can be read here; None for a readable record."""


def find_column(columns: Sequence[str], wanted: str | None, source: str) -> int:
    """Position of the SMILES column: the `wanted` one, or the one that is named like it.

    Raises `InputError` that lists the columns there are.
    """
    if wanted is not None:
        return named_column(columns, wanted, source)
    plain = [_plain(name) for name in columns]
    for name in SMILES_COLUMNS:
        if name in plain:
            return plain.index(name)
    similar = [place for place, name in enumerate(plain) if "smiles" in name]
    if len(similar) == 1:
        return similar[0]
    raise InputError(f"{source}: no SMILES column found; name one of {_listed(columns)}")


def named_column(columns: Sequence[str], wanted: str, source: str) -> int:
    """Position of the column `wanted`, compared exactly, else without case and blanks."""
    if wanted in columns:
        return list(columns).index(wanted)
    plain = [_plain(name) for name in columns]
    if _plain(wanted) in plain:
        return plain.index(_plain(wanted))
    raise InputError(f"{source}: no column {wanted!r}; the columns are {_listed(columns)}")


def looks_like_smiles_column(name: str) -> bool:
    """Whether `name` heads a column of SMILES rather than being one."""
    return _plain(name) in SMILES_COLUMNS or "smiles" in _plain(name)


def _plain(name: str) -> str:
    return "".join(name.split()).replace("_", "").replace("-", "").casefold()


def _listed(columns: Sequence[str], limit: int = 30) -> str:
    shown = [name if len(name) <= 60 else f"{name[:57]}..." for name in columns[:limit]]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
