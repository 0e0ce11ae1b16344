import json

import pandas as pd
import pytest


@pytest.fixture
def use(run, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))

    def call(*arguments: str, stdin: str | None = None):
        return run("nearest", *arguments, "--model", str(trained), stdin=stdin)

    return call


@pytest.mark.parametrize("by", ["latent", "fingerprint"])
def test_neighbors_of_a_molecule_on_the_command_line(use, molecules, by):
    result = use("CCCCCO", "-n", "3", "--by", by)
    assert result.exit_code == 0, result.stderr
    lines = [line.split(",") for line in result.stdout.splitlines()]
    assert lines[0] == ["query", "rank", "neighbor", "distance", "similarity"]
    assert [line[:2] for line in lines[1:]] == [["CCCCCO", "1"], ["CCCCCO", "2"], ["CCCCCO", "3"]]
    assert {line[2] for line in lines[1:]} <= set(molecules.read_text().split())
    values = [float(line[3 if by == "latent" else 4]) for line in lines[1:]]
    assert values == sorted(values, reverse=by == "fingerprint")
    assert "train split" in result.stderr


def test_neighbors_of_a_file_among_another(use, tmp_path):
    (tmp_path / "library.smi").write_text("CCO\nCCN\nCCCCCCN\n")
    result = use("-", "-n", "1", "--among", "library.smi", "--out", "n.parquet", "--json",
                 stdin="OCC\nC1CC\nCCCCCCCN\n")  # fmt: skip
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["read"], values["searched"], values["source"]) == (3, 3, "library.smi")
    assert [problem["line"] for problem in values["problems"]] == [2]
    table = pd.read_parquet(tmp_path / "n.parquet")
    assert table["query"].tolist() == ["OCC", "CCCCCCCN"]
    assert table["neighbor"][0] == "CCO"
    assert "line 2: 'C1CC'" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing.smi",), "missing.smi"),
        (("CCO", "--among", "missing.smi"), "missing.smi"),
        (("CCO", "--out", "a.smi"), "a.smi"),
    ],
)
def test_what_cannot_be_done_is_one_line(use, arguments, told):
    result = use(*arguments)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.stderr
    assert told in result.stderr


def test_wrong_usage(use):
    assert use("CCO", "-n", "0").exit_code == 2
    assert use("CCO", "--by", "luck").exit_code == 2
