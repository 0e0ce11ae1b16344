"""Reading the molecules a command is given, and telling which of them are none."""

from collections.abc import Sequence
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


def read_smiles(source: str, column: str | None) -> tuple[list[int], list[str]]:
    """Line numbers and SMILES of all records of a file, or of "-"; raises `InputError`."""
    from molvae.data.readers import read_records

    records = list(read_records(source, column=column))
    return [record.line for record in records], [record.smiles for record in records]


def find_problems(records: Sequence["Record"]) -> list[Problem]:
    """The records that are no molecules, and why."""
    from molvae.chem import validate

    verdicts = ((record, record.problem or validate(record.smiles).reason) for record in records)
    return [Problem(record.line, record.smiles, why) for record, why in verdicts if why]


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
