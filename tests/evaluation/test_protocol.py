"""The facts beside a result are those of what was measured."""

import json
from importlib import metadata

import pytest

from molvae.evaluation.protocol import LIBRARIES, protocol
from molvae.evaluation.reference_sets import Reference, statistics_of, training_of
from molvae.evaluation.subjects import DrawnMolecules, GivenMolecules


@pytest.fixture(scope="module")
def reference():
    test = statistics_of(["CCO", "CCN", "CCC"], "my test", workers=1, device="cpu")
    training = training_of(["CCO", "CCO"], "my train", baseline=False, workers=1)
    return Reference("mine", "1999.1", test, None, training, "somewhere", shipped="starter")


def facts(subject, reference=None, **changed):
    options = {"suites": ["moses"], "samples": 3, "guacamol_size": 7, "seeds": range(2, 4)}
    return protocol(
        subject, reference, **{**options, "unseen": None, "diagnostics": None, **changed}
    )


def test_of_molecules(reference):
    found = facts(GivenMolecules("mine.smi", ["C"]), reference)
    assert (found["kind"], found["samples"]) == ("molecules", 3)
    assert not {"seeds", "sampling", "held out", "latent"} & set(found), "they do not apply"
    assert json.loads(json.dumps(found)) == found


def test_of_a_model(generator):
    found = facts(DrawnMolecules(generator), unseen="the test split")
    assert (found["kind"], found["seeds"], found["held out"]) == ("model", [2, 3], "the test split")
    assert repr(generator) in found["sampling"]
    assert "reference" not in found


def test_the_reference_is_described(reference):
    about = facts(GivenMolecules("mine.smi", ["C"]), reference)["reference"]
    assert (about["name"], about["source"], about["rdkit"]) == ("mine", "somewhere", "1999.1")
    assert (about["test"], about["test set"]) == (3, "my test")
    assert (about["training"], about["training set"]) == (2, "my train")
    assert "scaffold test" not in about


def test_versions_are_those_installed():
    found = facts(GivenMolecules("mine.smi", ["C"]))
    assert found["versions"] == {name: metadata.version(name) for name in LIBRARIES}
    assert {"molvae", "rdkit", "torch", "fcd"} <= set(found["versions"])
