"""What people see of an evaluation: aligned tables, honest comparisons, reasons for gaps."""

import math

import pytest

from molvae.evaluation.display import arrow, as_text, comparable, shown
from molvae.evaluation.result import Evaluation


@pytest.fixture
def evaluation() -> Evaluation:
    return Evaluation(
        source="generated.smi",
        suites={"moses": {"valid": 0.75, "FCD/Test": math.nan, "weight": 106.87}},
        notes={"moses": {"FCD/Test": "there is one valid molecule"}},
        protocol={
            "samples": 10_000,
            "reference": {
                "name": "moses",
                "benchmark": "moses",
                "test": 176_074,
                "training": 1_584_663,
            },
        },
    )


def test_numbers_are_rounded_for_reading():
    assert shown(0.98765) == "0.9877"
    assert shown(1234.5) == "1,234.50"
    assert shown(math.nan) == "-"
    assert shown(0.5, 0.01) == "0.5000 ± 0.0100"
    assert shown(0.5, math.nan) == "0.5000"


def test_the_table_has_published_rows_beside_ours(evaluation):
    lines = as_text(evaluation).splitlines()
    assert "10,000 strings, against moses (test 176,074, training 1,584,663)" in lines
    header = next(line for line in lines if line.startswith("moses "))
    assert {"here", "CharRNN", "VAE", "LatentGAN"} <= set(header.split())
    valid = next(line for line in lines if line.startswith("valid"))
    assert valid.split()[:3] == ["valid", "↑", "0.7500"]
    assert len(valid) == len(header)


def test_other_sizes_and_gaps_are_explained(evaluation):
    text = as_text(evaluation)
    assert "caution: here the number of samples is 10,000" in text
    assert "FCD/Test: there is one valid molecule" in text
    assert "published: " in text


def test_published_rows_stay_away_from_other_references(evaluation):
    other = Evaluation("x", evaluation.suites, protocol={"reference": {"name": "moses/mine.smi"}})
    assert comparable(other, "moses") is None
    assert "CharRNN" not in as_text(other)
    assert comparable(evaluation, "guacamol") is None
    assert comparable(evaluation, "latent") is None


def test_narrow_terminals_get_fewer_columns(evaluation):
    lines = as_text(evaluation, width=40).split("\n\n")[1].splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert "here" in lines[0]


def test_better_is_where_the_arrow_points():
    assert [arrow(name) for name in ("FCD/Test", "SNN/Test", "QED", "kl")] == ["↓", "↑", "↓", ""]


def test_latent_figures_say_what_they_are():
    found = Evaluation("run", {"latent": {"kl": 9.25, "mmd": -3.1e-5}})
    kl, mmd = as_text(found).splitlines()[-2:]
    assert kl.split()[:2] == ["kl", "9.2500"]
    assert "nats a molecule" in kl
    assert "-3.1e-05" in mmd
    assert kl.index("mean KL") == mmd.index("squared MMD")


def test_one_reason_for_many_gaps_is_told_once():
    notes = {"latent": {"kl": "nothing was given", "mmd": "nothing was given"}}
    found = Evaluation("run", {"latent": {"kl": math.nan, "mmd": math.nan}}, notes=notes)
    assert as_text(found).splitlines()[-1] == "kl, mmd: nothing was given"
