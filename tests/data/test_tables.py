import gzip
import os

import pandas as pd
import pytest

from molvae.data.readers import read_records
from molvae.data.tables import FORMATS, check_destination, save_table
from molvae.errors import OutputError

TABLE = pd.DataFrame(
    {
        "smiles": ["CCO", "C[C@H](N)C(=O)O", "c1ccccc1"],
        "novel": [True, False, None],
        "logp": [1 / 3, float("nan"), 250.0],
    }
)


@pytest.mark.parametrize("ending", [*FORMATS, ".csv.gz", ".tsv.gz", ".smi.gz", ".sdf.gz"])
def test_molecules_come_back(tmp_path, ending):
    path = tmp_path / f"table{ending}"
    save_table(TABLE, path)
    records = list(read_records(path))
    assert [record.smiles for record in records] == TABLE["smiles"].tolist()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_csv_text(tmp_path):
    save_table(TABLE, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes().decode() == (
        "smiles,novel,logp\nCCO,True,0.33333333\nC[C@H](N)C(=O)O,False,\nc1ccccc1,,250\n"
    )


def test_standard_output_is_csv(capsys):
    save_table(TABLE[["smiles"]], "-")
    assert capsys.readouterr().out.splitlines() == ["smiles", *TABLE["smiles"]]


def test_sdf_carries_the_columns(tmp_path):
    save_table(TABLE, tmp_path / "t.sdf")
    kept = [record.columns for record in read_records(tmp_path / "t.sdf", keep=["logp", "novel"])]
    assert kept[0] == {"logp": "0.33333333", "novel": "True"}
    assert kept[1] == {"logp": "", "novel": "False"}


@pytest.mark.parametrize(
    ("columns", "titles"),
    [
        ({}, ["1", "2", "3"]),
        ({"name": ["ethanol", None, "benzene"]}, ["ethanol", "2", "benzene"]),
        ({"x": [1, 2, 3], "ID": [70, 80, 90]}, ["70", "80", "90"]),
    ],
)
def test_sdf_records_have_a_title(tmp_path, columns, titles):
    save_table(TABLE.assign(**columns), tmp_path / "t.sdf")
    records = (tmp_path / "t.sdf").read_text().removesuffix("$$$$\n").split("$$$$\n")
    assert [record.splitlines()[0].strip() for record in records] == titles


def test_cells_with_line_ends_stay_in_their_record(tmp_path):
    table = pd.DataFrame({"smiles": ["CCO", "CCN"], "note": ["a\n\n$$$$\nb", "c"]})
    save_table(table, tmp_path / "t.sdf")
    records = list(read_records(tmp_path / "t.sdf", keep=["note"]))
    assert [record.columns for record in records] == [{"note": "a $$$$ b"}, {"note": "c"}]


@pytest.mark.parametrize("ending", [".csv", ".tsv.gz"])
def test_carriage_returns_break_no_rows(tmp_path, ending):
    table = pd.DataFrame({"smiles": ["CCO", "CCN"], "note": ["a\rb\r\nc", None]})
    save_table(table, tmp_path / f"t{ending}")
    records = list(read_records(tmp_path / f"t{ending}", keep=["note"]))
    assert [record.columns for record in records] == [{"note": "a\nb\nc"}, {"note": ""}]


def test_formats_that_cannot_hold_a_table(tmp_path):
    check_destination(tmp_path / "t.csv.gz", formats=(".csv", ".tsv"))
    with pytest.raises(OutputError, match=r"end the name in \.csv, \.tsv"):
        check_destination(tmp_path / "t.smi.gz", formats=(".csv", ".tsv"))


def test_same_table_same_bytes(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        save_table(TABLE, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()).startswith(b"smiles,novel")


@pytest.mark.parametrize("name", ["t", "t.doc", "t.parquet.gz", "t.gz", "t.csv.zip"])
def test_unknown_formats(tmp_path, name):
    for write in (check_destination, lambda path: save_table(TABLE, path)):
        with pytest.raises(OutputError, match="unknown format"):
            write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_folders_and_devices_are_refused(tmp_path):
    with pytest.raises(OutputError, match="folder"):
        check_destination(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(OutputError, match="not a regular file"):
        save_table(TABLE, tmp_path / "pipe.csv")
    check_destination("-")


def test_a_kind_given_overrides_the_ending(tmp_path):
    save_table(TABLE, tmp_path / "t.dat", kind=".smi")
    assert (tmp_path / "t.dat").read_text().split() == TABLE["smiles"].tolist()
