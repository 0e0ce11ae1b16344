"""The molecules a model was trained on, where they can still be found."""

from typing import NamedTuple

import numpy as np

from molvae.checkpoint import SavedModel
from molvae.chem import are_known
from molvae.data.origin import corpus_of_model, starter_splits

_PROBE = 500
"""Molecules asked for before the starter corpus is taken for a model's training set."""
_ENOUGH = 0.99


class KnownMolecules(NamedTuple):
    """Molecules of the corpus behind a model, in the form it reads."""

    smiles: list[str]
    total: int
    """How many there are where `smiles` are a random part of them."""
    source: str
    """Where they come from, in words."""


def training_molecules(
    saved: SavedModel, *, split: str = "train", limit: int | None = None, seed: int = 0
) -> KnownMolecules | None:
    """At most `limit` molecules of a `split` of what `saved` was trained with, in their order.

    Of the run the model lies in; else of the starter corpus, if the keys saved with the model
    say that it was trained on that; else None.
    """
    corpus = corpus_of_model(saved.path)
    if corpus is not None:
        found = corpus[split]
        rows = _rows(len(found), limit, seed)
        return KnownMolecules(found.smiles(rows), len(found), f"{split} split of {corpus.path}")
    starter = _starter_of(saved)
    if starter is None:
        return None
    rows = _rows(len(starter[split]), limit, seed)
    smiles = starter[split] if rows is None else [starter[split][row] for row in rows.tolist()]
    return KnownMolecules(smiles, len(starter[split]), f"{split} split of the starter corpus")


def _rows(count: int, limit: int | None, seed: int) -> np.ndarray | None:
    """`limit` random rows of `count`, ascending; None for all."""
    if limit is None or count <= limit:
        return None
    return np.sort(np.random.default_rng(seed).choice(count, limit, replace=False))


def _starter_of(saved: SavedModel) -> dict[str, list[str]] | None:
    """The splits of the starter corpus, if `saved` was trained on it."""
    if saved.training_keys is None or not len(saved.training_keys):
        return None
    splits = starter_splits()
    probe = splits["train"][:: max(1, len(splits["train"]) // _PROBE)]
    known = are_known(probe, saved.training_keys)
    return splits if np.mean(known) >= _ENOUGH else None
