"""The MOSES suite where there is little or nothing to measure, and its two distances."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from molvae.errors import EvaluationError
from molvae.evaluation import moses
from molvae.evaluation.frechet import Gaussian
from molvae.evaluation.moses import cosine, moses_metrics, wasserstein
from molvae.evaluation.reference_sets import Reference, SetStatistics, training_of
from molvae.evaluation.sets import MoleculeSet, describe_molecules

PHENYLPYRIDINE = "c1ccc(-c2ccccn2)cc1"
TEST = [PHENYLPYRIDINE, "CCO", "CC(=O)Nc1ccccc1", "CCN", "c1ccc2ccccc2c1"]
NAMES = [
    *("valid", "unique@1000", "unique@10000", "FCD/Test", "SNN/Test", "Frag/Test", "Scaf/Test"),
    *("FCD/TestSF", "SNN/TestSF", "Frag/TestSF", "Scaf/TestSF", "IntDiv", "IntDiv2", "Filters"),
    *("logP", "SA", "QED", "weight", "Novelty"),
]


def described(*smiles: str) -> MoleculeSet:
    return describe_molecules(smiles, workers=1)


def statistics(name: str, smiles: list[str]) -> SetStatistics:
    """Of `smiles`, but for the activations, which are made up."""
    molecules = described(*smiles)
    return SetStatistics(
        name=name,
        count=len(smiles),
        gaussian=Gaussian(np.zeros(512), np.eye(512), len(smiles)),
        fingerprints=molecules.fingerprints,
        fragments=dict(molecules.fragments),
        scaffolds=dict(molecules.scaffolds),
        properties={key: np.sort(values) for key, values in molecules.properties.items()},
        smiles=molecules.smiles,
    )


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(
        name="small",
        rdkit="",
        test=statistics("small Test", TEST),
        scaffold_test=statistics("small TestSF", TEST[2:]),
        training=training_of(["CCO", "OCCN"], "train", baseline=False, workers=1),
        source="",
    )


@pytest.fixture(autouse=True)
def _made_up_activations(monkeypatch: pytest.MonkeyPatch) -> None:
    """ChemNet has tests of its own; here only the number of molecules matters."""

    def gaussian(smiles, **options):
        return Gaussian(np.ones(512), np.zeros((512, 512)), len(smiles))

    monkeypatch.setattr(moses, "gaussian", gaussian)


@pytest.mark.parametrize("strings", [(), ("", "nonsense", "C1CC")])
def test_without_a_valid_molecule_every_value_has_a_reason(reference, strings):
    measured = moses_metrics(described(*strings), reference, device="cpu")
    assert list(measured.values) == NAMES
    missing = [name for name, value in measured.values.items() if math.isnan(value)]
    assert missing == (NAMES[1:] if strings else NAMES)
    assert all(measured.notes[name] for name in missing)
    if strings:
        assert measured.values["valid"] == 0


def test_one_molecule(reference):
    measured = moses_metrics(described("CCO", "nonsense"), reference, device="cpu")
    missing = {name for name, value in measured.values.items() if math.isnan(value)}
    assert missing == {"FCD/Test", "FCD/TestSF", "Scaf/Test", "Scaf/TestSF"}
    assert missing | {"IntDiv", "IntDiv2", "unique@1000", "unique@10000"} <= set(measured.notes)
    assert measured.values["IntDiv"] == pytest.approx(0, abs=1e-12)
    assert measured.values["SNN/Test"] == pytest.approx(1)
    assert measured.values["valid"] == pytest.approx(0.5)
    assert measured.values["Novelty"] == 0


def test_repeats_only(reference):
    measured = moses_metrics(described(*["OCC"] * 7), reference, unique_at=(5, 7), device="cpu")
    values = measured.values
    assert values["unique@5"] == pytest.approx(1 / 5)
    assert values["unique@7"] == pytest.approx(1 / 7)
    assert values["IntDiv"] == pytest.approx(0, abs=1e-9)
    assert values["FCD/Test"] == pytest.approx(512 + 512)  # |mu|^2 + trace; no spread here
    assert "unique@5" not in measured.notes
    assert "unique@7" not in measured.notes


def test_fewer_than_k_is_said(reference):
    measured = moses_metrics(described("CCO", "CCN", "CCO"), reference, device="cpu")
    assert measured.values["unique@1000"] == pytest.approx(2 / 3)
    assert "3 valid molecules" in measured.notes["unique@1000"]
    assert "2 molecules" not in measured.notes["FCD/Test"]
    assert "3 molecules" in measured.notes["FCD/Test"]


def test_uniqueness_and_novelty_compare_the_form_that_rdkit_settles_on(reference):
    molecules = described("CCN", "NCCO", "CCCl")
    assert moses_metrics(molecules, reference, device="cpu").values["Novelty"] == 1
    settled = {"CCCl": "CCO", "CCN": "OCCN"}  # made up: both are in the training set
    again = moses_metrics(replace(molecules, rewritten=settled), reference, device="cpu")
    assert again.values["Novelty"] == pytest.approx(1 / 3)
    settled = {"CCCl": "CCN"}
    again = moses_metrics(replace(molecules, rewritten=settled), reference, device="cpu")
    assert again.values["unique@1000"] == pytest.approx(2 / 3)


def test_novelty_against_rewritten_training_molecules_is_a_note(reference):
    measured = moses_metrics(described("NCCO", "CCCN"), reference, device="cpu")
    assert measured.values["Novelty"] == 1  # OCCN is not the canonical form of NCCO
    assert measured.notes["Novelty"].startswith("0.5 with")


def test_without_training_set_and_scaffold_test(reference):
    bare = replace(reference, training=None, scaffold_test=None)
    measured = moses_metrics(described("CCN", "CCO"), bare, device="cpu")
    assert list(measured.values) == [name for name in NAMES if "TestSF" not in name]
    assert math.isnan(measured.values["Novelty"])
    assert "small" in measured.notes["Novelty"]


def test_properties_that_cannot_be_computed_are_left_out_and_said(reference):
    molecules = described("CCN", "CCO", "CCC")
    properties = {**molecules.properties, "QED": np.array([0.1, math.nan, 0.3])}
    measured = moses_metrics(replace(molecules, properties=properties), reference, device="cpu")
    wanted = wasserstein_distance([0.1, 0.3], reference.test.properties["QED"])
    assert measured.values["QED"] == pytest.approx(wanted)
    assert "without 1 " in measured.notes["QED"]
    properties = {**molecules.properties, "QED": np.full(3, math.nan)}
    measured = moses_metrics(replace(molecules, properties=properties), reference, device="cpu")
    assert math.isnan(measured.values["QED"])
    assert measured.notes["QED"]


def test_mixtures_are_pointed_out_beside_the_distance(reference):
    measured = moses_metrics(described("CCN.Cl", "CCO", "CCC"), reference, device="cpu")
    assert "mixtures (1)" in measured.notes["FCD/Test"]


def test_a_reference_of_one_molecule_has_no_distance(reference):
    alone = replace(reference, test=statistics("alone", ["CCO"]), scaffold_test=None)
    measured = moses_metrics(described("CCN", "CCO"), alone, device="cpu")
    assert math.isnan(measured.values["FCD/Test"])
    assert "alone" in measured.notes["FCD/Test"]
    assert "reference" in measured.notes["Scaf/Test"] or "generated" in measured.notes["Scaf/Test"]


def test_a_k_below_one_is_refused(reference):
    with pytest.raises(EvaluationError, match="1 or more"):
        moses_metrics(described("CCN"), reference, unique_at=(0,), device="cpu")


def test_the_same_set_is_at_no_distance(reference):
    values = moses_metrics(described(*TEST), reference, device="cpu").values
    assert values["SNN/Test"] == pytest.approx(1)
    assert values["Frag/Test"] == pytest.approx(1)
    assert values["Scaf/Test"] == pytest.approx(1)
    assert [values[name] for name in ("logP", "SA", "QED", "weight")] == pytest.approx([0] * 4)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
)
@settings(deadline=None)
def test_wasserstein_is_scipys(first, second):
    found = wasserstein(np.sort(first), np.sort(second))
    assert found == pytest.approx(wasserstein_distance(first, second), rel=1e-9, abs=1e-9)


def test_wasserstein_of_shifted_samples_is_the_shift():
    values = np.linspace(0, 1, 11)
    assert wasserstein(values, values + 2.5) == pytest.approx(2.5)
    assert math.isnan(wasserstein(values, np.array([])))


def test_cosine_of_counts():
    assert cosine({"a": 3, "b": 4}, {"b": 4, "a": 3}) == pytest.approx(1)
    assert cosine({"a": 3, "b": 4}, {"a": 1}) == pytest.approx(3 / 5)
    assert cosine({"a": 1}, {"b": 1}) == 0
    assert math.isnan(cosine({}, {"b": 1}))
