import json

import numpy as np
import pandas as pd
import pytest

from molvae.chem.sdf import sdf_record


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


@pytest.fixture
def broken(tmp_path):
    """A block that cannot be read, whose title would be a molecule, and one that can."""
    block = "C\n     x\n\n  9  9 V2000\nM  END\n$$$$\n"
    (tmp_path / "b.sdf").write_text(block + sdf_record("CCO", {}))
    return "b.sdf"


def test_encode_leaves_out_what_the_reader_could_not_read(use, broken):
    values = json.loads(use("encode", broken, "--json").stdout)
    assert (values["read"], values["encoded"], values["smiles"]) == (2, 1, ["CCO"])
    assert [(problem["line"], problem["smiles"]) for problem in values["problems"]] == [(1, "C")]
    assert "empty" not in values["problems"][0]["reason"]


def test_reconstruct_leaves_out_what_the_reader_could_not_read(use, broken):
    result = use("reconstruct", broken, "--json")
    values = json.loads(result.stdout)
    assert (values["read"], values["encoded"]) == (2, 1)
    first, second = values["molecules"]
    assert (first["smiles"], first["reconstruction"]) == ("", None)
    assert "line 1: 'C'" in result.stderr
    assert first["reason"] in result.stderr
    assert second["reason"] is None


def test_temperature_is_not_ignored(use):
    vectors = use("encode", "-", stdin="CCO\n" * 8).stdout
    greedy, hot = (
        {
            line.split(",")[-2]
            for line in use("decode", "-", *more, stdin=vectors).stdout.split()[1:]
        }
        for more in ((), ("--temperature", "5"))
    )
    assert len(greedy) == 1 < len(hot)


@pytest.mark.parametrize("name", ["r.smi", "r.sdf.gz"])
def test_reconstructions_need_a_table(use, tmp_path, name):
    result = use("reconstruct", "-", "--out", name, stdin="CCO\n")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "end the name in .csv, .tsv, .parquet" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_mean_similarity_tells_of_how_many(use, monkeypatch):
    def reconstruct(self, smiles):
        return pd.DataFrame({"smiles": smiles, "reconstruction": ["CCO", "C1", "CC", "x"],
                             "exact": [True, False, False, False], "reason": [None] * 4,
                             "tanimoto": [1.0, np.nan, 0.5, np.nan]})  # fmt: skip

    monkeypatch.setattr("molvae.generation.generator.Generator.reconstruct", reconstruct)
    result = use("reconstruct", "-", "--json", stdin="CCO\nCCN\nCCC\nCCF\n")
    values = json.loads(result.stdout)
    assert [values[name] for name in ("exact", "valid", "tanimoto")] == [0.25, 0.5, 0.75]
    assert (
        "4 molecules: 25.0% exact, 50.0% valid, mean Tanimoto 0.750 (of 2 valid reconstructions)"
        in result.stderr
    )


def test_nothing_to_reconstruct_has_no_shares(use):
    result = use("reconstruct", "-", "--json", stdin="C1CC\n")
    assert json.loads(result.stdout)["exact"] is None
    assert "nan" not in result.stderr


@pytest.fixture
def encode(run, conditional):
    def call(*arguments: str):
        return run("encode", "-", "--model", str(conditional), *arguments, stdin="CCO\nC1\nFCCN\n")

    return call


def test_predictions_stand_beside_the_vectors(encode, tmp_path):
    header, *rows = encode("--properties").stdout.splitlines()
    assert header.split(",")[:3] == ["smiles", "logp_predicted", "z0"]
    assert len(rows) == 2
    values = json.loads(encode("-p", "logp", "--json").stdout)
    assert values["properties"]["logp_predicted"] == pytest.approx(
        [float(row.split(",")[1]) for row in rows], rel=1e-6
    )
    assert encode("-p", "logp", "--out", "v.npz").exit_code == 0
    with np.load(tmp_path / "v.npz") as arrays:
        assert arrays["logp_predicted"].shape == (2,)


def test_predictions_need_their_head(encode, use):
    result = encode("--properties=qed")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no property head 'qed': this model has logp" in result.stderr
    result = use("encode", "-", "--properties=logp", stdin="CCO\n")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "--fit-heads" in result.stderr
