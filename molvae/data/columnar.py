"""Molecules in Parquet files, read a few thousand rows at a time."""

import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from molvae.data.records import Record, find_column, named_column
from molvae.errors import InputError

ROWS = 10_000


def read_parquet(
    stream: io.BufferedReader, name: str, *, column: str | None = None, keep: Sequence[str] = ()
) -> Iterator[Record]:
    """Records of a Parquet file; the line is the row, counted from 1.

    Raises `InputError` for a damaged file and for columns that are not there.
    """
    with tempfile.TemporaryFile() as spooled:
        file = _opened(_seekable(stream, cast(BinaryIO, spooled)), name)
        columns = file.schema_arrow.names
        smiles = columns[find_column(columns, column, name)]
        kept = {wanted: columns[named_column(columns, wanted, name)] for wanted in keep}
        try:
            yield from _rows(file, smiles, kept)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{name} is damaged: {_one_line(error)}") from error


def _seekable(stream: io.BufferedReader, spooled: BinaryIO) -> BinaryIO:
    """A file itself; what comes through a pipe or a decompressor, by way of `spooled`."""
    if isinstance(stream.raw, io.FileIO) and stream.seekable():
        return cast(BinaryIO, stream)
    shutil.copyfileobj(stream, spooled)
    spooled.seek(0)
    return spooled


def _opened(stream: BinaryIO, name: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name} is not a readable Parquet file: {_one_line(error)}") from error


def _rows(file: pq.ParquetFile, smiles: str, kept: dict[str, str]) -> Iterator[Record]:
    row = 0
    wanted = list(dict.fromkeys([smiles, *kept.values()]))
    for batch in file.iter_batches(batch_size=ROWS, columns=wanted):
        values = {name: _texts(batch.column(name)) for name in wanted}
        for place, text in enumerate(values[smiles]):
            row += 1
            columns = {name: values[column][place] for name, column in kept.items()}
            yield Record(row, text.strip(), columns or None)


def _texts(column: pa.Array) -> list[str]:
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
