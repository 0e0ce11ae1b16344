"""Latents that a model draws by itself, for what needs numpy's random numbers."""

import numpy as np
import numpy.typing as npt

from molvae.generation.codec import Codec

Floats = npt.NDArray[np.float64]


def draw_latents(codec: Codec, count: int, rng: np.random.Generator) -> Floats:
    """`count` latents (count, Z) from the model's prior; those of N(0, I) are `rng`'s own."""
    if codec.saved.model.prior.is_standard:
        return rng.standard_normal((count, codec.latent_size))
    return codec.draw(count, seed=int(rng.integers(2**31))).astype(np.float64)
