from dataclasses import replace

import numpy as np
import pytest

from molvae.errors import ConfigError
from molvae.evaluation.report.projection import latent_map, principal_components, spread_rows


def test_components_are_those_of_the_covariance():
    rng = np.random.default_rng(1)
    mu = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5)) + 3
    places, shares = principal_components(mu)
    values, vectors = np.linalg.eigh(np.cov(mu.T))
    assert shares == pytest.approx(tuple(values[::-1][:2] / values.sum()))
    expected = (mu - mu.mean(axis=0)) @ vectors[:, ::-1][:, :2]
    assert np.abs(places) == pytest.approx(np.abs(expected))


def test_components_do_not_flip():
    mu = np.random.default_rng(2).normal(size=(50, 3)) * [3, 2, 1]
    places, _ = principal_components(mu)
    assert np.corrcoef(places[:, 0], mu[:, 0])[0, 1] > 0.9
    assert np.corrcoef(places[:, 1], mu[:, 1])[0, 1] > 0.9


@pytest.mark.parametrize("size", [1, 2])
def test_small_latents_and_a_collapsed_posterior(size):
    places, shares = principal_components(np.ones((5, size)))
    assert places == pytest.approx(np.zeros((5, 2)))
    assert shares == (0.0, 0.0)


def test_marked_molecules_are_far_apart():
    corners = np.array([[0, 0], [0, 10], [10, 0], [10, 10]], float)
    crowd = 5 + np.random.default_rng(3).normal(size=(500, 2)) * 0.1
    places = np.concatenate([crowd, np.repeat(corners, 20, axis=0)])
    rows = spread_rows(places, 5)
    assert [tuple(places[row]) in set(map(tuple, corners)) for row in rows].count(True) == 4
    assert list(places[rows, 0]) == sorted(places[rows, 0])
    assert spread_rows(places[:3], 6) == sorted(
        spread_rows(places[:3], 6), key=lambda r: places[r, 0]
    )


def test_a_map_takes_known_properties_and_computes_others(diagnostics):
    known = latent_map(diagnostics, "logp")
    assert np.array_equal(known.values, diagnostics.properties["logp"])
    weights = latent_map(diagnostics, "molecular_weight")
    assert weights.values[0] == pytest.approx(46.069, abs=1e-3)  # ethanol
    assert weights.label == "molecular weight (g/mol)"
    for row, smiles in weights.marked:
        assert diagnostics.smiles[row] == smiles


def test_no_map(diagnostics):
    assert latent_map(replace(diagnostics, mu=np.zeros((0, 4)), smiles=()), "logp") is None
    with pytest.raises(ConfigError, match="did you mean 'logp'"):
        latent_map(diagnostics, "logpp")
