import numpy as np
import pytest
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molvae.chem.fingerprints import morgan, morgan_matrix, nearest, packed_morgan, tanimoto
from molvae.chem.molecule import parse

SMILES = [
    *("CCO", "CCN", "CCCC", "c1ccccc1", "Cc1ccccc1", "CC(=O)Oc1ccccc1C(=O)O", "C1CC1", "CCCO"),
    *("CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "Oc1ccccc1", "Nc1ccccc1", "CC(=O)O", "C", "OCCO", "CCO"),
]


@pytest.fixture(scope="module")
def mols():
    return [parse(smiles) for smiles in SMILES]


@pytest.fixture(scope="module")
def fingerprints(mols):
    return [morgan(mol) for mol in mols]


def test_morgan_as_rdkit(mols):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=1024)
    for mol in mols:
        assert morgan(mol, 3, 1024) == generator.GetFingerprint(mol)


def test_matrix_rows_are_the_fingerprints(mols, fingerprints):
    matrix = morgan_matrix(mols)
    assert matrix.shape == (len(mols), 2048)
    assert matrix.dtype == np.uint8
    for row, fingerprint in zip(matrix, fingerprints, strict=True):
        assert np.flatnonzero(row).tolist() == list(fingerprint.GetOnBits())
    assert morgan_matrix([], bits=64).shape == (0, 64)


def test_packed_rows_are_those_of_the_matrix(mols):
    for bits in (64, 1024):
        expected = np.packbits(morgan_matrix(mols, bits=bits), axis=1)
        assert np.array_equal(packed_morgan(mols, bits=bits), expected)
    assert packed_morgan([]).shape == (0, 128)
    with pytest.raises(ValueError, match="multiple of 8"):
        packed_morgan(mols, bits=12)


def test_tanimoto_as_rdkit_one_by_one(fingerprints):
    for query in fingerprints:
        expected = [DataStructs.TanimotoSimilarity(query, target) for target in fingerprints]
        assert tanimoto(query, fingerprints) == pytest.approx(expected)
    assert tanimoto(fingerprints[0], []).shape == (0,)


@pytest.mark.parametrize("block", [1, 4, 7, 100])
@pytest.mark.parametrize("k", [1, 3, 40])
def test_nearest_as_sorting_all(fingerprints, block, k):
    found = nearest(fingerprints[:6], fingerprints, k, block=block)
    assert found.indices.shape == found.similarities.shape == (6, min(k, len(fingerprints)))
    for row, query in enumerate(fingerprints[:6]):
        similarities = tanimoto(query, fingerprints)
        order = np.argsort(-similarities, kind="stable")[:k]
        assert found.indices[row].tolist() == order.tolist()
        assert found.similarities[row] == pytest.approx(similarities[order])


def test_nearest_of_nothing(fingerprints):
    assert nearest([], fingerprints, 2).indices.shape == (0, 2)
    assert nearest(fingerprints, [], 2).indices.shape == (len(fingerprints), 0)
    with pytest.raises(ValueError, match="k must be at least 1"):
        nearest(fingerprints, fingerprints, 0)
