"""The Frechet ChemNet Distance between two sets of molecules (Preuer et al. 2018)."""

import math
from collections.abc import Iterable, Sized
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from molvae.evaluation.chemnet import FEATURES, ChemNet
from molvae.evaluation.records import Progress

_CHUNK = 2048


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A set of molecules as FCD sees it."""

    mean: NDArray[np.float64]
    """Of the ChemNet activations, (512,)."""
    covariance: NDArray[np.float64]
    """Of the ChemNet activations, (512, 512), with divisor `count` - 1."""
    count: int
    """Number of molecules, repeats included."""


def gaussian(
    smiles: Iterable[str],
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> Gaussian:
    """Mean and covariance of the ChemNet activations of canonical SMILES.

    Any number of molecules takes the same memory, for they are read and merged in chunks.
    `progress` hears a total of 0 where `smiles` has no length. Raises `ValueError` for fewer
    than two molecules, which have no covariance, and `ModelError` without the package `fcd`.
    """
    network = ChemNet(device=device)
    total = len(smiles) if isinstance(smiles, Sized) else 0
    moments = _Moments()
    molecules = iter(smiles)
    while chunk := list(islice(molecules, _CHUNK)):
        moments.add(network.activations(chunk).astype(np.float64))
        if progress is not None:
            progress("ChemNet", moments.count, total)
    return moments.gaussian()


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Squared Frechet distance |mu_a - mu_b|^2 + Tr(Ca + Cb - 2 (Ca Cb)^(1/2)), which is FCD.

    With Ca = Fa Fa^T and Cb = Fb Fb^T, the trace of the root is the sum of the singular
    values of Fa^T Fb: real, and precise where a covariance is singular. NaN where either
    Gaussian is not finite.
    """
    difference = a.mean - b.mean
    apart = float(difference @ difference + np.trace(a.covariance) + np.trace(b.covariance))
    if not math.isfinite(apart):
        return math.nan
    overlaps = np.linalg.svd(_factor(a.covariance).T @ _factor(b.covariance), compute_uv=False)
    return max(0.0, apart - 2.0 * float(overlaps.sum()))


def _factor(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """F (512, rank) with F F^T = `covariance`, without directions that are rounding noise."""
    variances, directions = np.linalg.eigh(covariance)
    noise = len(variances) * np.finfo(np.float64).eps * variances[-1]
    kept = variances > max(noise, 0.0)
    return directions[:, kept] * np.sqrt(variances[kept])  # type: ignore[no-any-return]


class _Moments:
    """Mean and scatter of rows that come in chunks (Chan, Golub & LeVeque 1983)."""

    def __init__(self) -> None:
        self.count = 0
        self._mean = np.zeros(FEATURES)
        self._scatter = np.zeros((FEATURES, FEATURES))

    def add(self, rows: NDArray[np.float64]) -> None:
        """Take in (N, 512) more rows."""
        center = rows.mean(axis=0)
        shift = center - self._mean
        apart = rows - center
        share = len(rows) / (self.count + len(rows))
        self._scatter += apart.T @ apart + np.outer(shift, shift) * (self.count * share)
        self._mean = self._mean + shift * share
        self.count += len(rows)

    def gaussian(self) -> Gaussian:
        """Mean and covariance of all rows so far."""
        if self.count < 2:
            raise ValueError(f"a covariance needs at least 2 molecules, not {self.count}")
        return Gaussian(self._mean, self._scatter / (self.count - 1), self.count)
