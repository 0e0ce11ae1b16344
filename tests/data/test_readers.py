import gzip
import io
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molvae.chem.sdf import sdf_record
from molvae.data.readers import format_of, read_records
from molvae.data.records import Record
from molvae.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"


def test_examples_are_read_whole():
    assert len(list(read_records(EXAMPLES / "leads.smi"))) == 48
    solubility = list(read_records(EXAMPLES / "solubility.csv", keep=["log_solubility"]))
    assert len(solubility) == 48
    assert all(float(record.columns["log_solubility"]) < 2 for record in solubility)


def test_list_of_smiles():
    assert list(read_records(["CCO", " C ", ""])) == [
        Record(1, "CCO"),
        Record(2, "C"),
        Record(3, ""),
    ]


def test_list_with_something_else_in_it():
    record = list(read_records(["C", float("nan")]))[1]
    assert (record.line, record.problem) == (2, "a float, not a string")


@pytest.mark.parametrize("keep", [["y"], []])
def test_list_without_molecules_or_columns(keep):
    with pytest.raises(InputError, match=r"the list of molecules holds no|has no columns"):
        list(read_records([], keep=keep))


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.smi", b"", "lines"),
        ("a.CSV.gz", b"", "csv"),
        ("a.tsv.xz", b"", "tsv"),
        ("a.b.sdf.bz2", b"", "sdf"),
        ("-", b"smiles,y\n", "lines"),
        ("-", b"PAR1", "parquet"),
        ("unknown.dat", b"x\n\n\n  3  2  0 V2000\n", "sdf"),
    ],
)
def test_format_by_name_then_by_content(name, head, expected):
    assert format_of(name, head) == expected


@pytest.mark.parametrize("text", ["smiles,y\nCCO,1\n", "CCO\n", "y\tSMILES\n1\tCCO\n"])
def test_standard_input_stays_open(monkeypatch, text):
    stream = io.TextIOWrapper(io.BytesIO(text.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert [record.smiles for record in read_records("-")] == ["CCO"]
    assert not stream.buffer.closed


@pytest.mark.parametrize("text", ["smiles,y\n", "\n\n", "smiles\n"])
def test_file_without_molecules(tmp_path, text):
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"holds no molecules|names no columns"):
        list(read_records(path))


def test_truncation_is_told_after_the_records_before_it(tmp_path):
    path = tmp_path / "m.smi.gz"
    whole = gzip.compress("".join(f"{'C' * (i % 97 + 1)}\n" for i in range(50_000)).encode(), 1)
    path.write_bytes(whole[:-200])
    records = read_records(path)
    assert next(records) == Record(1, "C")
    with pytest.raises(InputError, match=r"m\.smi\.gz is truncated"):
        list(records)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".smi", ".csv", ".sdf", ".parquet"]))
def test_junk_is_records_or_one_line_of_error(tmp_path, data, suffix):
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(data)
    try:
        records = list(read_records(path))
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert records


@pytest.fixture
def structures(tmp_path):
    data = {"note": ""}
    text = sdf_record("CCO", data) + sdf_record("CCN", {"note": "", "y": 1})
    (tmp_path / "m.sdf").write_text(text)
    return tmp_path / "m.sdf"


def test_structures_have_no_column_of_smiles(structures):
    with pytest.raises(InputError, match=r"m\.sdf holds structures, no columns, so 'drug'"):
        list(read_records(structures, column="drug"))


def test_items_that_no_structure_has_are_told(structures):
    with pytest.raises(InputError, match="no structure has a data item 'z'"):
        list(read_records(structures, keep=["y", "z"]))
    kept = [record.columns for record in read_records(structures, keep=["y", "note", "name"])]
    assert kept[1] == {"y": "1", "note": "", "name": ""}
