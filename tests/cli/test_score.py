import gzip
import json
import subprocess
import sys

import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import QED

from molvae.chem import property_names
from molvae.chem import validate as whole
from molvae.chem.sdf import sdf_record

MESSY = "CCO\nC1CC\n\nc1ccccc1\n"


def test_csv_to_a_pipe_keeps_places_and_tells_problems(run):
    result = run("score", "-", "-p", "qed,rings", stdin=MESSY)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "smiles,qed,rings"
    assert [line.split(",")[0] for line in lines[1:]] == ["CCO", "C1CC", "c1ccccc1"]
    assert lines[2] == "C1CC,,"
    assert float(lines[1].split(",")[1]) == pytest.approx(QED.qed(Chem.MolFromSmiles("CCO")))
    assert "line 2: 'C1CC'" in result.stderr


def test_json_names_line_and_reason_of_what_is_no_molecule(run):
    result = run("score", "-", "--json", stdin=MESSY)
    values = json.loads(result.stdout)
    assert (values["read"], values["scored"]) == (3, 2)
    assert [problem["line"] for problem in values["problems"]] == [2]
    assert values["molecules"][1]["qed"] is None


def test_columns_are_found_named_and_carried_along(run, tmp_path):
    (tmp_path / "t.csv").write_text("id,drug\na,CCO\nb,CCN\n")
    result = run("score", "t.csv", "--column", "drug", "--keep", "id", "-p", "logp", "-o", "o.csv")
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(tmp_path / "o.csv")
    assert table.columns.tolist() == ["smiles", "id", "logp"]
    assert table["id"].tolist() == ["a", "b"]
    assert "logp: mean" in result.stderr


@pytest.mark.parametrize("name", ["o.csv", "o.tsv", "o.smi", "o.sdf", "o.parquet", "o.smi.gz"])
def test_what_is_written_can_be_scored_again(run, name):
    assert run("score", "-", "-o", name, "-q", stdin="CCO\nCCN\n").exit_code == 0
    again = run("score", name, "--json")
    assert [row["smiles"] for row in json.loads(again.stdout)["molecules"]] == ["CCO", "CCN"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing.smi"], "nothing.smi"),
        (["."], "folder"),
        (["empty.smi"], "empty"),
        (["junk.smi"], "not a text file"),
        (["t.csv", "--column", "foo"], "'foo'"),
        (["t.csv", "-p", "qde"], "did you mean 'qed'"),
        (["t.csv", "--keep", "foo"], "'foo'"),
        (["t.csv", "--out", "o.doc"], "unknown format"),
        (["t.csv", "--out", "."], "folder"),
        (["t.csv.gz"], "truncated"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(run, tmp_path, arguments, words):
    (tmp_path / "empty.smi").touch()
    (tmp_path / "junk.smi").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "t.csv").write_text("smiles\nCCO\n")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"smiles\nCCO\n" * 99)[:30])
    before = sorted(tmp_path.iterdir())
    result = run("score", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("molvae: error: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_help_names_every_property(run):
    shown = run("score", "--help").stdout.split()
    assert set(property_names()) <= {word.strip(",") for word in shown}


def test_no_properties_at_all(run):
    assert run("score", "-", "-p", "", stdin="CCO\n").stdout == "smiles\nCCO\n"


def test_needs_neither_torch_nor_a_model(tmp_path):
    code = (
        "import sys\nfrom molvae.cli.main import main\n"
        "main(['score', sys.argv[1], '-q', '-o', sys.argv[2]], standalone_mode=False)\n"
        "assert 'torch' not in sys.modules"
    )
    (tmp_path / "m.smi").write_text("CCO\n")
    command = [sys.executable, "-c", code, str(tmp_path / "m.smi"), str(tmp_path / "o.csv")]
    subprocess.run(command, check=True)
    assert (tmp_path / "o.csv").exists()


BROKEN = "C\n     x\n\n  9  9 V2000\nM  END\n$$$$\n"


def test_a_title_is_not_taken_for_the_molecule_of_a_broken_block(run, tmp_path):
    (tmp_path / "b.sdf").write_text(BROKEN + sdf_record("CCO", {}))
    values = json.loads(run("score", "b.sdf", "--json").stdout)
    assert (values["read"], values["scored"]) == (2, 1)
    assert (values["problems"][0]["line"], values["problems"][0]["smiles"]) == (1, "C")
    first, second = values["molecules"]
    assert (first["smiles"], first["qed"], second["smiles"]) == ("", None, "CCO")


def test_a_short_row_is_no_molecule(run, tmp_path):
    (tmp_path / "t.csv").write_text("smiles,y\nCCN\nCCO,1\n")
    result = run("score", "t.csv", "-p", "qed", "--keep", "y")
    assert [line.split(",")[:2] for line in result.stdout.splitlines()[1:]] == [
        ["", ""], ["CCO", "1"],
    ]  # fmt: skip
    assert result.stdout.splitlines()[1] == ",,"
    assert "row of 1 field under a header of 2 fields" in result.stderr


def test_a_property_named_twice_is_one_column(run, tmp_path):
    result = run("score", "-", "-p", "qed,qed", "--out", "o.csv", stdin="CCO\n")
    assert result.exit_code == 0, result.stderr
    assert pd.read_csv(tmp_path / "o.csv").columns.tolist() == ["smiles", "qed"]


@pytest.mark.parametrize("name", ["qed", "smiles"])
def test_kept_columns_that_clash_are_told_before_reading(run, name):
    result = run("score", "missing.csv", "-p", "qed", "--keep", f"id, {name}")
    assert result.exit_code == 1
    assert f"cannot keep the column '{name}'" in result.stderr


def test_a_column_kept_twice_is_one_column(run, tmp_path):
    (tmp_path / "t.csv").write_text("smiles,id\nCCO,a\n")
    result = run("score", "t.csv", "-p", "rings", "--keep", "id, id")
    assert result.stdout.splitlines() == ["smiles,id,rings", "CCO,a,0"]


def test_only_what_failed_is_looked_at_again(run, monkeypatch):
    seen = []
    monkeypatch.setattr("molvae.chem.validate", lambda smiles: seen.append(smiles) or whole(smiles))
    assert "line 2" in run("score", "-", stdin=MESSY).stderr
    assert seen == ["C1CC"]


@pytest.mark.filterwarnings("default::molvae.errors.PropertyWarning")
def test_a_property_that_fails_is_named_once(run, monkeypatch):
    from molvae.chem import properties, register

    monkeypatch.setattr(properties, "_REGISTRY", dict(properties._REGISTRY))

    @register("fragile")
    def fragile(mol):
        raise ZeroDivisionError("no atoms to spare")

    monkeypatch.setattr("molvae.cli.score.CHUNK", 1)
    result = run("score", "-", "--properties", "logp,fragile", stdin="CCO\nCCC\nCCN\n")
    assert result.exit_code == 0
    assert result.stderr.count("'fragile' has no value") == 1
    assert "ZeroDivisionError: no atoms to spare" in result.stderr
    assert "Traceback" not in result.stderr
