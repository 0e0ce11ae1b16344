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
