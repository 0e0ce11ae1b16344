import pytest

from molvae.cli.training_options import Values, limit_assignments, preparable
from molvae.config import Config
from molvae.errors import ConfigError


def told(*assignments):
    return Config().override(assignments)


def test_limits_replace_those_of_the_preset():
    train = Config.preset().override(limit_assignments(2.5, None, None)).train
    assert (train.max_minutes, train.max_epochs, train.max_steps) == (2.5, None, None)
    assert limit_assignments(None, None, None) == []


def test_values_are_settings_and_come_after_those_of_a_model():
    values = Values(("logp", "IC50 [nM]"), ("qed",))
    assert values.assignments(None) == [
        'model.condition.properties=["logp", "IC50 [nM]"]',
        'model.heads.properties=["qed"]',
    ]
    model = told("model.condition.properties=['tpsa', 'logp']", "model.condition.classes=['a']")
    more = model.override(Values(("a", "logp", "sa"), ()).assignments(model))
    assert more.model.condition.properties == ("tpsa", "logp", "sa")
    assert more.model.heads == model.model.heads
    assert Values().assignments(model) == []


def test_columns_of_the_input_are_carried_and_properties_are_not(tmp_path):
    (tmp_path / "x.csv").write_text("smiles,a,b\nCCO,1,x\n")
    config = told("model.condition.properties=['logp', 'a']", "model.heads.classes=['b']")
    ours = preparable(config, None, [str(tmp_path / "x.csv")], None)
    assert ours.data.columns == ("a", "b")


def test_only_what_a_model_brings_may_be_missing(tmp_path):
    (tmp_path / "x.smi").write_text("CCO\n")
    config = told("model.condition.properties=['a', 'logp']")
    sources = [str(tmp_path / "x.smi")]
    assert preparable(config, config.model, sources, None).data.columns == ()
    with pytest.raises(
        ConfigError, match=r"'a' is no property \(logp, .*\) and no column: .*x.smi"
    ):
        preparable(config, None, sources, None)


def test_other_problems_of_the_input_are_left_to_the_reader(tmp_path):
    config = told("model.condition.properties=['a']")
    for source in (str(tmp_path / "missing.csv"), "-"):
        assert preparable(config, None, [source], None).data.columns == ("a",)
