"""Where a walk starts: a molecule as the user wrote it, read and encoded, or one clear line."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from molvae.chem import canonicalize
from molvae.chem.molecule import shorten
from molvae.errors import MoleculeError
from molvae.generation.codec import Codec
from molvae.generation.latents import read_molecules


class End(NamedTuple):
    """A molecule to walk from or to, and its posterior q(z|x) = N(mu, std^2)."""

    name: str
    """What messages call it, such as "A"."""
    smiles: str
    """Canonical SMILES in the form the model reads."""
    mu: np.ndarray
    """Posterior mean (Z,), float32."""
    std: np.ndarray
    """Posterior standard deviation (Z,), float32."""
    own: pd.DataFrame
    """Its condition values (1, C); no columns for a model without conditions."""
    note: str | None
    """What was changed to bring it into that form: a salt left out, a charge removed."""


def read_ends(codec: Codec, given: Mapping[str, str]) -> list[End]:
    """The molecules `given` by name, standardized as the model's training molecules were.

    Raises `MoleculeError` that names the first of them that is not a molecule, or that the
    model has no words for, and says why.
    """
    texts = list(given.values())
    reading = read_molecules(texts, codec.saved.tokenizer, codec.saved.config)
    if reading.problems:
        problem = reading.problems[0]
        name, text = list(given.items())[problem.index]
        raise MoleculeError(f"{name}, {shorten(str(text))!r}, cannot be encoded: {problem.reason}")
    latents, own = codec.latents(texts), codec.conditions_of(texts)
    forms = [str(form) for form in reading.smiles]
    return [
        End(
            name,
            forms[row],
            latents.z[row],
            latents.std[row],
            own.iloc[[row]],
            _note(name, text, forms[row]),
        )
        for row, (name, text) in enumerate(given.items())
    ]


def _note(name: str, given: str, smiles: str) -> str | None:
    if canonicalize(given) == smiles:
        return None
    return f"{name} was read as {smiles}, the form the model was trained on"
