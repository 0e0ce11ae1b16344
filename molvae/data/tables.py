"""A table of molecules as a file: CSV, TSV, SMILES, SDF or Parquet, by the ending of its name."""

import contextlib
import gzip
import io
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

import pandas as pd

from molvae.chem.sdf import sdf_record
from molvae.errors import OutputError
from molvae.files import atomic_path

STDOUT = "-"
FORMATS = (".csv", ".tsv", ".smi", ".sdf", ".parquet")
DIGITS = "%.8g"
TITLE_COLUMNS = ("name", "title", "id")
"""Columns, in any case, that name the molecules of an SD file."""


def check_destination(path: str | Path, *, formats: Sequence[str] = FORMATS) -> None:
    """Raise `OutputError` for what `save_table` cannot write, before work is put into it.

    `formats` are the endings that can hold the table.
    """
    if str(path) == STDOUT:
        return
    _check_place(Path(path))
    kind = _format_of(Path(path))
    if kind not in formats:
        raise OutputError(
            f"cannot write {path}: {kind} cannot hold these columns; "
            f"end the name in {', '.join(formats)}"
        )


def _check_place(target: Path) -> None:
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder; give a file name")
    if target.exists() and not target.is_file():
        raise OutputError(f"cannot write {target}: it is not a regular file; use - for a pipe")


def save_table(table: pd.DataFrame, path: str | Path, *, kind: str | None = None) -> None:
    """Write `table`, with its column `smiles`, to `path`; "-" is CSV to standard output.

    Endings: .csv, .tsv, .smi, .sdf (each also .gz) and .parquet. An SMI file holds the
    SMILES alone; the records of an SD file have the column `name`, `title` or `id` as their
    title, or the number of the row, from 1. `kind` is the format whatever the ending says. Raises
    `OutputError`; an earlier file stays when writing fails.
    """
    if str(path) == STDOUT:
        _write_text(table, ".csv", sys.stdout)
        return
    target = Path(path)
    _check_place(target)
    kind = kind or _format_of(target)
    with atomic_path(target) as temporary:
        if kind == ".parquet":
            table.to_parquet(temporary, index=False)
            return
        with _text(temporary, compress=target.suffix.lower() == ".gz") as stream:
            _write_text(table, kind, stream)


def _format_of(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    compressed = suffixes[-1:] == [".gz"]
    kind = suffixes[-2:-1] if compressed else suffixes[-1:]
    if not kind or kind[0] not in FORMATS or (compressed and kind[0] == ".parquet"):
        raise OutputError(
            f"cannot write {path}: unknown format; end the name in {', '.join(FORMATS)}, "
            "or these but parquet with .gz"
        )
    return kind[0]


@contextlib.contextmanager
def _text(path: Path, *, compress: bool) -> Iterator[TextIO]:
    """`path` open for text; compressed bytes hold no time, so the same table, the same bytes."""
    with path.open("wb") as raw:
        if not compress:
            with io.TextIOWrapper(raw, "utf-8", newline="") as stream:
                yield stream
            return
        with (
            gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
            io.TextIOWrapper(packed, "utf-8", newline="") as stream,
        ):
            yield stream


def _write_text(table: pd.DataFrame, kind: str, stream: TextIO) -> None:
    if kind in (".csv", ".tsv"):
        separator = "," if kind == ".csv" else "\t"
        # Before Python 3.13 the csv module quotes no carriage return, and rows break there.
        table = table.replace(r"\r\n?", "\n", regex=True)
        table.to_csv(stream, index=False, sep=separator, float_format=DIGITS, lineterminator="\n")
    elif kind == ".smi":
        stream.writelines(f"{smiles}\n" for smiles in table["smiles"])
    else:
        stream.writelines(_sdf_records(table))


def _sdf_records(table: pd.DataFrame) -> Iterator[str]:
    """Records titled by the first of `TITLE_COLUMNS` that the table has, else by row number."""
    names = [str(name) for name in table.columns]
    titles = next((name for name in names if name.lower() in TITLE_COLUMNS), None)
    for number, row in enumerate(table.itertuples(index=False, name=None), start=1):
        data = {name: _datum(value) for name, value in zip(names, row, strict=True)}
        yield sdf_record(data["smiles"], data, title=data.get(titles or "") or str(number))


def _datum(value: object) -> str:
    """A cell as text, as the CSV file has it."""
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else DIGITS % value
    return str(value)
