"""Molecules in structure files (SDF): a block of text each, with named data."""

from collections.abc import Iterator, Sequence
from typing import TextIO

from molvae.chem.molblock import block_to_smiles
from molvae.data.records import Record
from molvae.errors import MoleculeError

SEPARATOR = "$$$$"


def read_structures(text: TextIO, *, keep: Sequence[str] = ()) -> Iterator[Record]:
    """Records of a structure file; `keep` names data items ("name" is the title line).

    An unreadable structure is a record with a problem.
    """
    for line, block in _blocks(text):
        yield _record(line, block, keep)


def _blocks(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """The lines of each structure, and the number of its first line."""
    start = 1
    block: list[str] = []
    for number, line in enumerate(text, 1):
        if line.startswith(SEPARATOR):
            yield start, block
            start, block = number + 1, []
        else:
            block.append(line.rstrip("\r\n"))
    if any(line.strip() for line in block):
        yield start, block


def _record(line: int, block: list[str], keep: Sequence[str]) -> Record:
    title = block[0].strip() if block else ""
    try:
        smiles = block_to_smiles("\n".join(block))
    except MoleculeError as error:
        return Record(line, title, problem=str(error))
    return Record(line, smiles, _data(block, keep) if keep else None)


def _data(block: list[str], keep: Sequence[str]) -> dict[str, str]:
    values = dict.fromkeys(keep, "")
    if "name" in values:
        values["name"] = block[0].strip()
    item = None
    for line in block:
        if line.startswith(">"):
            item = line[line.find("<") + 1 : line.rfind(">")]
        elif not line.strip():
            item = None
        elif item in values:
            values[item] = f"{values[item]}\n{line}" if values[item] else line
    return values
