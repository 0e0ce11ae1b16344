"""The best k of blocks against a full sort."""

import numpy as np
import pytest

from molvae.generation.best import Best


@pytest.mark.parametrize("k", [1, 3, 7, 60])
@pytest.mark.parametrize("block", [1, 5, 16, 50])
def test_best_equals_a_stable_sort_of_everything(k: int, block: int) -> None:
    rng = np.random.default_rng(k * 100 + block)
    costs = rng.integers(0, 8, (9, 50)).astype(float)  # many ties
    costs[rng.random(costs.shape) < 0.1] = np.inf
    best = Best(9, k)
    for start in range(0, 50, block):
        for queries in (slice(0, 4), slice(4, 9)):
            best.offer(queries, costs[queries, start : start + block], start)
    order = np.argsort(costs, axis=1, kind="stable")[:, :k]
    wanted = np.take_along_axis(costs, order, axis=1)
    finite = np.isfinite(wanted)
    assert (best.places[:, : wanted.shape[1]] == np.where(finite, order, -1)).all()
    assert (best.costs[:, : wanted.shape[1]][finite] == wanted[finite]).all()
    assert np.isinf(best.costs[best.places < 0]).all()


def test_nothing_to_choose_from() -> None:
    best = Best(0, 3)
    best.offer(slice(0, 0), np.zeros((0, 4)), 0)
    assert best.places.shape == (0, 3)
