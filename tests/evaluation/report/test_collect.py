from dataclasses import replace

import numpy as np
import pytest

from molvae.errors import ConfigError
from molvae.evaluation.report.collect import collect


def test_a_file_of_molecules(evaluation):
    of_file = replace(evaluation, source="folder/drawn.smi", diagnostics=None)
    data = collect(of_file, workers=1)
    assert data.title == "drawn.smi"
    assert data.facts == {"strings": "8", "valid": "7"}
    assert data.latent_map is None
    assert data.log == ()
    assert [one.title for one in data.missing] == ["Training and latent space"]
    assert data.reference == "5 molecules of a test set"
    assert data.neighborhood.sets == ("5 molecules of a test set",)


def test_an_evaluation_that_was_saved(evaluation):
    bare = replace(evaluation, molecules=None, reference=None, diagnostics=None)
    data = collect(bare)
    assert data.samples == ()
    assert data.distributions == ()
    assert data.neighborhood is None
    assert [one.title for one in data.missing] == [
        "Training and latent space",
        "Properties, molecules and neighbors",
    ]
    assert "not kept" in data.missing[1].reason


def test_suites_that_were_not_asked_for(evaluation):
    only = {"guacamol": {"validity": 1.0}}
    data = collect(replace(evaluation, suites=only, molecules=None, diagnostics=None))
    assert "not asked for" in data.missing[1].reason


def test_no_valid_molecule(evaluation, molecules):
    none = replace(
        molecules,
        valid=np.zeros(8, bool),
        smiles=[],
        fingerprints=np.zeros((0, 128), np.uint8),
        properties={name: np.zeros(0) for name in molecules.properties},
    )
    data = collect(replace(evaluation, molecules=none), workers=1)
    assert data.missing[1].reason == "no molecule is valid"
    assert data.samples == ()
    assert data.neighborhood is None


def test_an_unknown_color(evaluation):
    with pytest.raises(ConfigError, match="unknown property"):
        collect(evaluation, color="redness")
