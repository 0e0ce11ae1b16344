import json
import shutil

import pytest


def test_people_see_shape_and_training(run, trained):
    result = run("inspect", str(trained))
    assert result.exit_code == 0, result.stderr
    for text in ("selfies", "bidirectional LSTM, 1 x 8", "GRU, 1 x 16", "nats", "token accuracy"):
        assert text in result.stdout


def test_json_is_the_card(run, trained):
    values = json.loads(run("inspect", str(trained / "last"), "--json").stdout)
    assert values["config"]["model"]["latent_size"] == 6
    assert values["training"]["step"] == 6


def test_damaged_and_missing_models_are_one_line(run, tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.json").write_text("{")
    for name in ("m", "nowhere/at/all", "."):
        result = run("inspect", name)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("training", [{}, None, {"validation": {"kl": 2.0}}])
def test_a_model_that_tells_little_of_its_training(run, trained, tmp_path, training):
    shutil.copytree(trained / "last", tmp_path / "m")
    card = json.loads((tmp_path / "m" / "model.json").read_text())
    (tmp_path / "m" / "model.json").write_text(json.dumps({**card, "training": training}))
    result = run("inspect", "m")
    assert result.exit_code == 0, result.stderr
    assert "bidirectional LSTM" in result.stdout
    assert ("2.00 nats" in result.stdout) == bool(training)


def test_conditions_and_heads_are_told_with_their_ranges(run, conditional, trained):
    shown = run("inspect", str(conditional)).stdout
    assert "conditions\n" in shown
    assert "98% between" in shown
    assert "one of no, yes" in shown
    assert "predicts\n" in shown
    values = json.loads(run("inspect", str(conditional), "--json").stdout)
    assert [condition["name"] for condition in values["conditions"]] == ["logp", "halogen"]
    assert "predicts" not in run("inspect", str(trained)).stdout
