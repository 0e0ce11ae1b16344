"""What a generator can be asked for: counts and latents that make sense."""

import numpy as np

from molvae.errors import GenerationError


def check_count(n: int, name: str) -> None:
    """Raise `GenerationError` for a negative number."""
    if n < 0:
        raise GenerationError(f"{name} = {n}: must not be negative")


def checked_latents(z: np.ndarray, latent_size: int) -> np.ndarray:
    """`z` as float32 (N, latent_size); raises `GenerationError` for another shape or NaN."""
    values = np.array(z, dtype=np.float32)
    if values.ndim != 2 or values.shape[1] != latent_size:
        raise GenerationError(
            f"latents of shape {values.shape} do not fit: this model takes (N, {latent_size})"
        )
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise GenerationError(f"latent {row} has values that are not finite numbers")
    return values
