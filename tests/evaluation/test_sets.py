import math
from collections import Counter

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import QED, AllChem, Crippen, Descriptors, rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold

from molvae.chem import passes_filters
from molvae.chem.contributions import synthetic_accessibility
from molvae.evaluation import sets
from molvae.evaluation.sets import describe_molecules

GIVEN = [
    *("CNC", "Oc1ccccc1-c1cccc2cnccc12", "INVALID", "CCCP", "CNC", "", "C(C)O", "OCC", "C1CC"),
    *("Cc1noc(C)c1CN(C)C(=O)Nc1cc(F)cc(F)c1", "Cc1nc(NCc2ccccc2)no1-c1ccccc1", "c1ccccc1C=O"),
    *("C[C@H](N)C(=O)O", "[Na+].[Cl-]", "[2H]C", "C1=CC=CC=C1C=O", "CC(=O)Oc1ccccc1C(=O)O"),
]


@pytest.fixture(scope="module")
def described():
    return describe_molecules(GIVEN, workers=1)


def read_again(text: str) -> Chem.Mol | None:
    mol = Chem.MolFromSmiles(text) if text else None
    return None if mol is None else Chem.MolFromSmiles(Chem.MolToSmiles(mol))


def test_a_set_is_what_rdkit_says_of_each_molecule(described):
    mols = [read_again(text) for text in GIVEN]
    assert described.total == len(GIVEN)
    assert described.valid.tolist() == [mol is not None for mol in mols]
    valid = [mol for mol in mols if mol is not None]
    assert described.smiles == [Chem.MolToSmiles(mol) for mol in valid]
    oracles = {
        "logP": Crippen.MolLogP,
        "SA": synthetic_accessibility,
        "QED": QED.qed,
        "weight": Descriptors.MolWt,
    }
    assert set(described.properties) == set(oracles)
    for name, function in oracles.items():
        expected = [function(Chem.Mol(mol)) for mol in valid]
        assert described.properties[name] == pytest.approx(expected, abs=1e-12)
    assert described.passes_filters.tolist() == [passes_filters(mol) for mol in valid]


def test_fingerprints_are_packed(described):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    rows = np.unpackbits(described.fingerprints, axis=1)
    assert described.fingerprints.shape == (len(described.smiles), 128)
    for row, smiles in zip(rows, described.smiles, strict=True):
        expected = generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(smiles))
        assert np.array_equal(row, expected)


def test_fragments_and_scaffolds_are_counted(described):
    mols = [Chem.MolFromSmiles(smiles) for smiles in described.smiles]
    pieces = [Chem.MolToSmiles(AllChem.FragmentOnBRICSBonds(mol)).split(".") for mol in mols]
    assert described.fragments == Counter(name for own in pieces for name in own)
    cores = [MurckoScaffold.GetScaffoldForMol(mol) for mol in mols]
    large = [Chem.MolToSmiles(core) for core in cores if core.GetRingInfo().NumRings() >= 2]
    assert described.scaffolds == Counter(large)


def test_chunks_and_processes_do_not_matter(described, monkeypatch):
    monkeypatch.setattr(sets, "_CHUNK", 3)
    for workers in (1, 2):
        other = describe_molecules(GIVEN, workers=workers)
        assert other.smiles == described.smiles
        assert other.fragments == described.fragments
        assert other.scaffolds == described.scaffolds
        assert np.array_equal(other.valid, described.valid)
        assert np.array_equal(other.fingerprints, described.fingerprints)
        assert np.array_equal(other.passes_filters, described.passes_filters)
        for name, values in described.properties.items():
            assert np.array_equal(other.properties[name], values)


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(sets, "_CHUNK", 2)
    told = []
    describe_molecules(["C", "N", "O"], workers=1, progress=lambda *step: told.append(step))
    assert told == [("molecules", 2, 3), ("molecules", 3, 3)]


@pytest.mark.parametrize("given", [[], ["INVALID", ""]])
def test_no_molecule_at_all(given):
    described = describe_molecules(given)
    assert described.total == len(described.valid) == len(given)
    assert not described.valid.any()
    assert described.smiles == []
    assert described.fingerprints.shape == (0, 128)
    assert all(values.shape == (0,) for values in described.properties.values())
    assert described.fragments == described.scaffolds == Counter()


def test_one_string_is_not_a_list():
    with pytest.raises(TypeError, match="list of SMILES"):
        describe_molecules("CCO")


def test_a_property_that_fails_is_nan(monkeypatch):
    def fail(mol):
        raise ZeroDivisionError

    monkeypatch.setattr(sets, "synthetic_accessibility", fail)
    described = describe_molecules(["CCO"], workers=1)
    assert described.valid.all()
    assert math.isnan(described.properties["SA"][0])
    assert described.properties["weight"] == pytest.approx([46.069])


def test_equal_molecules_are_measured_once(monkeypatch):
    measured = []
    measure = sets._measure

    def spy(mol, form, rewritten):
        measured.append(form)
        return measure(mol, form, rewritten)

    monkeypatch.setattr(sets, "_measure", spy)
    described = describe_molecules(["CCO", "OCC", "C(O)C", "CCO", "C"], workers=1)
    assert measured == ["CCO", "C"]
    assert described.smiles == ["CCO"] * 4 + ["C"]
