"""Molecules written one a line: SMILES files and tables with commas, tabs or semicolons."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TextIO

from molvae.data.records import Record, find_column, looks_like_smiles_column, named_column
from molvae.errors import InputError

DELIMITERS = (",", "\t", ";")


def read_lines(
    text: TextIO,
    name: str,
    *,
    column: str | None = None,
    keep: Sequence[str] = (),
    blank_lines: bool = False,
) -> Iterator[Record]:
    """Records of a SMILES file, or of a table that has no telling file name.

    A record is the first field of a line between blanks; what follows is its "name". A
    first line that begins with the word "smiles" names the fields. Blank lines are no
    records, unless `blank_lines` asks for those with a record after them.
    """
    first, lines = _first_line(text)
    delimiter = _table_delimiter(first, column)
    if delimiter is not None:
        return _rows(lines, name, delimiter, column, keep)
    header = _header(first)
    if header is None and (column is not None or set(keep) - {"name"}):
        missing = column if column is not None else next(k for k in keep if k != "name")
        named_column(("smiles", "name"), missing, name)
    records = _fields(lines, name, header, column, keep)
    return _with_blanks(records, 1 if header is None else 2) if blank_lines else records


def read_table(
    text: TextIO,
    name: str,
    *,
    delimiter: str | None = None,
    column: str | None = None,
    keep: Sequence[str] = (),
    blank_lines: bool = False,
) -> Iterator[Record]:
    """Records of a table with a header; the delimiter is that of the header by default.

    A row of another number of fields than the header is a record with a problem. Blank lines
    are no records, unless `blank_lines` asks for those of a single column with one after them.
    """
    first, lines = _first_line(text)
    delimiter = delimiter or _most_frequent(first)
    records = _rows(lines, name, delimiter, column, keep)
    return _with_blanks(records, 2) if blank_lines and delimiter not in first else records


def _first_line(text: TextIO) -> tuple[str, Iterator[str]]:
    """The first line, and all lines with it."""
    lines = iter(text)
    first = next(lines, "")
    return first, chain([first], lines)


def _most_frequent(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _table_delimiter(header: str, column: str | None) -> str | None:
    """The delimiter of a first line that names a SMILES column among others."""
    for delimiter in DELIMITERS:
        fields = [field.strip().strip('"') for field in header.split(delimiter)]
        named = any(field == column or looks_like_smiles_column(field) for field in fields)
        if len(fields) > 1 and named:
            return delimiter
    return None


def _header(first: str) -> list[str] | None:
    fields = first.split()
    return fields if fields and looks_like_smiles_column(fields[0].strip('"')) else None


def _fields(
    lines: Iterator[str],
    name: str,
    header: list[str] | None,
    column: str | None,
    keep: Sequence[str],
) -> Iterator[Record]:
    start = 1 if header is None else 2
    if header is not None:
        next(lines)
    names = header or ["smiles", "name"]
    place = named_column(names, column, name) if column is not None else 0
    places = {wanted: named_column(names, wanted, name) for wanted in keep}
    for number, line in enumerate(lines, start):
        fields = line.split(None, len(names) - 1)
        if not fields:
            continue
        columns = _kept(fields, places) if places else None
        yield Record(number, fields[place].rstrip() if place < len(fields) else "", columns)


def _with_blanks(records: Iterator[Record], start: int) -> Iterator[Record]:
    """`records`, and an empty one for each line between them that had none."""
    due = start
    for record in records:
        yield from (Record(line, "") for line in range(due, record.line))
        yield record
        due = record.line + 1


def _kept(fields: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {
        name: fields[place].strip() if place < len(fields) else "" for name, place in places.items()
    }


def _rows(
    lines: Iterator[str], name: str, delimiter: str, column: str | None, keep: Sequence[str]
) -> Iterator[Record]:
    remembered = _RememberedLines(lines)
    reader = csv.reader(remembered, delimiter=delimiter)
    header = _table_header(reader, name)
    if not any(header):
        raise InputError(f"{name}: the first line names no columns")
    place = find_column(header, column, name)
    places = {wanted: named_column(header, wanted, name) for wanted in keep}
    row_of = _RowReader(delimiter, len(header), place, places)
    line = reader.line_num + 1
    while True:
        remembered.recent.clear()
        try:
            row = next(reader, None)
        except csv.Error:  # a field beyond the limit of the csv module
            yield from row_of.each_line(remembered.recent, line)
        else:
            if row is None:
                return
            if len(remembered.recent) > 1 and not row_of.fits(row):
                yield from row_of.each_line(remembered.recent, line)
            elif row:
                yield row_of.record(row, line)
        line = reader.line_num + 1


def _table_header(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        return [field.strip() for field in next(reader, [])]
    except csv.Error as error:  # a field beyond the limit of the csv module, an open quote
        raise InputError(f"{name}: the first line is no header of a table: {error}") from error


class _RememberedLines:
    """Hands lines on and remembers those of the current row."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.recent: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.recent.append(line)
            yield line


class _RowReader(NamedTuple):
    """Makes records of the rows of one table."""

    delimiter: str
    width: int
    place: int
    places: Mapping[str, int]

    def fits(self, row: Sequence[str]) -> bool:
        """Whether `row` is as wide as the header, and its SMILES one line."""
        return len(row) == self.width and "\n" not in row[self.place].strip()

    def record(self, row: Sequence[str], line: int) -> Record:
        if len(row) == self.width:
            kept = _kept(row, self.places) if self.places else None
            return Record(line, row[self.place].strip(), kept)
        problem = f"row of {_count(len(row))} under a header of {_count(self.width)}"
        return Record(line, self.delimiter.join(row), None, problem)

    def each_line(self, lines: Sequence[str], start: int) -> Iterator[Record]:
        """Records of lines that a stray quote joined to one row: each read by itself."""
        for number, text in enumerate(lines, start):
            plain = text.rstrip("\r\n")
            if plain.strip():
                yield self.record(plain.split(self.delimiter), number)


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"
