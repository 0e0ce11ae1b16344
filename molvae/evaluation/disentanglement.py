"""Whether single latent dimensions stand for single properties.

Axes: N molecules, Z latent dimensions. All in float64.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.evaluation.latent_statistics import spearman

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

BINS = 20
"""Classes of equally many molecules into which latents and properties are cut."""
MIN_PER_BIN = 10
"""Molecules for each class; where there are fewer than 200, there are fewer classes."""


class Disentanglement(NamedTuple):
    """How one property lies in the latent space."""

    gap: float
    """Mutual information gap, between 0 and 1: the share of the property's entropy that its best
    dimension knows more of than the second best."""
    dimension: int
    """The dimension with the highest rank correlation, from 0 on."""
    correlation: float
    """Its rank correlation with the property, between -1 and 1."""


def disentanglement(
    latents: Floats, properties: Mapping[str, Floats], *, bins: int = BINS
) -> dict[str, Disentanglement]:
    """How each of `properties`, (N,) by name, lies in `latents` (N, Z).

    The gap is (I(z_a; v) - I(z_b; v)) / H(v) for the two dimensions a, b that know most of
    the property v (Chen et al. 2018, eq. 6), in place of the mean over factors one for each.
    Latents and properties are cut into `bins` classes of equal size, a property of few values
    into these. Mutual information is the plug-in estimate less its first-order bias
    (Miller 1955). Real properties are no independent factors: those that go together, as
    weight and surface, share dimensions, and no model reaches 1 for all of them. NaN, and
    dimension -1, for a property that is constant or known of fewer than 20 molecules; rows
    where a property is NaN are left out.
    """
    return {name: _measured(latents, values, bins) for name, values in properties.items()}


def discretized_information(first: Codes, second: Codes) -> float:
    """Mutual information in nats of two series of classes (N,), its first-order bias removed."""
    count = len(first)
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1.0)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(rows, columns) / count
    filled = table > 0
    information = float((table[filled] * np.log(table[filled] / expected[filled])).sum()) / count
    used = (int((rows > 0).sum()) - 1) * (int((columns > 0).sum()) - 1)
    return max(0.0, information - used / (2.0 * count))


def entropy(codes: Codes) -> float:
    """Entropy in nats of a series of classes (N,)."""
    shares = np.unique(codes, return_counts=True)[1] / len(codes)
    return -float((shares * np.log(shares)).sum())


def quantile_classes(values: Floats, bins: int) -> Codes:
    """The class of each of `values` (N,): as many in each as ties allow, or one for each value."""
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) <= bins:
        return np.asarray(codes, np.int64)
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, values, side="right"), np.int64)


def _measured(latents: Floats, values: Floats, bins: int) -> Disentanglement:
    known = ~np.isnan(values)
    latents, values = latents[known], values[known]
    bins = min(bins, len(values) // MIN_PER_BIN)
    if bins < 2 or np.ptp(values) == 0.0:
        return Disentanglement(math.nan, -1, math.nan)
    classes = quantile_classes(values, bins)
    information = [
        discretized_information(quantile_classes(column, bins), classes) for column in latents.T
    ]
    best = sorted([*information, 0.0], reverse=True)  # a single dimension stands against none
    correlations = np.array([spearman(column, values) for column in latents.T])
    strength = np.nan_to_num(np.abs(correlations))
    dimension = int(strength.argmax())
    return Disentanglement(
        (best[0] - best[1]) / entropy(classes),
        dimension,
        float(np.nan_to_num(correlations)[dimension]),
    )
