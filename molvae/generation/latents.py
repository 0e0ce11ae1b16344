"""Molecules as a user writes them, brought into the form a model was trained on."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from molvae.chem import Standardizer, parse, tanimoto_pairs, to_smiles, validate
from molvae.config import Config, StandardizeConfig
from molvae.errors import MoleculeError
from molvae.generation.sieve import check
from molvae.parallel import chunked, ordered_map
from molvae.tokenizers import Encoded, Problem, Tokenizer

CHUNK = 2_000


class Reading(NamedTuple):
    """Molecules ready for the encoder; those in `problems` have None and no tokens."""

    smiles: list[str | None]
    encoded: Encoded
    problems: tuple[Problem, ...]

    @property
    def readable(self) -> np.ndarray:
        """Rows, as indices, that have no problem."""
        broken = {problem.index for problem in self.problems}
        return np.array([row for row in range(len(self.smiles)) if row not in broken], np.int64)


class Latents(NamedTuple):
    """Latent vectors of molecules, each row NaN where `problems` says why there is none."""

    z: np.ndarray
    """Posterior means (N, Z), float32."""
    std: np.ndarray
    """Posterior standard deviations (N, Z), float32."""
    problems: tuple[Problem, ...]


def read_molecules(smiles: Sequence[str], tokenizer: Tokenizer, config: Config) -> Reading:
    """Standardize and tokenize `smiles` as the model's training molecules were."""
    standardized = _standardize_all(smiles, config.standardize)
    forms = [form for form, _ in standardized]
    encoded = tokenizer.encode_batch([form or "" for form in forms], workers=1)
    reasons = {row: reason for row, (_, reason) in enumerate(standardized) if reason}
    for problem in encoded.problems:
        reasons.setdefault(problem.index, problem.reason)
    limit = config.data.max_tokens
    for row in np.flatnonzero(encoded.lengths > limit):
        reasons.setdefault(int(row), f"{encoded.lengths[row]} tokens; the model reads {limit}")
    problems = tuple(Problem(row, reasons[row]) for row in sorted(reasons))
    known = [None if row in reasons else form for row, form in enumerate(forms)]
    return Reading(known, encoded, problems)


def reconstruction_table(
    smiles: Sequence[str], reading: Reading, written: Sequence[str | None]
) -> pd.DataFrame:
    """What was `written` beside the molecules it should be, as `Codec.reconstruct` gives it."""
    canonical = check([text or "" for text in written])
    exact = [a is not None and a == b for a, b in zip(reading.smiles, canonical, strict=True)]
    reasons = {problem.index: problem.reason for problem in reading.problems}
    return pd.DataFrame(
        {
            "smiles": list(smiles),
            "reconstruction": list(written),
            "exact": exact,
            "tanimoto": tanimoto_pairs(reading.smiles, canonical),
            "reason": [reasons.get(row) for row in range(len(smiles))],
        }
    )


def _standardize_all(
    smiles: Sequence[str], config: StandardizeConfig
) -> list[tuple[str | None, str | None]]:
    task = partial(_standardize_chunk, config)
    parts = ordered_map(task, chunked(smiles, CHUNK))
    return [row for part in parts for row in part]


def _standardize_chunk(
    config: StandardizeConfig, smiles: Sequence[str]
) -> list[tuple[str | None, str | None]]:
    """Canonical form, or None and the reason."""
    standardizer = Standardizer(config)
    return [_standardize_one(text, standardizer) for text in smiles]


def _standardize_one(text: str, standardizer: Standardizer) -> tuple[str | None, str | None]:
    if not isinstance(text, str):  # what pandas makes of an empty cell
        return None, f"{text!r} is not text"
    mol = parse(text)
    if mol is None:
        return None, validate(text).reason
    try:
        return to_smiles(standardizer(mol)), None
    except MoleculeError as error:
        return None, str(error)
