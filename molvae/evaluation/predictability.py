"""How well a linear model reads a property off latent vectors."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PROPERTIES = ("logp", "qed", "sa", "tpsa", "molecular_weight")
"""What `diagnose` tries to read off the means."""
FOLDS = 5
MIN_PER_FOLD = 5
"""Fewer molecules than this in a fold say nothing about a property."""
STRENGTHS = np.logspace(-6.0, 4.0, 41)
"""Ridge penalties that are tried, a molecule: the penalty on |w|^2 is this times N."""


def cross_validated_r2(
    features: Floats, target: Floats, rng: np.random.Generator, *, folds: int = FOLDS
) -> float:
    """Share of the variance of `target` (N,) that ridge regression predicts out of fold.

    R^2 = 1 - SSE / SST over the out-of-fold predictions of shuffled folds together (below 0
    where predicting the mean would be better). In each fold `features` (N, Z) are
    standardized and the ridge's strength is chosen by generalized cross-validation (Golub,
    Heath & Wahba 1979) on the training part alone. Slightly pessimistic: each fit sees
    (folds - 1) / folds of the data; and linear: what is there in curved form is not found.
    NaN for a constant target or fewer than `MIN_PER_FOLD` molecules in a fold.
    """
    if len(target) < folds * MIN_PER_FOLD or np.ptp(target) == 0.0:
        return math.nan
    predicted = np.empty_like(target)
    for held in np.array_split(rng.permutation(len(target)), folds):
        fitted = np.setdiff1d(np.arange(len(target)), held)
        predicted[held] = ridge_predictions(features[fitted], target[fitted], features[held])
    error = float(((target - predicted) ** 2).sum())
    return 1.0 - error / float(((target - target.mean()) ** 2).sum())


def ridge_predictions(features: Floats, target: Floats, new: Floats) -> Floats:
    """Predictions for `new` of the ridge regression with the least GCV score."""
    center, spread = features.mean(axis=0), features.std(axis=0)
    varies = spread > 0.0
    features = (features[:, varies] - center[varies]) / spread[varies]
    new = (new[:, varies] - center[varies]) / spread[varies]
    mean = target.mean()
    left, singular, right = np.linalg.svd(features, full_matrices=False)
    projected = left.T @ (target - mean)
    rest = float(((target - mean) ** 2).sum() - (projected**2).sum())
    count = len(target)
    shrink = singular**2 / (singular**2 + STRENGTHS[:, None] * count)  # (strengths, rank)
    residual = rest + (((1.0 - shrink) * projected) ** 2).sum(axis=1)
    freedom = count - 1.0 - shrink.sum(axis=1)
    scores = np.where(freedom > 0.0, residual / np.maximum(freedom, 1e-12) ** 2, np.inf)
    best = singular / (singular**2 + STRENGTHS[int(scores.argmin())] * count)
    return np.asarray(mean + new @ (right.T @ (best * projected)))
