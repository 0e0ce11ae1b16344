"""Known factors of a synthetic set are found, and mixed ones are told apart from them."""

import math

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from molvae.evaluation.disentanglement import (
    discretized_information,
    disentanglement,
    entropy,
    quantile_classes,
)

COUNT = 4_000


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def factors(rng):
    return {"size": rng.standard_normal(COUNT), "shape": rng.uniform(size=COUNT) ** 2}


def test_known_factors_are_found_in_their_dimensions(rng):
    known = factors(rng)
    noise = rng.standard_normal((COUNT, 3))
    latents = np.column_stack([noise[:, 0], -np.exp(known["size"]), noise[:, 1], known["shape"]])
    found = disentanglement(latents, known)
    assert (found["size"].dimension, found["shape"].dimension) == (1, 3)
    assert found["size"].correlation == pytest.approx(-1.0)
    assert found["shape"].correlation == pytest.approx(1.0)
    assert min(one.gap for one in found.values()) > 0.95


def test_a_rotation_takes_the_gap_away(rng):
    known = factors(rng)
    plain = np.column_stack([known["size"], 3.0 * (known["shape"] - known["shape"].mean())])
    mixed = plain @ np.array([[1.0, 1.0], [-1.0, 1.0]]) / math.sqrt(2.0)
    before, after = disentanglement(plain, known), disentanglement(mixed, known)
    for name in known:
        assert before[name].gap > 0.9
        assert after[name].gap < 0.2


def test_the_gap_falls_as_noise_hides_a_factor(rng):
    known = {"size": rng.standard_normal(COUNT)}
    gaps = [
        disentanglement(
            np.column_stack([known["size"] + s * rng.standard_normal(COUNT)]), known
        )["size"].gap
        for s in (0.0, 0.3, 1.0, 3.0)
    ]  # fmt: skip
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == pytest.approx(1.0, abs=0.05)


def test_information_of_a_known_pair(rng):
    """Two Gaussians of correlation r have -log(1 - r^2) / 2 nats; classes lose little of it."""
    first = rng.standard_normal(40_000)
    second = 0.8 * first + 0.6 * rng.standard_normal(40_000)
    classes = [quantile_classes(values, 20) for values in (first, second)]
    found = discretized_information(*classes)
    assert found == pytest.approx(-0.5 * math.log(1 - 0.8**2), rel=0.05)
    plug_in = mutual_info_score(*classes)
    assert found == pytest.approx(plug_in - 19 * 19 / (2 * 40_000))


def test_independent_series_share_nothing(rng):
    found = [
        discretized_information(rng.integers(0, 20, 2_000), rng.integers(0, 20, 2_000))
        for _ in range(20)
    ]
    assert np.mean(found) < 0.01  # the plug-in estimate would be 0.09


def test_classes_are_of_equal_size_or_those_of_the_values(rng):
    sizes = np.bincount(quantile_classes(rng.standard_normal(1_000), 20))
    assert list(sizes) == [50] * 20
    counts = np.array([3.0, 1.0, 1.0, 7.0])
    assert list(quantile_classes(counts, 20)) == [1, 0, 0, 2]
    assert entropy(np.array([0, 0, 1, 1])) == pytest.approx(math.log(2.0))


def test_what_cannot_be_measured_is_nan(rng):
    latents = rng.standard_normal((300, 3))
    lacking = np.where(np.arange(300) < 281, np.nan, 1.0 * np.arange(300))
    found = disentanglement(latents, {"same": np.ones(300), "few": lacking})
    assert all(math.isnan(one.gap) and one.dimension == -1 for one in found.values())


def test_dead_dimensions_are_never_best(rng):
    latents = np.column_stack([np.zeros(COUNT), rng.standard_normal(COUNT)])
    found = disentanglement(latents, {"it": latents[:, 1] ** 3})["it"]
    assert (found.dimension, found.correlation) == (1, pytest.approx(1.0))
