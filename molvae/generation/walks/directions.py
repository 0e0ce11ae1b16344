"""Directions worth walking along: the dimensions a model uses most, and its principal ones."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.errors import GenerationError
from molvae.generation.codec import Codec
from molvae.generation.prior_draws import draw_latents
from molvae.generation.sieve import check

Floats = npt.NDArray[np.float64]

SURVEYED = 500
"""Strings drawn from the prior to learn how a model uses its latent space."""


class Survey(NamedTuple):
    """Posteriors of molecules the model writes itself: a sample of the space it covers."""

    mu: Floats
    """Posterior means (N, Z)."""
    std: Floats
    """Posterior standard deviations (N, Z)."""


class Direction(NamedTuple):
    """A unit vector (Z,) in latent space, and what to call it."""

    name: str
    vector: Floats


def survey(codec: Codec, seed: int = 0, *, count: int = SURVEYED) -> Survey:
    """Draw `count` strings from the prior and encode those that are molecules.

    A model is all there need be: no training set. Raises `GenerationError` where fewer than
    two can be encoded.
    """
    z = draw_latents(codec, count, np.random.default_rng(seed))
    written = codec.decode(z.astype(np.float32), seed=seed, method="sample")
    smiles = [one for one in dict.fromkeys(check([text for (text,) in written])) if one is not None]
    latents = codec.latents(smiles)
    known = np.isfinite(latents.z).all(axis=1)
    if known.sum() < 2:
        raise GenerationError(
            f"{int(known.sum())} of {count:,} strings from the prior are molecules the model "
            "can read: too few to find its directions; name dimensions instead"
        )
    return Survey(latents.z[known].astype(np.float64), latents.std[known].astype(np.float64))


def kl_by_dimension(mu: Floats, std: Floats) -> Floats:
    """Mean KL(N(mu, std^2) || N(0, 1)) over the rows, (Z,) nats (Kingma & Welling 2014, app. B)."""
    by_molecule = 0.5 * (mu**2 + std**2 - 1.0 - 2.0 * np.log(std))
    return np.asarray(by_molecule.mean(axis=0))


def principal_directions(mu: Floats, count: int = 2) -> list[Direction]:
    """The `count` directions in which means `mu` (N, Z) vary most, the first the most.

    Their signs are chosen so that the largest component is positive.
    """
    _, spread, vectors = np.linalg.svd(mu - mu.mean(axis=0), full_matrices=False)
    share = spread**2 / (spread**2).sum()
    signs = np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)])
    return [
        Direction(
            f"principal direction {rank + 1} ({share[rank]:.0%})", vectors[rank] * signs[rank]
        )
        for rank in range(min(count, len(vectors)))
    ]


def check_dimensions(dimensions: Sequence[int], latent_size: int) -> None:
    """Raise `GenerationError` for a dimension the model has not, one named twice, or none."""
    if not dimensions:
        raise GenerationError("no dimensions are named: give at least one, or leave them out")
    for dimension in dimensions:
        if not 0 <= dimension < latent_size:
            raise GenerationError(
                f"dimension {dimension}: this model has {latent_size}, from 0 to {latent_size - 1}"
            )
    if len(set(dimensions)) < len(dimensions):
        raise GenerationError(f"dimensions {', '.join(map(str, dimensions))}: one is named twice")
