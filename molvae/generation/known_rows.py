"""Latent vectors and fingerprints of many known molecules, block after block."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import final

import numpy as np
import numpy.typing as npt
import torch

from molvae.checkpoint import SavedModel
from molvae.chem import packed_morgan, parse
from molvae.data.encoding import encode_sequences_by_length
from molvae.files import cache_folder
from molvae.generation.kept_rows import kept_rows, model_digest, molecules_digest
from molvae.generation.latents import read_molecules
from molvae.model.vae import MolVAE
from molvae.parallel import chunked, ordered_map

Floats = npt.NDArray[np.float32]
Bits = npt.NDArray[np.uint8]

FINGERPRINT_BITS = 2_048
WORTH_KEEPING = 10_000
"""From so many molecules on, what is computed of them is kept."""
_BLOCK = 4_096
_BATCH = 500
_KEPT_FORMAT = 1
"""To be raised when what is computed changes, so that older files are not read."""


@final
class KnownRows:
    """N known molecules as rows of numbers; those that cannot be read have NaN or no bits.

    `in_model_form` says that they are standardized as the model's own molecules are.
    """

    def __init__(
        self, saved: SavedModel, smiles: Sequence[str], *, in_model_form: bool, dtype: torch.dtype
    ) -> None:
        self._saved = saved
        self._smiles = smiles
        self._in_model_form = in_model_form
        self._dtype = dtype

    def latents(self) -> Iterator[Floats]:
        """Posterior means, in blocks of rows of all N (N, Z); float32."""
        name = f"{self._digest}-{model_digest(self._saved)}-{self._dtype}.latents.npy"
        shape = (len(self._smiles), self._saved.model.latent_size)
        blocks = map(self.encode, chunked(self._smiles, _BLOCK))
        return kept_rows(self._path(name), shape, np.float32, blocks)

    def fingerprints(self) -> Iterator[Bits]:
        """Packed Morgan fingerprints, in blocks of rows of all N (N, bits / 8)."""
        name = f"{self._digest}-rdkit-{metadata.version('rdkit')}.fingerprints.npy"
        shape = (len(self._smiles), FINGERPRINT_BITS // 8)
        blocks = ordered_map(fingerprints, chunked(self._smiles, _BLOCK))
        return kept_rows(self._path(name), shape, np.uint8, blocks)

    def encode(self, smiles: Sequence[str]) -> Floats:
        """Posterior means of some of the molecules, (molecules, Z)."""
        tokenizer = self._saved.tokenizer
        if self._in_model_form:
            encoded = tokenizer.encode_batch(smiles, workers=1)
            problems = encoded.problems
        else:
            reading = read_molecules(smiles, tokenizer, self._saved.config)
            encoded, problems = reading.encoded, reading.problems
        broken = {problem.index for problem in problems}
        rows = [row for row in range(len(smiles)) if row not in broken]
        values = np.full((len(smiles), self._saved.model.latent_size), np.nan, np.float32)
        sequences = [encoded[row] for row in rows]
        values[rows] = encode_sequences(self._saved.model, sequences, self._dtype)
        return values

    @cached_property
    def _digest(self) -> str:
        """Of the molecules, in their order, and of how they are read."""
        form = "read" if self._in_model_form else "given"
        return f"{molecules_digest(self._smiles)}-{form}"

    def _path(self, name: str) -> Path | None:
        if len(self._smiles) < WORTH_KEEPING:
            return None
        return cache_folder() / f"nearest-{_KEPT_FORMAT}" / name


def encode_sequences(
    model: MolVAE, sequences: Sequence[npt.NDArray[np.integer]], dtype: torch.dtype
) -> Floats:
    """Posterior means (N, Z) of token sequences; a conditional model is told nothing."""
    values = np.zeros((len(sequences), model.latent_size), np.float32)
    for places, posterior in encode_sequences_by_length(model, sequences, size=_BATCH, dtype=dtype):
        values[places] = posterior.mu.cpu().numpy()
    return values


def fingerprints(smiles: Sequence[str]) -> Bits:
    """Packed Morgan fingerprints of radius 2, (N, 256); no bit on for what is no molecule."""
    read = [parse(text) for text in smiles]
    packed = np.zeros((len(smiles), FINGERPRINT_BITS // 8), np.uint8)
    rows = [row for row, mol in enumerate(read) if mol is not None]
    packed[rows] = packed_morgan([mol for mol in read if mol is not None], bits=FINGERPRINT_BITS)
    return packed
