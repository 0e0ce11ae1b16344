"""Held-out molecules as the latent diagnostics read them: standardized, tokenized, encoded once."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from molvae.checkpoint import SavedModel
from molvae.data.encoding import encode_sequences_by_length
from molvae.errors import MoleculeError
from molvae.generation.latents import read_molecules
from molvae.model.posteriors import Gaussian, Posterior
from molvae.model.vae import MolVAE
from molvae.tokenizers import Problem

Floats = npt.NDArray[np.float64]
Tokens = Sequence[npt.NDArray[np.integer]]

BATCH_SIZE = 500
"""Molecules encoded at once."""
KEPT_DRAWS = 4
"""Latents kept of a molecule whose posterior is no diagonal Gaussian."""


class Draws(NamedTuple):
    """Latents `z` (..., N, Z) of N molecules and log q(z|x) (..., N), in nats."""

    z: Floats
    log_q: Floats


class Encoded(NamedTuple):
    """Means and deviations (N, Z); where q is no diagonal Gaussian, draws (K, N, Z) from it."""

    mu: Floats
    std: Floats
    kept: Draws | None = None


class Posteriors(NamedTuple):
    """N molecules with their posteriors q(z|x), and those that have none."""

    asked: int
    """How many were read, those with problems included."""
    smiles: list[str]
    """The N molecules in the form the model reads."""
    sequences: Tokens
    """Their tokens, without special ones."""
    mu: Floats
    """Posterior means (N, Z)."""
    std: Floats
    """Posterior standard deviations (N, Z)."""
    problems: tuple[Problem, ...]
    """Why the others could not be encoded."""
    kept: Draws | None = None
    """Draws (K, N, Z) where q(z|x) is another distribution than N(mu, std^2)."""

    def draw(self, rng: np.random.Generator) -> Floats:
        """One z ~ q(z|x) for each molecule, (N, Z)."""
        return self.draw_with_density(rng).z

    def draw_with_density(self, rng: np.random.Generator) -> Draws:
        """One z ~ q(z|x) for each molecule, (N, Z), and its log-density (N,)."""
        if self.kept is not None:
            which = int(rng.integers(len(self.kept.z)))
            return Draws(self.kept.z[which], self.kept.log_q[which])
        noise = rng.standard_normal(self.mu.shape)
        log_q = -0.5 * (noise**2 + 2.0 * np.log(self.std) + math.log(2.0 * math.pi)).sum(axis=1)
        return Draws(self.mu + self.std * noise, log_q)


def read_posteriors(
    saved: SavedModel, smiles: Sequence[str], molecules: int, rng: np.random.Generator
) -> Posteriors:
    """At most `molecules` of `smiles`, drawn without replacement where there are more.

    They keep their order. The encoder runs in float32 on the device the model is on.
    Raises `MoleculeError` for one string in place of a list.
    """
    if isinstance(smiles, str):
        raise MoleculeError(f"give a list of molecules, such as [{smiles!r}], not one string")
    smiles = list(smiles)
    if len(smiles) > molecules:
        chosen = np.sort(rng.choice(len(smiles), molecules, replace=False))
        smiles = [smiles[int(row)] for row in chosen]
    reading = read_molecules(smiles, saved.tokenizer, saved.config)
    sequences = [reading.encoded[int(row)] for row in reading.readable]
    mu, std, kept = encode(saved.model, sequences)
    known = [form for form in reading.smiles if form is not None]
    return Posteriors(len(smiles), known, sequences, mu, std, reading.problems, kept)


def encode(model: MolVAE, sequences: Tokens) -> Encoded:
    """The posteriors of token sequences, in float32; a model is told no conditions."""
    mu, std = np.zeros((2, len(sequences), model.latent_size))
    z, log_q = np.zeros((KEPT_DRAWS, *mu.shape)), np.zeros((KEPT_DRAWS, len(mu)))
    is_gaussian = True
    generator = torch.Generator(model.embedding.weight.device).manual_seed(0)
    for places, posterior in encode_sequences_by_length(model, sequences, size=BATCH_SIZE):
        mu[places] = posterior.mu.cpu().numpy()
        std[places] = posterior.std.cpu().numpy()
        is_gaussian = isinstance(posterior, Gaussian)
        if not is_gaussian:
            z[:, places], log_q[:, places] = _draws(posterior, generator)
    return Encoded(mu, std, None if is_gaussian else Draws(z, log_q))


@torch.inference_mode()
def _draws(posterior: Posterior, generator: torch.Generator) -> Draws:
    """`KEPT_DRAWS` latents of each molecule."""
    drawn = [posterior.draw(generator) for _ in range(KEPT_DRAWS)]
    z, log_q = (torch.stack(values).cpu().numpy() for values in zip(*drawn, strict=True))
    return Draws(z, log_q)
