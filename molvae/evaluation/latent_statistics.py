"""What posteriors tell about a latent space: information, distance to the prior, rank order.

Axes: N molecules, Z latent dimensions. All in float64.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ACTIVE_VARIANCE = 0.01
"""A dimension whose mean varies more than this over the data is active (Burda et al. 2016)."""
BLOCK = 500
"""Rows of a pairwise matrix that are held at once."""


class MutualInformation(NamedTuple):
    """Bounds in nats on the information between molecule and latent under q."""

    lower: float
    """Never above log N."""
    upper: float
    """NaN for a single molecule."""
    standard_error: float
    """Of `lower`, over molecules."""


class SquaredMMD(NamedTuple):
    """An unbiased estimate of MMD^2 and how far from 0 it falls by chance."""

    value: float
    """May be below 0 where the two distributions are the same."""
    noise: float
    """Standard deviation of the estimate if the first sample came from the prior too."""


def kl_per_dimension(mu: Floats, std: Floats) -> Floats:
    """Mean over N of KL(N(mu, std^2) || N(0, 1)), (Z,) nats (Kingma & Welling 2014, app. B)."""
    by_molecule = 0.5 * (mu**2 + std**2 - 1.0 - 2.0 * np.log(std))
    return np.asarray(by_molecule.mean(axis=0))


def active_units(mu: Floats) -> int:
    """Number of dimensions whose mean has a variance over molecules above 0.01.

    Burda et al. 2016. A dimension counts however little the decoder makes of it. Needs two rows.
    """
    return int((mu.var(axis=0, ddof=1) > ACTIVE_VARIANCE).sum())


def mutual_information(
    mu: Floats, std: Floats, rng: np.random.Generator, *, draws: int = 4
) -> MutualInformation:
    """I(x; z) = E KL(q(z|x) || p) - KL(q(z) || p) (Hoffman & Johnson 2016), by Monte Carlo.

    That is E log q(z|x) / q(z), with q(z) the mean of the posteriors of all N molecules. As
    an estimate for the distribution the molecules came from it is a lower bound that cannot
    pass log N; leaving a z's own molecule out of the mean makes it an upper bound, loose where
    posteriors hardly overlap (Poole et al. 2019: InfoNCE and leave-one-out with q known).
    """
    count = len(mu)
    scores = np.empty((draws, count))
    others = np.empty((draws, count))
    for draw in range(draws):
        z = mu + std * rng.standard_normal(mu.shape)
        for start in range(0, count, BLOCK):
            rows = slice(start, start + BLOCK)
            log_q = log_densities(z[rows], mu, std)  # (rows, N)
            own = log_q[np.arange(len(log_q)), np.arange(start, start + len(log_q))].copy()
            scores[draw, rows] = own - (_log_sum(log_q) - math.log(count))
            log_q[np.arange(len(log_q)), np.arange(start, start + len(log_q))] = -np.inf
            others[draw, rows] = own - (_log_sum(log_q) - math.log(count - 1)) if count > 1 else 0
    upper = float(others.mean()) if count > 1 else math.nan
    error = float(scores.mean(axis=0).std(ddof=1)) / math.sqrt(count) if count > 1 else math.nan
    return MutualInformation(float(scores.mean()), upper, error)


def log_densities(z: Floats, mu: Floats, std: Floats) -> Floats:
    """log N(z_i; mu_j, std_j^2) for all pairs, (M, N) nats, from z (M, Z)."""
    precision = std**-2.0
    constant = (mu**2 * precision + 2.0 * np.log(std) + math.log(2.0 * math.pi)).sum(axis=1)
    return np.asarray(-0.5 * (z**2 @ precision.T - 2.0 * z @ (mu * precision).T + constant))


def squared_mmd(z: Floats, rng: np.random.Generator, prior: Floats | None = None) -> SquaredMMD:
    """Squared maximum mean discrepancy between `z` (N, Z) and as many draws from a prior.

    The prior is N(0, I), drawn from by `rng`, unless there are three such samples of another
    in `prior` (3, N, Z).

    The unbiased U-statistic (Gretton et al. 2012, eq. 4) under the inverse multiquadratic
    kernel C / (C + |x - y|^2) with C = 2 Z (Tolstikhin et al. 2018, section 4). The noise is
    the null standard deviation, from the second moment of the statistic's terms between two
    further samples of the prior. Needs two rows.
    """
    first, second, third = rng.standard_normal((3, *z.shape)) if prior is None else prior
    mean, _ = _moments(z, first)
    _, square = _moments(second, third)
    return SquaredMMD(mean, math.sqrt(2.0 * square / (len(z) * (len(z) - 1))))


def spearman(x: Floats, y: Floats) -> float:
    """Rank correlation of two series (N,), ties sharing their mean rank; NaN if one is constant."""
    first, second = _ranks(x), _ranks(y)
    first, second = first - first.mean(), second - second.mean()
    scale = math.sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / scale if scale > 0.0 else math.nan


def _moments(x: Floats, y: Floats) -> tuple[float, float]:
    """Mean and mean square of h(i, j) = k(x_i,x_j) + k(y_i,y_j) - k(x_i,y_j) - k(x_j,y_i), i != j.

    The two mixed terms are the same over all pairs, so that h's transpose is not needed twice.
    """
    total, squares, count = 0.0, 0.0, len(x)
    for start in range(0, count, BLOCK):
        rows = slice(start, start + BLOCK)
        h = _kernel(x[rows], x) + _kernel(y[rows], y) - _kernel(x[rows], y) - _kernel(y[rows], x)
        h[np.arange(len(h)), np.arange(start, start + len(h))] = 0.0
        total += float(h.sum())
        squares += float((h**2).sum())
    pairs = count * (count - 1)
    return total / pairs, squares / pairs


def _kernel(x: Floats, y: Floats) -> Floats:
    scale = 2.0 * x.shape[1]
    squared = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)[None, :] - 2.0 * x @ y.T
    return np.asarray(scale / (scale + np.maximum(squared, 0.0)))


def _log_sum(values: Floats) -> Floats:
    top = values.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(values - top).sum(axis=1)))


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - 0.5 * (counts - 1))[place])
