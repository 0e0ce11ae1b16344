"""`molvae train --fit-prior`: end to end, and what it says when it cannot."""

import json
from pathlib import Path

import pytest

from molvae.checkpoint import load_model

SIZES = ("--set", "model.prior.layers=2", "--set", "model.prior.hidden_size=16")


def test_a_prior_is_fitted_to_the_corpus_of_the_run(run, trained):
    result = run("train", "--fit-prior", "flow", "--init", str(trained), "--out", "new",
                 "--max-steps", "100", "--json", *SIZES)  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["kind"] == "flow"
    assert told["nats_after"] < told["nats_standard"]
    assert str(trained / "corpus") in result.stderr
    assert "epoch" in result.stderr
    assert load_model(Path("new")).config.model.prior.layers == 2
    sampled = run("sample", "-n", "5", "--model", "new", "--out", "-")
    assert sampled.exit_code == 0, sampled.output
    shown = run("inspect", "new")
    assert "normalizing flow" in shown.stdout
    assert "nats" in shown.stdout


def test_molecules_of_a_file_will_do_and_the_gain_is_told(run, trained, molecules):
    result = run("train", str(molecules), "--fit-prior", "flow", "--init", str(trained), "--out",
                 "new", "--max-epochs", "5", "--workers", "1", *SIZES)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "KL to N(0, I)" in result.stdout
    assert "KL to the new prior" in result.stdout
    assert "molvae sample -n 1000 --model new" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--fit-prior", "flow"], 2, "--init MODEL and --out"),
        (["--fit-prior", "normal"], 2, "'normal' is not one of"),
        (["--fit-prior", "flow", "--heads", "logp"], 2, "learns a prior alone"),
        (["--fit-prior", "flow", "--fit-heads", "logp"], 2, "learns a prior alone"),
        (["--fit-prior", "flow", "--resume"], 2, "learns a prior alone"),
        (["--fit-prior", "flow", "--init", "default", "--out", "taken"], 1, "exists already"),
        (
            ["--fit-prior", "flow", "--init", "default", "--out", "n", "--preset", "small"],
            2,
            "give no --preset",
        ),
        (
            [*"--fit-prior flow --init default --out n --set model.latent_size=3".split()],
            1,
            "changes nothing but the prior",
        ),
        (["none.smi", "--fit-prior", "flow", "--init", "default", "--out", "n"], 1, "none.smi"),
        (["few.smi", "--fit-prior", "flow", "--init", "default", "--out", "n"], 1, "too few"),
    ],
)
def test_what_cannot_be_fitted_is_told_in_a_line(run, tmp_path, arguments, code, words):
    (tmp_path / "taken").mkdir()
    (tmp_path / "few.smi").write_text("CCO\nCCN\n")
    result = run("train", *arguments)
    assert result.exit_code == code, result.output
    assert words in result.stderr
    if code == 1:
        assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "n").exists()
