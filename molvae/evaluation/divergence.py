"""How far the values of one set are from those of another: the divergences of GuacaMol.

Both are Kullback-Leibler divergences in nats from the baseline to the sample, between
estimated densities to which 1e-10 is added (Brown et al. 2019).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

GRID = 1_000
BINS = 10
_FLOOR = 1e-10
_BLOCK = 50
"""Points of the grid at which a density is computed at a time."""


def continuous_divergence(baseline: Floats, sample: Floats) -> float:
    """Divergence between kernel density estimates on a grid over the range of both sets.

    Raises `ValueError` where a set has no density: fewer than two values, or all equal.
    """
    low = min(baseline.min(initial=np.inf), sample.min(initial=np.inf))
    high = max(baseline.max(initial=-np.inf), sample.max(initial=-np.inf))
    bandwidths = _bandwidth(baseline, "training set"), _bandwidth(sample, "generated molecules")
    grid = np.linspace(low, high, GRID)
    return _divergence(
        _density(baseline, bandwidths[0], grid) + _FLOOR,
        _density(sample, bandwidths[1], grid) + _FLOOR,
    )


def discrete_divergence(baseline: Floats, sample: Floats) -> float:
    """Divergence between histograms of ten bins over the range of `baseline`.

    Values of `sample` beyond that range do not count. Raises `ValueError` where a set is
    empty or no value of `sample` is in the range.
    """
    _check_count(baseline, 1, "training set")
    _check_count(sample, 1, "generated molecules")
    counts, edges = np.histogram(baseline, bins=BINS)
    own, _ = np.histogram(sample, bins=edges)
    if own.sum() == 0:
        raise ValueError("no value of the generated molecules is in the range of the training set")
    widths = np.diff(edges)
    return _divergence(counts / widths / counts.sum() + _FLOOR, own / widths / own.sum() + _FLOOR)


def _divergence(p: Floats, q: Floats) -> float:
    """Sum of p ln(p / q), both scaled to the sum 1."""
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum(p * np.log(p / q)))


def _bandwidth(values: Floats, owner: str) -> float:
    """Scott's rule (1992): the standard deviation times n^(-1/5)."""
    _check_count(values, 2, owner)
    if values.min() == values.max():
        raise ValueError(f"all values of the {owner} are equal: they have no density")
    return float(values.std(ddof=1) * len(values) ** -0.2)


def _check_count(values: Floats, least: int, owner: str) -> None:
    if len(values) < least:
        raise ValueError(f"the {owner} have {len(values)} values, and a density needs {least}")


def _density(values: Floats, bandwidth: float, grid: Floats) -> Floats:
    """Gaussian kernel density estimate of `values` at the points of `grid`."""
    scaled = values / bandwidth
    density = np.empty(len(grid))
    for start in range(0, len(grid), _BLOCK):
        points = grid[start : start + _BLOCK, None] / bandwidth
        density[start : start + _BLOCK] = np.exp(-0.5 * (points - scaled) ** 2).sum(axis=1)
    return np.asarray(density / (len(values) * bandwidth * np.sqrt(2 * np.pi)))
