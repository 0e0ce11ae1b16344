"""What a generator can be asked for: counts, latents and predictions that make sense."""

from collections.abc import Sequence

import numpy as np

from molvae.data.attributes import Attribute
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


def head_names(known: Sequence[Attribute], wanted: Sequence[str] | None = None) -> list[str]:
    """The property heads `wanted`, or all that are `known`, by name.

    Raises `GenerationError` where a model has none, or not the one wanted.
    """
    names = [attribute.name for attribute in known]
    if not names:
        raise GenerationError(
            "this model has no property heads; fit them with, for example, molvae train "
            "FILE --fit-heads logp,qed --init MODEL --out NEW_MODEL"
        )
    for name in wanted or ():
        if name not in names:
            raise GenerationError(f"no property head {name!r}: this model has {', '.join(names)}")
    return names if wanted is None else list(wanted)
