"""Ridge regression finds planted signals, and nothing where there is nothing."""

import math

import numpy as np
import pytest

from molvae.evaluation.predictability import (
    STRENGTHS,
    cross_validated_r2,
    ridge_predictions,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_linear_property_is_found() -> None:
    features = rng().normal(size=(200, 10)) * np.logspace(-3, 2, 10) + 7.0
    target = 3.0 + features @ rng(1).normal(size=10)
    assert cross_validated_r2(features, target, rng()) > 0.999


def test_noise_takes_its_share() -> None:
    features = rng().normal(size=(3_000, 8))
    signal = features @ np.ones(8)  # variance 8
    noisy = signal + math.sqrt(8.0) * rng(1).normal(size=3_000)
    assert cross_validated_r2(features, noisy, rng()) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("size", [3, 60, 300])
def test_nothing_is_found_in_noise(size: int) -> None:
    features, target = rng().normal(size=(120, size)), rng(1).normal(size=120)
    score = cross_validated_r2(features, target, rng())
    assert -0.35 < score < 0.1


def test_more_features_than_molecules() -> None:
    features = rng().normal(size=(100, 150))
    target = features[:, :3].sum(axis=1)
    assert 0.0 < cross_validated_r2(features, target, rng()) < 1.0


def test_a_dead_dimension_does_no_harm() -> None:
    features = rng().normal(size=(100, 4))
    target = features @ np.arange(4.0)
    dead = np.concatenate([features, np.full((100, 2), 5.0)], axis=1)
    live_score = cross_validated_r2(features, target, rng())
    assert cross_validated_r2(dead, target, rng()) == pytest.approx(live_score, abs=1e-9)


def test_all_dimensions_dead() -> None:
    score = cross_validated_r2(np.ones((50, 3)), rng().normal(size=50), rng())
    assert -0.3 < score <= 0.0


@pytest.mark.parametrize(("count", "constant"), [(24, False), (0, False), (100, True)])
def test_what_cannot_be_scored(count: int, constant: bool) -> None:
    target = np.ones(count) if constant else rng().normal(size=count)
    assert math.isnan(cross_validated_r2(rng(1).normal(size=(count, 3)), target, rng()))


def test_the_strength_is_that_of_least_gcv() -> None:
    features, new = rng().normal(size=(40, 6)), rng(1).normal(size=(5, 6))
    target = features[:, 0] + 2.0 * rng(2).normal(size=40)
    center, spread = features.mean(axis=0), features.std(axis=0)
    x = (features - center) / spread

    def fit(strength: float) -> tuple[float, np.ndarray]:
        weights = np.linalg.solve(x.T @ x + 40 * strength * np.eye(6), x.T)
        hat = x @ weights + 1.0 / 40
        residual = target - hat @ target
        score = 40 * float(residual @ residual) / (40 - np.trace(hat)) ** 2
        centered = target - target.mean()
        return score, target.mean() + (new - center) / spread @ (weights @ centered)

    _, expected = min((fit(strength) for strength in STRENGTHS), key=lambda pair: pair[0])
    np.testing.assert_allclose(ridge_predictions(features, target, new), expected, rtol=1e-8)
