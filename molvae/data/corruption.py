"""What the encoder reads in place of a molecule, in denoising (Vincent et al. 2008).

The decoder still learns to write the molecule itself.
"""

from typing import final

import numpy as np

from molvae.chem import parse, random_smiles
from molvae.config import NoiseConfig
from molvae.tokenizers import Tokenizer
from molvae.tokenizers.batch import Encoded, offsets_of

SEEDS = 2**31
"""How many seeds there are for a random order of atoms."""


@final
class Corruption:
    """Writes some molecules in random atom order, then exchanges and drops tokens.

    A form with tokens that the vocabulary lacks, or more than `max_tokens`, is not taken: that
    molecule stays as it is.
    """

    def __init__(self, config: NoiseConfig, tokenizer: Tokenizer, *, max_tokens: int) -> None:
        self._config = config
        self._tokenizer = tokenizer
        self._max_tokens = max_tokens

    def __call__(self, molecules: Encoded, rng: np.random.Generator) -> Encoded:
        """The `molecules` corrupted; the same for the same state of `rng`."""
        if self._config.randomize > 0.0:
            molecules = self._randomized(molecules, rng)
        if self._config.swap > 0.0:
            molecules = swapped(molecules, self._config.swap, rng)
        if self._config.drop > 0.0:
            molecules = dropped(molecules, self._config.drop, rng)
        return molecules

    def _randomized(self, molecules: Encoded, rng: np.random.Generator) -> Encoded:
        chosen = np.flatnonzero(rng.random(len(molecules)) < self._config.randomize)
        seeds = rng.integers(SEEDS, size=len(chosen))
        rows = list(molecules)
        canonical = self._tokenizer.decode_batch(joined([rows[i] for i in chosen]), workers=1)
        forms = [_rewritten(text, int(seed)) for text, seed in zip(canonical, seeds, strict=True)]
        written = self._tokenizer.encode_batch(forms, workers=1)
        for place, form in zip(chosen, written, strict=True):
            if 0 < len(form) <= self._max_tokens:  # a form that cannot be encoded is empty
                rows[place] = form
        return joined(rows)


def build_corruption(
    config: NoiseConfig, tokenizer: Tokenizer, *, max_tokens: int
) -> Corruption | None:
    """The corruption that `config` asks for; None where it asks for none."""
    if config.drop == config.swap == config.randomize == 0.0:
        return None
    return Corruption(config, tokenizer, max_tokens=max_tokens)


def swapped(molecules: Encoded, share: float, rng: np.random.Generator) -> Encoded:
    """`molecules`, a random `share` of their tokens exchanged with the right neighbor.

    None takes part in two exchanges, so that it is a little less than the share.
    """
    ids, count = molecules.ids.copy(), len(molecules.ids)
    chosen = rng.random(count) < share
    last = molecules.offsets[1:][molecules.lengths > 0] - 1
    chosen[last] = False
    place = np.arange(count)
    run_start = np.maximum.accumulate(np.where(chosen, 0, place + 1))
    left = np.flatnonzero(chosen & ((place - run_start) % 2 == 0))
    ids[left], ids[left + 1] = molecules.ids[left + 1], molecules.ids[left]
    return Encoded(ids, molecules.offsets)


def dropped(molecules: Encoded, share: float, rng: np.random.Generator) -> Encoded:
    """`molecules` without a random `share` of their tokens."""
    kept = rng.random(len(molecules.ids)) >= share
    before = offsets_of(kept.astype(np.int64))  # kept tokens before each place
    return Encoded(molecules.ids[kept], before[molecules.offsets])


def joined(rows: list[np.ndarray]) -> Encoded:
    """Rows of token ids as one batch."""
    lengths = np.array([len(row) for row in rows], np.int64)
    ids = np.concatenate(rows) if rows else np.zeros(0, np.uint8)
    return Encoded(ids, offsets_of(lengths))


def _rewritten(smiles: str, seed: int) -> str:
    """`smiles` in a random atom order; as it is where it is no molecule."""
    mol = parse(smiles)
    return smiles if mol is None else random_smiles(mol, seed)
