"""Where a model's molecules come from: the corpus its run names, or the starter corpus."""

import json
import os
from pathlib import Path

from molvae.data.datasets import starter_path
from molvae.data.readers import read_records
from molvae.data.shards import Corpus
from molvae.errors import CorpusError

RUN_FACTS = "run.json"
"""The file of a run that names its corpus, relative to the run."""


def corpus_of_model(model: Path) -> Corpus | None:
    """The corpus of the run that the folder `model` is or lies in; None where it is gone."""
    for folder in (model, model.parent):
        try:
            facts = json.loads((folder / RUN_FACTS).read_text("utf-8"))
            return Corpus.load(Path(os.path.normpath(folder / str(facts["corpus"]))))
        except (OSError, ValueError, KeyError, TypeError, CorpusError):
            continue
    return None


def starter_splits() -> dict[str, list[str]]:
    """Canonical SMILES of the starter corpus by split: train, valid, test."""
    found: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for record in read_records(starter_path(), keep=("split",)):
        found[(record.columns or {})["split"]].append(record.smiles)
    return found
