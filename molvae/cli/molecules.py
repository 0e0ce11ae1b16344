"""Reading the molecules a command is given, and telling which of them are none."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from molvae.cli.terminal import Terminal

if TYPE_CHECKING:
    from molvae.data.records import Record

TOLD_PROBLEMS = 5


class Problem(NamedTuple):
    """A line of the input that a command can do nothing with."""

    line: int
    smiles: str
    reason: str


def smiles_of(records: Sequence["Record"]) -> list[str]:
    """The SMILES of each record; empty, which is no molecule, where it cannot be read."""
    return ["" if record.problem else record.smiles for record in records]


def problems_of(records: Sequence["Record"], reasons: Mapping[int, str | None]) -> list[Problem]:
    """The records that cannot be read, or whose row has one of `reasons`."""
    found = ((record, record.problem or reasons.get(row)) for row, record in enumerate(records))
    return [Problem(record.line, record.smiles, why) for record, why in found if why]


def tell_problems(problems: Sequence[Problem], consequence: str, terminal: Terminal) -> None:
    """The first problems, one a line, on standard error."""
    if not problems:
        return
    from molvae.chem.molecule import shorten

    count = len(problems)
    terminal.say(f"{count:,} {'molecule' if count == 1 else 'molecules'} {consequence}:")
    for problem in problems[:TOLD_PROBLEMS]:
        terminal.say(f"  line {problem.line}: {shorten(problem.smiles, 40)!r}: {problem.reason}")
    if count > TOLD_PROBLEMS:
        terminal.say(f"  and {count - TOLD_PROBLEMS:,} more")
