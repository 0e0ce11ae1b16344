import json

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def use(run, trained):
    def call(command: str, *arguments: str, stdin: str | None = None):
        return run(command, *arguments, "--model", str(trained), stdin=stdin)

    return call


def test_encode_leaves_out_and_names_what_it_cannot_read(use):
    result = use("encode", "-", stdin="CCO\nC1CC\nCCCN\n")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "smiles,z0,z1,z2,z3,z4,z5"
    assert [line.split(",")[0] for line in lines[1:]] == ["CCO", "CCCN"]
    assert "line 2: 'C1CC'" in result.stderr


def test_encode_json_has_vectors_and_problems(use):
    values = json.loads(use("encode", "-", "--json", stdin="CCO\n[Xe]\n").stdout)
    assert np.shape(values["z"]) == (1, 6)
    assert values["smiles"] == ["CCO"]
    assert [problem["line"] for problem in values["problems"]] == [2]


@pytest.mark.parametrize("name", ["v.npz", "v.parquet", "v.csv"])
def test_decode_reads_what_encode_writes(use, molecules, name):
    assert use("encode", str(molecules), "--out", name).exit_code == 0
    result = use("decode", name, "--json")
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["latents"], values["decoded"]) == (90, 90)
    first = values["molecules"][0]
    assert (first["latent"], first["source"]) == (0, "CCO")


def test_decode_through_a_pipe_several_for_each(use):
    vectors = use("encode", "-", stdin="CCO\nCCN\n").stdout
    result = use("decode", "-", "-k", "3", "--seed", "4", stdin=vectors)
    assert [line.split(",")[0] for line in result.stdout.splitlines()] == [
        "latent", "0", "0", "0", "1", "1", "1",
    ]  # fmt: skip
    assert "of 6 strings are molecules" in result.stderr


@pytest.mark.parametrize("columns", [["z0"], ["qed"]])
def test_decode_of_other_tables_is_an_error(use, tmp_path, columns):
    pd.DataFrame([[1.0] * len(columns)], columns=columns).to_csv(tmp_path / "t.csv", index=False)
    result = use("decode", "t.csv")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_reconstruct_compares(use, tmp_path):
    result = use("reconstruct", "-", "--out", "r.csv", "--json", stdin="CCO\nC1CC\nCCCN\n")
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["read"], values["encoded"]) == (3, 2)
    assert 0 <= values["exact"] <= 1
    table = pd.read_csv(tmp_path / "r.csv")
    assert table.columns.tolist() == ["smiles", "reconstruction", "exact", "tanimoto", "reason"]


@pytest.mark.parametrize("command", ["encode", "decode", "reconstruct"])
def test_missing_files_and_formats(use, command):
    assert use(command, "nothing.csv").exit_code == 1
    assert use(command, "-", "--out", "x.doc", stdin="CCO\n").exit_code == 1
