import json

import pandas as pd
import pytest


@pytest.fixture
def vectors(run, conditional):
    result = run("encode", "-", "--model", str(conditional), "--out", "v.npz", stdin="CCO\nFCCN\n")
    assert result.exit_code == 0, result.stderr
    return "v.npz"


@pytest.fixture
def decode(run, conditional, vectors):
    def call(*arguments: str):
        return run("decode", vectors, "--model", str(conditional), *arguments)

    return call


def test_conditions_are_compared_with_what_was_written(decode):
    result = decode("-k", "5", "--condition", "logp=0.5", "--guidance", "1.5", "--json")
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["latents"], values["decoded"]) == (2, 10)
    assert [found["name"] for found in values["conditions"]] == ["logp"]
    assert "condition  target" in result.stderr
    assert "conditions" not in json.loads(decode("--json").stdout)


def test_constrained_strings_are_molecules(decode):
    hot = ("-k", "40", "--temperature", "4", "--json")
    free, held = (
        json.loads(decode(*hot, *more).stdout)["valid"] for more in ((), ("--constrained",))
    )
    assert free < 60 < 66 < held


def test_the_picture_is_drawn(decode, tmp_path):
    result = decode("-k", "3", "--picture", "p.svg", "--out", "m.csv")
    assert result.exit_code == 0, result.stderr
    assert "drew the first 6 in p.svg" in result.stderr
    assert "vector 1" in (tmp_path / "p.svg").read_text()
    assert len(pd.read_csv("m.csv")) == 6


def test_bad_requests_leave_nothing(decode, tmp_path):
    for arguments in (("--picture", "p.doc"), ("--condition", "lgop=1"), ("--guidance", "2")):
        result = decode(*arguments, "--out", "m.csv")
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["v.npz"]
