"""Information, distance to the prior and rank order, against theory and brute force."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from molvae.evaluation.latent_statistics import (
    active_units,
    kl_per_dimension,
    log_densities,
    mutual_information,
    spearman,
    squared_mmd,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def normal(mu: np.ndarray, std: np.ndarray) -> Normal:
    return Normal(torch.from_numpy(np.asarray(mu)), torch.from_numpy(np.asarray(std)))


def test_kl_is_torchs() -> None:
    mu, std = rng().normal(size=(50, 3)), rng(1).uniform(0.01, 2.0, size=(50, 3))
    truth = kl_divergence(normal(mu, std), Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(kl_per_dimension(mu, std), truth.numpy(), rtol=1e-12)


def test_active_units_count_dimensions_that_move() -> None:
    mu = rng().normal(size=(500, 4)) * np.array([1.0, 0.2, 0.05, 0.0])
    assert active_units(mu) == 2


def test_log_densities_are_torchs() -> None:
    z, mu = rng().normal(size=(5, 6)), rng(1).normal(size=(7, 6))
    std = np.exp(rng(2).uniform(-6.0, 1.0, size=(7, 6)))
    truth = normal(mu, std).log_prob(torch.from_numpy(z)[:, None]).sum(2)
    np.testing.assert_allclose(log_densities(z, mu, std), truth.numpy(), rtol=1e-10)


def test_no_information_where_all_posteriors_are_one() -> None:
    found = mutual_information(np.zeros((60, 3)), np.ones((60, 3)), rng())
    assert found.lower == pytest.approx(0.0, abs=1e-12)
    assert found.upper == pytest.approx(0.0, abs=1e-12)


def test_log_n_where_posteriors_never_meet() -> None:
    mu = 100.0 * np.arange(700.0)[:, None]  # more than a block of rows
    found = mutual_information(mu, np.ones_like(mu), rng())
    assert found.lower == pytest.approx(math.log(700), abs=1e-12)
    assert found.upper > 1_000
    assert found.standard_error == pytest.approx(0.0, abs=1e-12)


def test_the_bounds_hold_a_gaussian_channel_between_them() -> None:
    scale, noise = 1.5, 0.8
    truth = 0.5 * 2 * math.log(1.0 + scale**2 / noise**2)
    mu = scale * rng().normal(size=(1_000, 2))
    found = mutual_information(mu, np.full_like(mu, noise), rng(1))
    slack = 3.0 * found.standard_error
    assert found.lower - slack < truth < found.upper + slack
    assert found.lower == pytest.approx(truth, abs=0.1)
    assert found.lower < found.upper


@given(st.integers(2, 40), st.integers(1, 5), st.floats(0.01, 3.0), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_information_is_at_most_log_n(count: int, size: int, noise: float, seed: int) -> None:
    mu = rng(seed).normal(size=(count, size))
    found = mutual_information(mu, np.full_like(mu, noise), rng(seed))
    assert found.lower <= math.log(count) + 1e-9


@given(st.integers(2, 12), st.integers(1, 3), st.floats(0.01, 3.0), st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_the_bounds_are_in_order_on_average(count: int, size: int, noise: float, seed: int) -> None:
    """Of single draws the order can be another: a latent may lie nearer to another molecule."""
    mu = rng(seed).normal(size=(count, size))
    found = [mutual_information(mu, np.full_like(mu, noise), rng(draw)) for draw in range(100)]
    gaps = np.array([one.upper - one.lower for one in found])
    assert gaps.mean() >= -6.0 * gaps.std() / math.sqrt(len(gaps)) - 1e-9


def test_one_molecule_tells_nothing() -> None:
    found = mutual_information(np.ones((1, 2)), np.ones((1, 2)), rng())
    assert found.lower == pytest.approx(0.0)
    assert math.isnan(found.upper)
    assert math.isnan(found.standard_error)


def test_mmd_is_that_of_the_double_sum() -> None:
    z = rng().normal(size=(13, 4)) + 0.5
    prior = rng(7).standard_normal((3, 13, 4))[0]

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return 8.0 / (8.0 + float(((a - b) ** 2).sum()))

    pairs = [(i, j) for i in range(13) for j in range(13) if i != j]
    terms = [
        kernel(z[i], z[j])
        + kernel(prior[i], prior[j])
        - kernel(z[i], prior[j])
        - kernel(z[j], prior[i])
        for i, j in pairs
    ]
    assert squared_mmd(z, rng(7)).value == pytest.approx(np.mean(terms), rel=1e-10)


def test_mmd_of_the_prior_is_noise_and_its_noise_is_told() -> None:
    found = [squared_mmd(rng(seed).normal(size=(60, 5)), rng(seed + 500)) for seed in range(200)]
    values = np.array([one.value for one in found])
    told = float(np.mean([one.noise for one in found]))
    assert values.std() == pytest.approx(told, rel=0.2)
    assert abs(values.mean()) < 4.0 * told / math.sqrt(200)
    assert (values < 0.0).any()


@pytest.mark.parametrize(("shift", "scale"), [(0.5, 1.0), (0.0, 0.5), (0.0, 1.5)])
def test_mmd_sees_a_shift_and_a_spread(shift: float, scale: float) -> None:
    found = squared_mmd(shift + scale * rng().normal(size=(700, 5)), rng(1))
    assert found.value > 10.0 * found.noise


def test_mmd_grows_with_the_distance() -> None:
    z = rng().normal(size=(300, 3))
    values = [squared_mmd(z + shift, rng(1)).value for shift in (0.3, 0.6, 1.2, 2.4)]
    assert values == sorted(values)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=30))
@settings(max_examples=50, deadline=None)
def test_spearman_shares_ranks_among_ties(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(spearman(x, y))
    else:
        truth = np.corrcoef(pd.Series(x).rank(), pd.Series(y).rank())[0, 1]
        assert spearman(x, y) == pytest.approx(truth, abs=1e-12)


def test_spearman_of_a_falling_curve() -> None:
    x = rng().normal(size=40)
    assert spearman(x, -np.exp(x)) == pytest.approx(-1.0)
