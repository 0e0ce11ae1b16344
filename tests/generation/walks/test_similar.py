"""Similarities are RDKit's, and missing where a molecule is."""

import numpy as np

from molvae.chem import tanimoto_pairs
from molvae.generation.walks.similar import Fingerprints, mean_known


def test_similarities_agree_with_those_of_pairs() -> None:
    smiles = ["CCO", None, "CCN", "c1ccccc1", "CCO"]
    prints = Fingerprints()
    np.testing.assert_allclose(prints.to("CCO", smiles), tanimoto_pairs(["CCO"] * 5, smiles))
    before = [None, *smiles[:-1]]
    np.testing.assert_allclose(prints.to_previous(smiles), tanimoto_pairs(before, smiles))
    assert np.isnan(prints.to(None, smiles)).all()
    assert len(prints.to("CCO", [])) == 0


def test_the_mean_is_of_what_is_known() -> None:
    assert mean_known(np.array([np.nan, 0.5, 1.0])) == 0.75
    assert np.isnan(mean_known(np.array([np.nan])))
