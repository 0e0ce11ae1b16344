import json

import pandas as pd
import pytest


@pytest.fixture
def use(run, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))

    def call(*arguments: str, stdin: str | None = None):
        return run("anomaly", *arguments, "--model", str(trained), stdin=stdin)

    return call


MIXED = "CCCO\n[Xe]\nC1CC\n"


def test_a_verdict_for_each_line(use, tmp_path):
    result = use("-", "--quantile", "0.8", "--out", "a.csv", "--picture", "a.png", stdin=MIXED)
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(tmp_path / "a.csv")
    assert table["smiles"].tolist() == ["CCCO", "[Xe]", "C1CC"]
    assert table["verdict"].tolist()[1:] == ["unusual", "unreadable"]
    assert table["verdict"][0] in ("usual", "unusual")
    assert "'[Xe]'" in table["reason"][1] or "[Xe]" in table["reason"][1]
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert "line 3: 'C1CC'" in result.stderr
    assert "3 molecules: " in result.stderr
    assert "1 unreadable" in result.stderr


def test_json_has_everything(use):
    values = json.loads(use("-", "--quantile", "0.8", "--json", stdin=MIXED).stdout)
    assert values["read"] == 3
    assert values["unreadable"] == 1
    assert values["usual"] + values["unusual"] == 2
    assert values["not_writable"] == 1
    assert [one["verdict"] for one in values["molecules"]][1:] == ["unusual", "unreadable"]
    assert values["molecules"][1]["score"] is None  # infinite: JSON has no such number
    assert values["threshold"] > 0


def test_a_reference_of_ones_own_and_another_score(use, molecules):
    result = use(
        str(molecules), "--reference", str(molecules), "--score", "combined", "--quantile", "0.9",
        "--json",
    )  # fmt: skip
    values = json.loads(result.stdout)
    assert values["score"] == "combined"
    assert values["reference"] == str(molecules)
    assert values["unusual"] <= 9


def test_a_pipe_gets_csv(use):
    lines = use("-", "--quantile", "0.8", stdin="CCCO\n").stdout.splitlines()
    assert lines[0].startswith("smiles,verdict,score,quantile,")
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing.smi",), "missing.smi"),
        (("-", "--score", "klx"), "unknown score"),
        (("-", "--quantile", "0.999"), "reference molecules"),
        (("-", "--reference", "missing.smi"), "missing.smi"),
        (("-", "--picture", "a.doc"), "a.doc"),
        (("-", "--out", "a.doc"), "a.doc"),
    ],
)
def test_what_cannot_be_done_is_one_line(use, arguments, told):
    result = use(*arguments, stdin="CCO\n")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.stderr
    assert told in result.stderr


def test_wrong_usage(use):
    assert use("-", "--quantile", "1.5", stdin="CCO\n").exit_code == 2
