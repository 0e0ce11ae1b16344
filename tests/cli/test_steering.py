import json

import pytest


@pytest.fixture
def sample(run, conditional):
    def call(*arguments: str):
        return run("sample", "-n", "8", "--no-unique", "--model", str(conditional), *arguments)

    return call


def test_the_summary_compares_targets_with_what_came_out(sample):
    result = sample(
        "--condition", "logp=1.5", "-c", "halogen=yes", "--guidance", "2", "--constrained"
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[0] == "smiles,novel,logp"
    lines = result.stderr.splitlines()
    assert "(constrained, guidance 2)" in lines[1]
    assert lines[2].split() == ["condition", "target", "mean", "MAD", "SD"]
    assert lines[3].split()[:2] == ["logp", "1.500"]
    assert lines[4].split() == ["halogen", "yes", "-", "-", "-"]
    assert "cannot be computed from a molecule" in lines[5]


def test_json_has_the_comparison(sample):
    values = json.loads(sample("--condition", "logp=1.5", "--json").stdout)
    (found,) = values["conditions"]
    rows = [row["logp"] for row in values["molecules"]]
    assert found["name"] == "logp"
    assert found["mean"] == pytest.approx(sum(rows) / 8)
    assert found["mad"] == pytest.approx(sum(abs(row - 1.5) for row in rows) / 8)
    assert (values["guidance"], values["constrained"]) == (1.0, False)


def test_a_target_out_of_range_is_said(sample):
    result = sample("--condition", "logp=12")
    assert result.exit_code == 0
    assert "logp = 12 is outside what the model was trained on" in result.stderr


def test_samples_are_constrained_where_that_is_asked_for(sample):
    assert "constrained" in sample("--constrained").stderr
    assert "constrained" not in sample("--unconstrained").stderr
    assert "constrained" not in sample().stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--condition", "lgop=2"), 1, "unknown condition 'lgop'; this model knows logp from"),
        (("--condition", "logp=high"), 1, "logp = high: must be a number"),
        (("--condition", "logp=nan"), 1, "must be a number"),
        (("--condition", "halogen=maybe"), 1, "must be one of no, yes"),
        (("--guidance", "2"), 1, "none is given; this model knows logp from"),
        (("--condition", "logp"), 2, "write NAME=VALUE, as in logp=2.5"),
        (("--condition", "=2"), 2, "write NAME=VALUE"),
        (("--condition", "logp=1", "--condition", "logp=2"), 2, "logp is given twice: 1 and 2"),
        (("--condition", "logp=1", "--guidance", "-1"), 2, "--guidance"),
    ],
)
def test_bad_conditions_are_one_line(sample, arguments, code, words):
    result = sample(*arguments)
    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""
    assert code == 2 or result.stderr.count("\n") == 1


def test_a_model_without_conditions_says_so(run, trained):
    for option in (("--condition", "logp=1"), ("--guidance", "2")):
        result = run("sample", "-n", "3", "--model", str(trained), *option)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert "trained without conditions" in result.stderr


def test_selfies_have_nothing_to_constrain(run, trained):
    result = run("sample", "-n", "3", "--model", str(trained), "--constrained")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "nothing to constrain" in result.stderr
