"""Statistics of test sets and membership in training sets, against RDKit and plain sets."""

from collections import Counter
from functools import partial

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import AllChem, Descriptors, rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold

from molvae.errors import InputError
from molvae.evaluation import reference_sets
from molvae.evaluation.frechet import gaussian
from molvae.evaluation.guacamol import baseline_of, baseline_sample
from molvae.evaluation.reference_sets import statistics_of, training_of

MOLECULES = [
    "CCO", "c1ccc2ccccc2c1", "CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1", "O=C(O)c1ccccc1",
    "CCN(CC)CC", "Clc1ccc(-c2ccccn2)cc1", "COc1ccc2[nH]ccc2c1", "CCO", "Cc1ccc(CC(C)C)cc1",
]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return statistics_of([*MOLECULES, "nonsense", ""], "these", workers=1)


def test_molecules_are_sorted_and_fingerprints_with_them(found):
    assert found.smiles == sorted(MOLECULES)
    assert (found.name, found.count) == ("these", len(MOLECULES))
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    for row, smiles in zip(found.fingerprints, found.smiles, strict=True):
        bits = generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(smiles))
        np.testing.assert_array_equal(np.unpackbits(row), bits)


def test_counts_and_properties_are_those_of_rdkit(found):
    fragments: Counter[str] = Counter()
    scaffolds: Counter[str] = Counter()
    for smiles in MOLECULES:
        mol = Chem.MolFromSmiles(smiles)
        fragments.update(Chem.MolToSmiles(AllChem.FragmentOnBRICSBonds(mol)).split("."))
        scaffold = MurckoScaffold.GetScaffoldForMol(mol)
        if scaffold.GetRingInfo().NumRings() >= 2:
            scaffolds[Chem.MolToSmiles(scaffold)] += 1
    assert found.fragments == fragments
    assert found.scaffolds == scaffolds
    weights = sorted(Descriptors.MolWt(Chem.MolFromSmiles(smiles)) for smiles in MOLECULES)
    np.testing.assert_allclose(found.properties["weight"], weights)
    assert set(found.properties) == {"logP", "SA", "QED", "weight"}


def test_activations_are_of_the_valid_molecules(found):
    expected = gaussian(sorted(MOLECULES))
    assert found.gaussian.count == len(MOLECULES)
    np.testing.assert_allclose(found.gaussian.mean, expected.mean, atol=1e-6)
    np.testing.assert_allclose(found.gaussian.covariance, expected.covariance, atol=1e-6)


def test_forms_make_no_difference_unless_asked_for():
    other_forms = ["OCC", "C1=CC=CC=C1", "N(CC)(CC)CC"]
    canonical = statistics_of(other_forms, "x", workers=1)
    given = statistics_of(other_forms, "x", as_given=True, workers=1)
    assert canonical.smiles == ["CCN(CC)CC", "CCO", "c1ccccc1"]
    assert given.smiles == sorted(other_forms)
    by_form = dict(zip(given.smiles, given.fingerprints, strict=True))
    np.testing.assert_array_equal(by_form["OCC"], canonical.fingerprints[1])
    for name, values in canonical.properties.items():
        np.testing.assert_allclose(given.properties[name], values)
    assert (given.fragments, given.scaffolds) == (canonical.fragments, canonical.scaffolds)
    assert abs(given.gaussian.mean - canonical.gaussian.mean).max() > 1e-3


def test_as_given_a_molecule_is_described_as_read():
    """Where RDKit perceives its own canonical form differently, the given form counts."""
    given, canonical = "CC1CCCCC1", "c1ccc2ccccc2c1"
    described = reference_sets.describe_molecules([canonical, "CCO"], workers=1)
    found = reference_sets._as_read(described, [given, "CCO"])
    expected = reference_sets.describe_molecules([given, "CCO"], workers=1)
    assert (found.fragments, found.scaffolds) == (expected.fragments, expected.scaffolds)
    np.testing.assert_array_equal(found.fingerprints, expected.fingerprints)
    for name, values in expected.properties.items():
        np.testing.assert_allclose(found.properties[name], values, rtol=1e-12)
    assert described.scaffolds == {canonical: 1}, "the original is left as it was"


def test_one_molecule_has_no_covariance():
    found = statistics_of(["CCO"], "one", workers=1)
    assert found.gaussian.count == 1
    assert np.isnan(found.gaussian.covariance).all()


@pytest.mark.parametrize("smiles", [[], ["nonsense"]])
def test_no_molecules(smiles):
    with pytest.raises(InputError, match="nothing holds no valid molecule"):
        statistics_of(smiles, "nothing", workers=1)


TRAINING = ["OCC", "CC(=O)O", "CN1CCC[C@H]1c1cccnc1", "[13CH3]O", "nonsense", "CC(=O)O", "F/C=C/F"]
ASKED = ["OCC", "CCO", "CC(=O)O", "CN1CCCC1c1cccnc1", "CO", "nonsense", "FC=CF", "N", "CCO"]


@pytest.fixture(scope="module")
def training():
    return training_of(TRAINING, "train", baseline=False, workers=1)


def test_known_as_published(training):
    assert training.count == len(TRAINING)
    expected = [smiles in TRAINING for smiles in ASKED]
    assert training.known(ASKED).tolist() == expected
    assert training.known([]).tolist() == []


def test_known_as_molecules(training):
    canonical = {Chem.CanonSmiles(smiles) for smiles in TRAINING if smiles != "nonsense"}
    asked = [Chem.CanonSmiles(smiles) for smiles in ASKED if smiles != "nonsense"]
    expected = [smiles in canonical for smiles in asked]
    assert training.known_rewritten(asked).tolist() == expected
    assert training.rewritten == {"CCO"}


def test_known_without_stereochemistry(training):
    mols = [Chem.MolFromSmiles(smiles) for smiles in TRAINING if smiles != "nonsense"]
    flat = {Chem.MolToSmiles(mol, isomericSmiles=False) for mol in mols}
    asked = ["CCO", "CN1CCCC1c1cccnc1", "CO", "FC=CF", "N"]
    assert training.known_flat(asked).tolist() == [smiles in flat for smiles in asked]
    assert sum(training.known_flat(asked)) == 4


def test_baseline_is_that_of_the_list(monkeypatch):
    monkeypatch.setattr(reference_sets, "baseline_sample", partial(baseline_sample, size=6))
    found = training_of(MOLECULES, "train", workers=1)
    expected = baseline_of(MOLECULES, size=6, workers=1)
    assert sorted(found.sample) == sorted(baseline_sample(MOLECULES, size=6))
    assert len(found.sample) == 6
    assert (found.baseline.count, found.baseline.size) == (len(MOLECULES), 6)
    np.testing.assert_array_equal(found.baseline.descriptors, expected.descriptors)
    np.testing.assert_array_equal(found.baseline.nearest, expected.nearest)
    np.testing.assert_allclose(found.baseline.gaussian.mean, expected.gaussian.mean, atol=1e-6)


def test_progress_is_told():
    told = []
    training_of(TRAINING, "x", workers=1, baseline=False, progress=lambda *one: told.append(one))
    assert told == [("training molecules", len(TRAINING), len(TRAINING))]
