"""The area under the ROC curve against counting all pairs."""

import numpy as np
import pytest

from molvae.evaluation.separation import roc_auc


@pytest.mark.parametrize("seed", range(5))
def test_roc_auc_counts_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    usual = rng.integers(0, 9, 40).astype(float)
    unusual = rng.integers(2, 12, 30).astype(float)
    unusual[:4] = np.inf
    pairs = [(b > a) + 0.5 * (b == a) for a in usual for b in unusual]
    assert roc_auc(usual, unusual) == pytest.approx(np.mean(pairs))
    assert roc_auc(unusual, usual) == pytest.approx(1.0 - np.mean(pairs))


def test_edges() -> None:
    low, high = np.array([0.0, 1.0]), np.array([2.0, np.inf])
    assert roc_auc(low, high) == pytest.approx(1.0)
    assert roc_auc(low, low) == pytest.approx(0.5)
    assert np.isnan(roc_auc(low, np.zeros(0)))
    with pytest.raises(ValueError, match="NaN"):
        roc_auc(low, np.array([np.nan]))
