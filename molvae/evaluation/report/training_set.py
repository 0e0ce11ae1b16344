"""The molecules a model was trained on, where they can still be found."""

from pathlib import Path

import numpy as np

from molvae.checkpoint import SavedModel
from molvae.chem import are_known
from molvae.data.datasets import starter_path
from molvae.data.readers import read_records
from molvae.data.shards import Corpus
from molvae.errors import CorpusError, TrainingError
from molvae.training.run import Run

MOST_MOLECULES = 250_000
"""Beyond this, a random sample stands for the training set."""
_PROBE = 500
"""Molecules asked for before the starter corpus is taken for a model's training set."""
_ENOUGH = 0.99


def training_molecules(saved: SavedModel, *, seed: int = 0) -> tuple[list[str], int] | None:
    """At most `MOST_MOLECULES` of the training molecules, and how many there are.

    Those of the run the model lies in; else the starter corpus's, if the keys saved with the
    model say that it was trained on them; else None.
    """
    for folder in (saved.path, saved.path.parent):
        found = _of_run(folder, seed)
        if found is not None:
            return found
    if saved.training_keys is None:
        return None
    starter = _of_starter()
    probe = starter[:: max(1, len(starter) // _PROBE)]
    known = are_known(probe, saved.training_keys)
    return (starter, len(starter)) if np.mean(known) >= _ENOUGH else None


def _of_run(folder: Path, seed: int) -> tuple[list[str], int] | None:
    try:
        split = Corpus.load(Run(folder).corpus_path)["train"]
        count = len(split)
        if count <= MOST_MOLECULES:
            return split.smiles(), count
        rows = np.random.default_rng(seed).choice(count, MOST_MOLECULES, replace=False)
        return split.smiles(np.sort(rows)), count
    except (TrainingError, CorpusError):
        return None


def _of_starter() -> list[str]:
    records = read_records(starter_path(), keep=("split",))
    return [one.smiles for one in records if (one.columns or {}).get("split") == "train"]
