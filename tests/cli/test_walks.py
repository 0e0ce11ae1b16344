"""`molvae interpolate`, `neighbors`, `resample`: one line for what cannot be, a table otherwise."""

import json

import pandas as pd
import pytest

A, B = "CCCCO", "NCCF"


@pytest.fixture
def use(run, trained):
    def call(command: str, *arguments: str):
        return run(command, *arguments, "--model", str(trained))

    return call


def test_interpolate_prints_a_table_with_both_ends(use):
    result = use("interpolate", A, B, "-n", "4", "--properties", "logp", "--attempts", "3")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == ("step,smiles,valid,agreement,to_previous,to_a,to_b,reproduced,novel,logp")
    smiles = [line.split(",")[1] for line in lines[1:]]
    assert (len(smiles), smiles[0], smiles[-1]) == (4, A, B)
    assert "4 steps, spherical:" in result.stderr
    assert "ends: A" in result.stderr


def test_interpolate_json_file_and_picture(use, tmp_path):
    result = use(
        "interpolate", A, B, "-n", "3", "--attempts", "2", "--method", "linear",
        "--out", "way.sdf", "--picture", "way.png", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    values = json.loads(result.stdout)
    assert (values["method"], values["steps"], values["attempts"]) == ("linear", 3, 3)
    assert values["out"] == "way.sdf"
    assert (tmp_path / "way.sdf").read_text().count("$$$$") == 3
    assert (tmp_path / "way.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (("interpolate", "CC[Si](C)(C)C", B), "A, 'CC[Si](C)(C)C', cannot be encoded: "),
        (("interpolate", A, "C1CC"), "B, 'C1CC', cannot be encoded: ring number 1"),
        (("neighbors", "C1CC"), "A, 'C1CC', cannot be encoded: "),
        (("neighbors", A, "--keep", "C(("), "'C((' is not a SMARTS pattern"),
        (("neighbors", A, "--keep", "c1ccccc1"), "A, 'CCCCO', does not hold 'c1ccccc1'"),
        (("resample", A, "--properties", "cleverness"), "unknown property 'cleverness'"),
        (("interpolate", A, B, "--condition", "logp=2"), "this model was trained without cond"),
        (("resample", A, "--guidance", "2"), "guidance = 2 needs conditions"),
        (("interpolate", A, B, "--picture", "way.gif"), "cannot draw to way.gif"),
        (("neighbors", A, "--out", "around.doc"), "cannot write around.doc"),
    ],
)
def test_what_cannot_be_done_is_one_line(use, arguments, start):
    result = use(*arguments)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.startswith(f"molvae: error: {start}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("interpolate", A),
        ("interpolate", A, B, "-n", "0"),
        ("interpolate", A, B, "--method", "curved"),
        ("neighbors", A, "-n", "0"),
        ("neighbors", A, "--radius", "1", "--posterior"),
        ("neighbors", A, "--min-similarity", "2"),
        ("resample", A, "-n", "0"),
    ],
)
def test_wrong_usage(use, arguments):
    assert use(*arguments).exit_code == 2


def test_neighbors_fewer_than_asked_for(use):
    result = use("neighbors", A, "-n", "9999", "--max-tries", "100", "--out", "around.csv")
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv("around.csv")
    assert 0 < len(table) < 9999
    assert table["similarity"].is_monotonic_decreasing
    assert "of 9,999 is all there was" in result.stderr


def test_resample_says_how_often_the_molecule_came_back(use):
    result = use("resample", A, "-n", "20", "--json")
    values = json.loads(result.stdout)
    assert values["drawn"] == 20
    assert sum(row["times"] for row in values["molecules"]) == round(values["validity"] * 20)
    assert "gave A back" in result.stderr
