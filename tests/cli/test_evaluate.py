import json

import pytest


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "known.smi").write_text("CCO\nc1ccccc1\nCC(=O)O\nc1ccc2ccccc2c1\nCCN\n")
    (tmp_path / "raw.csv").write_text("id,smiles\n1,CCO\n2,nonsense\n3,CCCO\n4,CCCO\n")
    return ("evaluate", "raw.csv", "--reference", "known.smi", "--workers", "1")


def test_a_table_on_standard_output_and_a_file(run, files, tmp_path):
    result = run(*files, "--suite", "all", "--out", "metrics.json")
    assert result.exit_code == 0, result.stderr
    assert "valid ↑" in result.stdout
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["moses"]["valid"] == pytest.approx(0.75)
    assert content["moses"]["unique@1000"] == pytest.approx(2 / 3)
    assert set(content["guacamol"]) >= {
        "validity", "uniqueness", "novelty", "kl_divergence", "fcd",
    }  # fmt: skip
    assert content["protocol"]["samples"] == 4
    assert "wrote metrics.json" in result.stderr


def test_json_on_standard_output(run, files):
    content = json.loads(run(*files, "--json").stdout)
    assert content["format"] == "molvae-evaluation"
    assert set(content) >= {"moses", "notes", "protocol", "seconds"}


def test_a_dash_is_json_for_a_pipe(run, files):
    assert json.loads(run(*files, "--out", "-").stdout)["format"] == "molvae-evaluation"


def test_an_empty_file_is_defined(run, files, tmp_path):
    (tmp_path / "empty.smi").write_text("")
    result = run("evaluate", "empty.smi", *files[2:], "--json")
    assert result.exit_code == 0, result.stderr
    content = json.loads(result.stdout)
    assert set(content["moses"].values()) == {None}
    assert content["notes"]["moses"]["valid"] == "there is nothing to evaluate"


def test_a_model(run, files, trained):
    result = run("evaluate", str(trained), *files[2:], "-n", "40", "--seeds", "2")
    assert result.exit_code == 0, result.stderr
    assert "40 strings, 2 seeds, against known.smi" in result.stdout
    assert "±" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.smi",), "missing.smi is no file of molecules"),
        (("raw.csv", "--reference", "nowhere.smi"), "nowhere.smi"),
        (("raw.csv", "--suite", "latent"), "about models"),
        (("raw.csv", "--seeds", "3"), "3 seeds"),
        (("raw.csv", "--out", "metrics.txt"), "end the name in .json"),
        (("raw.csv", "--column", "id2"), "id2"),
    ],
)
def test_a_mistake_is_one_line(run, files, arguments, message):
    result = run("evaluate", *arguments)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
