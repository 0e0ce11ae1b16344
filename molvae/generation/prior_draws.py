"""Latents that a model draws by itself, and where they lie."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.generation.codec import Codec

Floats = npt.NDArray[np.float64]

MEASURED = 4_096
"""Draws of a learned prior to find where it lies."""


class PriorMoments(NamedTuple):
    """Where a prior lies and how far it reaches; of N(0, I) exactly, else of draws."""

    mean: Floats
    """(Z,)."""
    covariance: Floats
    """(Z, Z)."""

    @property
    def std(self) -> Floats:
        """The standard deviation of each dimension, (Z,)."""
        return np.sqrt(self.covariance.diagonal())

    def along(self, direction: Floats) -> float:
        """The standard deviation along a unit vector (Z,)."""
        return float(np.sqrt(direction @ self.covariance @ direction))


def prior_moments(codec: Codec) -> PriorMoments:
    """Mean and covariance of the model's prior; the same at every call."""
    size = codec.latent_size
    if codec.saved.model.prior.is_standard:
        return PriorMoments(np.zeros(size), np.eye(size))
    drawn = codec.draw(MEASURED, seed=0).astype(np.float64)
    return PriorMoments(drawn.mean(0), np.cov(drawn.T).reshape(size, size))


def draw_latents(codec: Codec, count: int, rng: np.random.Generator) -> Floats:
    """`count` latents (count, Z) from the model's prior; those of N(0, I) are `rng`'s own."""
    if codec.saved.model.prior.is_standard:
        return rng.standard_normal((count, codec.latent_size))
    return codec.draw(count, seed=int(rng.integers(2**31))).astype(np.float64)
