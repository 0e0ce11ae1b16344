"""Published rows are complete, plausible, and named as molvae's own results are."""

import pytest

from molvae.evaluation.guacamol import guacamol_metrics
from molvae.evaluation.moses import moses_metrics
from molvae.evaluation.published import published
from molvae.evaluation.reference_sets import Reference, statistics_of
from molvae.evaluation.sets import describe_molecules

DISTANCES = ("FCD/Test", "FCD/TestSF")
SIMILARITIES = ("SNN", "Frag", "Scaf")
"""To Test; the scaffolds of TestSF are in no training set."""


def rows_of(suite):
    return {row.model: row.values for row in published(suite).rows}


def names_of(suite):
    """The names of what `suite` really measures."""
    if suite == "guacamol":
        return set(guacamol_metrics([], None, None, workers=1, device="cpu").values)
    test = statistics_of(["c1ccc2ccccc2c1", "CCO"], "test", workers=1, device="cpu")
    reference = Reference("mine", "1", test, test, None, "")
    nothing = describe_molecules([], workers=1)
    return set(moses_metrics(nothing, reference, device="cpu").values)


@pytest.mark.parametrize("suite", ["moses", "guacamol"])
def test_tables_say_how_their_rows_were_measured(suite):
    table = published(suite)
    assert table.protocol
    assert table.source
    assert len(rows_of(suite)) == len(table.rows) >= 4, "no model is there twice"


def test_suites_without_published_rows_have_no_table():
    assert published("latent") is None


@pytest.mark.parametrize("suite", ["moses", "guacamol"])
def test_names_are_those_of_the_suite(suite):
    names = names_of(suite)
    for model, values in rows_of(suite).items():
        assert set(values) <= names, model


@pytest.mark.parametrize("suite", ["moses", "guacamol"])
def test_values_lie_in_their_ranges(suite):
    for model, values in rows_of(suite).items():
        for name, value in values.items():
            assert value >= 0, (model, name)
            assert value <= 1 or name in DISTANCES, (model, name)


def test_relations_that_hold_for_any_molecules():
    for model, values in rows_of("moses").items():
        assert values["IntDiv2"] < values["IntDiv"], model
        for name in SIMILARITIES:
            assert values[f"{name}/TestSF"] < values[f"{name}/Test"], model
        assert values["FCD/Test"] < values["FCD/TestSF"], model


def test_no_model_is_nearer_to_the_test_set_than_the_training_set():
    rows = rows_of("moses")
    train = rows.pop("train set")
    assert "Novelty" not in train
    for model, values in rows.items():
        assert train["FCD/Test"] < values["FCD/Test"], model
        assert train["FCD/TestSF"] < values["FCD/TestSF"], model
        for name in SIMILARITIES:
            assert train[f"{name}/Test"] > values[f"{name}/Test"], model
        assert train["Filters"] >= values["Filters"], model
        assert train["Scaf/TestSF"] <= values["Scaf/TestSF"], model


def test_the_models_of_sequences_are_the_nearest_to_guacamols_training_set():
    rows = rows_of("guacamol")
    by_distance = sorted(rows, key=lambda model: rows[model]["fcd"])
    assert set(by_distance[-2:]) == {"SMILES LSTM", "G2PT-base"}
