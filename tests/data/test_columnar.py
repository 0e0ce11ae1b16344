import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from molvae.data.readers import read_records
from molvae.data.records import Record
from molvae.errors import InputError


@pytest.fixture
def path(tmp_path):
    table = pa.table({"y": [1.5, None, 2.0], "Smiles": ["CCO", None, " CC "]})
    pq.write_table(table, tmp_path / "molecules.parquet")
    return tmp_path / "molecules.parquet"


def test_rows_with_columns(path):
    assert list(read_records(path, keep=["y"])) == [
        Record(1, "CCO", {"y": "1.5"}),
        Record(2, "", {"y": ""}),
        Record(3, "CC", {"y": "2.0"}),
    ]


def test_compressed_as_a_whole(path, tmp_path):
    squeezed = tmp_path / "molecules.parquet.gz"
    squeezed.write_bytes(gzip.compress(path.read_bytes()))
    assert [record.smiles for record in read_records(squeezed)] == ["CCO", "", "CC"]


def test_format_is_told_from_the_bytes(path, tmp_path):
    path.rename(tmp_path / "molecules")
    assert len(list(read_records(tmp_path / "molecules"))) == 3


def test_unknown_column_lists_those_there_are(path):
    with pytest.raises(InputError, match="no column 'x'; the columns are y, Smiles"):
        list(read_records(path, column="x"))


@pytest.mark.parametrize("kept", [10, 300])
def test_damaged_file(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match="not a readable Parquet file"):
        list(read_records(path))


def test_damaged_pages(path):
    whole = bytearray(path.read_bytes())
    whole[4:150] = bytes(146)
    path.write_bytes(whole)
    with pytest.raises(InputError, match=r"damaged|not a readable Parquet file"):
        list(read_records(path))
