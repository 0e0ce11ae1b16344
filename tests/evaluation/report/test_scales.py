import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molvae.evaluation.report.scales import Scale, tick_label


@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-6, 1e6),
    st.integers(2, 10),
)
def test_ticks_lie_on_the_axis_and_are_about_as_many(low, span, about):
    scale = Scale(low, low + span)
    ticks = scale.ticks(about)
    assert 1 <= len(ticks) <= about + 1
    slack = 1e-6 * max(span, abs(low))
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in ticks)


def test_ticks_are_round():
    assert Scale(0, 1).ticks(5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert Scale(-3, 17).ticks(4) == pytest.approx([0, 5, 10, 15])
    assert Scale(1, 1_000, log=True).ticks() == pytest.approx([1, 10, 100, 1_000])
    assert Scale(8, 130, log=True).ticks() == pytest.approx([10, 20, 50, 100])
    assert Scale(8, 11, log=True).ticks(3) == pytest.approx([8, 9, 10, 11])


def test_shares():
    assert Scale(2, 6).share([2, 3, 6]) == pytest.approx([0, 0.25, 1])
    assert Scale(1, 100, log=True).share([1, 10, 100, 0.1]) == pytest.approx([0, 0.5, 1, 0])


def test_an_axis_of_odd_values():
    assert Scale.of([math.nan, 3, math.inf, 5]) == Scale(3, 5)
    assert Scale.of([3, 3]) == Scale(2.7, 3.3)
    assert Scale.of([0.0]) == Scale(-1, 1)
    assert Scale.of([]) == Scale(1, 2)
    assert Scale.of([0, -5, 10, 100], log=True) == Scale(10, 100, log=True)
    assert Scale.of(np.array([0, 10]), margin=0.1) == Scale(-1, 11)


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, "0"), (0.25, "0.25"), (0.1 + 0.2, "0.3"), (12_000, "12,000"), (-2, "\N{MINUS SIGN}2")],
)
def test_labels(value, label):
    assert tick_label(value) == label
