"""Values of the schedules at their corners, and what must hold in between."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molvae.config import KLConfig, OptimizerConfig
from molvae.training.schedules import kl_weight, learning_rate

SHAPES = ("constant", "linear", "sigmoid", "cosine", "cyclical")
RISING = ("linear", "sigmoid", "cosine")


@pytest.mark.parametrize("shape", RISING)
def test_rise_from_minimum_to_maximum(shape: str) -> None:
    config = KLConfig(shape=shape, minimum=0.1, maximum=0.9, start=0.2, end=0.6)  # type: ignore[arg-type]
    assert kl_weight(0.0, config) == pytest.approx(0.1)
    assert kl_weight(0.2, config) == pytest.approx(0.1)
    assert kl_weight(0.4, config) == pytest.approx(0.5)
    assert kl_weight(0.6, config) == pytest.approx(0.9)
    assert kl_weight(1.0, config) == pytest.approx(0.9)


@pytest.mark.parametrize("shape", RISING)
@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_rises_never_fall(shape: str, a: float, b: float) -> None:
    config = KLConfig(shape=shape, end=0.7)  # type: ignore[arg-type]
    low, high = min(a, b), max(a, b)
    assert kl_weight(low, config) <= kl_weight(high, config) + 1e-12


@pytest.mark.parametrize("shape", SHAPES)
@given(progress=st.floats(0, 1))
def test_weights_stay_in_bounds(shape: str, progress: float) -> None:
    config = KLConfig(shape=shape, minimum=0.2, maximum=0.8, start=0.1, end=0.9)  # type: ignore[arg-type]
    assert 0.2 <= kl_weight(progress, config) <= 0.8


def test_constant_is_constant() -> None:
    config = KLConfig(shape="constant", maximum=0.3)
    assert kl_weight(0.0, config) == kl_weight(1.0, config) == 0.3


def test_cycles_restart() -> None:
    config = KLConfig(shape="cyclical", cycles=4, cycle_rise=0.5, end=1.0)
    assert kl_weight(0.25, config) == pytest.approx(0.0)
    assert kl_weight(0.25 + 0.125 / 2, config) == pytest.approx(0.5)
    assert kl_weight(0.49, config) == pytest.approx(1.0)
    assert kl_weight(1.0, config) == pytest.approx(1.0)


def test_learning_rate_warms_up_then_follows_the_cosine() -> None:
    config = OptimizerConfig(learning_rate=2e-3, warmup_steps=10, final_fraction=0.1)
    assert learning_rate(0, 0.0, config) == pytest.approx(2e-4)
    assert learning_rate(9, 0.0, config) == pytest.approx(2e-3)
    assert learning_rate(99, 0.5, config) == pytest.approx(2e-3 * 0.55)
    assert learning_rate(999, 1.0, config) == pytest.approx(2e-4)
    no_warmup = OptimizerConfig(learning_rate=1.0, warmup_steps=0)
    assert math.isclose(learning_rate(0, 0.0, no_warmup), 1.0)
