"""`molvae train --fit-prior`: end to end, and what it says when it cannot."""

import json
from pathlib import Path

import pytest

from molvae.checkpoint import load_model
from molvae.training.stop import StopRequest

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
    told = "next: molvae sample -n 1000 --model new" in result.stderr
    assert told != ("worse than" in result.stderr)


def test_a_prior_worse_than_the_one_before_is_told(run, trained, monkeypatch):
    monkeypatch.setattr("molvae.training.fit_prior.SAME_NATS", -1e9)  # any is worse
    result = run("train", "--fit-prior", "mixture", "--init", str(trained), "--out", "new",
                 "--max-steps", "1", "--set", "model.prior.components=4")  # fmt: skip
    assert result.exit_code == 0, result.output
    warned = [line for line in result.stderr.splitlines() if "warning" in line]
    assert len(warned) == 1
    assert "worse than the one before" in warned[0]
    assert f"sample from {trained} itself" in warned[0]
    assert "next:" not in result.stderr
    assert load_model(Path("new")).card["training"]["prior"]["worse"]
    assert "(worse than the" in run("inspect", "new").stdout


def test_an_interruption_gives_the_command_that_goes_on(run, trained, monkeypatch):
    class Asked(StopRequest):
        def __init__(self):
            super().__init__()
            self.requested = True

    monkeypatch.setattr("molvae.training.fit_prior.StopRequest", Asked)
    result = run("train", "--fit-prior", "flow", "--init", str(trained), "--out", "new", *SIZES)
    assert result.exit_code == 130, result.output
    assert "next:" not in result.stderr
    own = f"molvae train {trained / 'corpus'} --fit-prior flow --init new --out NEW"
    assert result.stderr.strip().endswith(own)


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
            [
                "--fit-prior",
                "flow",
                "--init",
                "default",
                "--out",
                "n",
                "--set",
                "model.latent_size=3",
            ],
            1,
            "changes nothing but the prior",
        ),
        (["none.smi", "--fit-prior", "flow", "--init", "default", "--out", "n"], 1, "none.smi"),
        (["few.smi", "--fit-prior", "flow", "--init", "default", "--out", "n"], 1, "of few.smi"),
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
