"""Held-out molecules as the latent diagnostics read them: standardized, tokenized, encoded once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from molvae.checkpoint import SavedModel
from molvae.data.batches import by_length, pad_sequences
from molvae.errors import MoleculeError
from molvae.generation.latents import read_molecules
from molvae.model.vae import MolVAE
from molvae.tokenizers import Problem

Floats = npt.NDArray[np.float64]
Tokens = Sequence[npt.NDArray[np.integer]]

BATCH_SIZE = 500
"""Molecules encoded at once."""


class Posteriors(NamedTuple):
    """N molecules with their posteriors q(z|x) = N(mu, std^2), and those that have none."""

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

    def draw(self, rng: np.random.Generator) -> Floats:
        """One z ~ q(z|x) for each molecule, (N, Z)."""
        return np.asarray(self.mu + self.std * rng.standard_normal(self.mu.shape))


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
    mu, std = encode(saved.model, sequences)
    known = [form for form in reading.smiles if form is not None]
    return Posteriors(len(smiles), known, sequences, mu, std, reading.problems)


@torch.inference_mode()
def encode(model: MolVAE, sequences: Tokens) -> tuple[Floats, Floats]:
    """Means and standard deviations (N, Z) of the posteriors of token sequences, in float32."""
    values = np.zeros((2, len(sequences), model.latent_size))
    device = model.embedding.weight.device
    for rows in by_length(sequences, BATCH_SIZE):
        posterior = model.encode(pad_sequences([sequences[row] for row in rows], device))
        values[0, rows] = posterior.mu.cpu().numpy()
        values[1, rows] = torch.exp(0.5 * posterior.logvar).cpu().numpy()
    return values[0], values[1]
