"""Molecules from any input, as a stream of records: memory does not grow with the file.

SMILES files, tables (CSV, TSV), structure files (SDF) and Parquet, each also compressed,
standard input as "-", and Python lists of SMILES.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, TextIO, cast

from molvae.data.columnar import read_parquet
from molvae.data.delimited import read_lines, read_table
from molvae.data.records import Record
from molvae.data.streams import (
    COMPRESSED_SUFFIXES,
    as_text,
    display_name,
    open_bytes,
    reading,
)
from molvae.data.structures import read_structures
from molvae.errors import EmptyInputError, InputError

Format = Literal["lines", "csv", "tsv", "sdf", "parquet"]

FORMATS: dict[str, Format] = {
    ".smi": "lines",
    ".smiles": "lines",
    ".ism": "lines",
    ".txt": "lines",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".sdf": "sdf",
    ".sd": "sdf",
    ".mol": "sdf",
    ".parquet": "parquet",
}


def read_records(
    source: str | Path | Sequence[str],
    *,
    column: str | None = None,
    keep: Sequence[str] = (),
    blank_lines: bool = False,
) -> Iterator[Record]:
    """The molecules of a file, of standard input ("-"), or of a list of SMILES, in order.

    `column` names the SMILES column of a table (found by its name otherwise), `keep` the
    columns to carry along. Header lines are no records, nor are blank lines of a SMILES
    file, unless `blank_lines` asks for those that others follow. Raises `InputError` for
    what cannot be read at all (`EmptyInputError` where there is nothing to read); a single
    unreadable line is a record with a `problem`.
    """
    if not isinstance(source, str | Path):
        return _checked(_from_list(source, keep), "the list of molecules")
    return _checked(_from_source(source, column, keep, blank_lines), display_name(source))


def format_of(source: str | Path, head: bytes) -> Format:
    """The format of `source` by its name, else by its first bytes."""
    suffixes = [suffix.lower() for suffix in Path(source).suffixes]
    while suffixes and suffixes[-1] in COMPRESSED_SUFFIXES:
        suffixes.pop()
    if suffixes and suffixes[-1] in FORMATS:
        return FORMATS[suffixes[-1]]
    if head.startswith(b"PAR1"):
        return "parquet"
    counts_line = b"".join(head.split(b"\n")[3:4])
    return "sdf" if b"V2000" in counts_line or b"V3000" in counts_line else "lines"


def _checked(records: Iterator[Record], name: str) -> Iterator[Record]:
    """`records`; raises `InputError` when there are none."""
    with reading(name):
        first = next(records, None)
        if first is None:
            raise EmptyInputError(f"{name} holds no molecules")
        yield first
        yield from records


def _from_list(molecules: Sequence[str], keep: Sequence[str]) -> Iterator[Record]:
    if keep:
        raise InputError(f"a list of SMILES has no columns, so {', '.join(keep)} cannot be kept")
    for number, smiles in enumerate(molecules, 1):
        if isinstance(smiles, str):
            yield Record(number, smiles.strip())
        else:
            yield Record(number, str(smiles), problem=f"a {type(smiles).__name__}, not a string")


def _from_source(
    source: str | Path, column: str | None, keep: Sequence[str], blank_lines: bool
) -> Iterator[Record]:
    name = display_name(source)
    with open_bytes(source) as stream:
        kind = format_of(source, stream.peek(1024)[:1024])
        if kind == "parquet":
            yield from read_parquet(stream, name, column=column, keep=keep)
            return
        with as_text(stream, source) as text:
            yield from _from_text(text, kind, name, column, keep, blank_lines)


def _from_text(
    text: TextIO,
    kind: Format,
    name: str,
    column: str | None,
    keep: Sequence[str],
    blank_lines: bool,
) -> Iterator[Record]:
    if kind == "sdf":
        return _from_structures(text, name, column, keep)
    if kind == "lines":
        return read_lines(text, name, column=column, keep=keep, blank_lines=blank_lines)
    delimiter = "\t" if kind == "tsv" else None
    return read_table(
        text, name, delimiter=delimiter, column=column, keep=keep, blank_lines=blank_lines
    )


def _from_structures(
    text: TextIO, name: str, column: str | None, keep: Sequence[str]
) -> Iterator[Record]:
    if column is not None:
        raise InputError(f"{name} holds structures, no columns, so {column!r} cannot be one")
    seen = {"name"}
    yield from read_structures(cast(TextIO, _noting_items(text, seen)), keep=keep)
    for wanted in keep:
        if wanted not in seen:
            raise InputError(f"{name}: no structure has a data item {wanted!r}")


def _noting_items(lines: Iterable[str], seen: set[str]) -> Iterator[str]:
    """`lines` as they are; the names of the data items among them go into `seen`."""
    for line in lines:
        if line.startswith(">"):
            seen.add(line[line.find("<") + 1 : line.rfind(">")])
        yield line
