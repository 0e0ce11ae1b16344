import json

import pytest


def test_list_names_the_sets(run):
    table = run("data", "list").stdout
    assert all(name in table for name in ("starter", "moses", "guacamol"))
    rows = json.loads(run("data", "list", "--json").stdout)["datasets"]
    assert {row["name"] for row in rows} == {"starter", "moses", "guacamol"}


def test_fetch_the_set_that_ships(run, tmp_path):
    result = run("data", "fetch", "starter", "--json")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "data" / "starter" / "starter.csv.xz").is_file()
    assert json.loads(result.stdout)["files"] == ["starter.csv.xz"]


def test_fetch_prints_the_files(run):
    result = run("data", "fetch", "starter", "--out", "here", "--quiet")
    assert result.stdout.split() == ["here/starter.csv.xz"]
    assert result.stderr == ""


def test_fetch_of_an_unknown_set_suggests_one(run):
    result = run("data", "fetch", "mose")
    assert (result.exit_code, "did you mean 'moses'?" in result.stderr) == (1, True)


def test_describe(run, molecules):
    text = run("data", "describe", str(molecules)).stdout
    assert "records" in text
    assert "molecular_weight" in text
    values = json.loads(run("data", "describe", str(molecules), "--json").stdout)
    assert values["records"] == values["distinct"] == values["valid"] == 90
    assert values["properties"]["logp"]["min"] < values["properties"]["logp"]["max"]


@pytest.mark.parametrize("name", ["missing.smi", "."])
def test_describe_of_what_is_no_file(run, name):
    assert run("data", "describe", name).exit_code == 1


@pytest.fixture
def known(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "known.csv").write_text("id,smiles\n1,CCO\n2,c1ccccc1\n3,nonsense\n4,CC(=O)O\n")
    return "known.csv"


def test_reference_of_a_file_is_computed_once(run, known, tmp_path):
    values = json.loads(run("data", "reference", known, "--workers", "1", "--json").stdout)
    assert (values["test"], values["training"]) == (3, 4)
    kept = sorted(tmp_path.glob("cache/references/*/*.npz.xz"))
    assert len(kept) == 2
    written = [path.stat().st_mtime_ns for path in kept]
    assert run("data", "reference", known, "--workers", "1").exit_code == 0
    assert [path.stat().st_mtime_ns for path in kept] == written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.smi",), "nowhere.smi"),
        (("known.csv", "--column", "name"), "name"),
        (("known.csv", "--rebuild"), "there are moses and starter"),
    ],
)
def test_no_reference(run, known, arguments, message):
    result = run("data", "reference", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
