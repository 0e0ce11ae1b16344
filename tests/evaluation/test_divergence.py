"""The divergences against scipy's estimates, and where there are none."""

import numpy as np
import pytest
from scipy.stats import entropy, gaussian_kde

from molvae.evaluation.divergence import continuous_divergence, discrete_divergence


def smooth_by_scipy(baseline: np.ndarray, sample: np.ndarray) -> float:
    both = np.concatenate([baseline, sample])
    grid = np.linspace(both.min(), both.max(), 1_000)
    return float(entropy(gaussian_kde(baseline)(grid) + 1e-10, gaussian_kde(sample)(grid) + 1e-10))


def counted_by_scipy(baseline: np.ndarray, sample: np.ndarray) -> float:
    p, edges = np.histogram(baseline, bins=10, density=True)
    q, _ = np.histogram(sample, bins=edges, density=True)
    return float(entropy(p + 1e-10, q + 1e-10))


@pytest.mark.parametrize("seed", range(5))
def test_densities_are_those_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    baseline = rng.normal(300, 40, 400)
    sample = rng.gamma(3, 90, 77 + 100 * seed)
    expected = smooth_by_scipy(baseline, sample)
    assert continuous_divergence(baseline, sample) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_histograms_are_those_of_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    baseline = rng.poisson(3, 300).astype(float)
    sample = rng.poisson(1 + seed, 120).astype(float)
    expected = counted_by_scipy(baseline, sample)
    assert discrete_divergence(baseline, sample) == pytest.approx(expected, rel=1e-9)


def test_far_apart_is_finite_and_large() -> None:
    rng = np.random.default_rng(0)
    near, far = rng.normal(0, 1, 50), rng.normal(1_000, 1, 50)
    assert continuous_divergence(near, far) == pytest.approx(smooth_by_scipy(near, far), rel=1e-9)
    assert 5 < continuous_divergence(near, far) < 50


@pytest.mark.parametrize("divergence_of", [continuous_divergence, discrete_divergence])
def test_a_set_does_not_diverge_from_itself_but_direction_matters(divergence_of) -> None:
    rng = np.random.default_rng(1)
    wide, narrow = rng.normal(0, 3, 200), rng.normal(0, 1, 200)
    assert divergence_of(wide, wide) == pytest.approx(0, abs=1e-12)
    assert divergence_of(wide, narrow) > 1.2 * divergence_of(narrow, wide) > 0


def test_no_density_of_equal_or_too_few_values() -> None:
    some = np.array([1.0, 2.0, 4.0])
    with pytest.raises(ValueError, match=r"values of the generated molecules are equal"):
        continuous_divergence(some, np.full(9, 0.1))
    with pytest.raises(ValueError, match=r"values of the training set are equal"):
        continuous_divergence(np.full(9, 0.1), some)
    with pytest.raises(ValueError, match=r"1 value.*needs 2"):
        continuous_divergence(some, some[:1])
    with pytest.raises(ValueError, match=r"0 values.*needs 2"):
        continuous_divergence(some, some[:0])


def test_no_histogram_of_nothing_and_none_out_of_range() -> None:
    some = np.array([1.0, 2.0, 4.0])
    with pytest.raises(ValueError, match="training set"):
        discrete_divergence(some[:0], some)
    with pytest.raises(ValueError, match="generated molecules"):
        discrete_divergence(some, some[:0])
    with pytest.raises(ValueError, match="in the range"):
        discrete_divergence(some, some + 10)
    assert discrete_divergence(np.ones(5), np.ones(2)) == pytest.approx(0, abs=1e-12)
