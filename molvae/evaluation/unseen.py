"""Molecules that a model has not seen, to judge what it does with new ones."""

from os import PathLike
from pathlib import Path

from molvae.data.datasets import starter_path
from molvae.data.readers import read_records
from molvae.data.shards import Corpus
from molvae.errors import CorpusError, EvaluationError, TrainingError
from molvae.evaluation.subjects import read_smiles
from molvae.training.run import Run

STARTER = "test split of the starter corpus"


def unseen_molecules(
    model: Path, asked: str | PathLike[str] | None = None, *, column: str | None = None
) -> tuple[list[str], str]:
    """Canonical or given SMILES, and where they come from in words.

    Of the file `asked`; else of the test split that the run of `model` was made with (its
    validation split where there is no test split); else of the starter corpus. Raises
    `EvaluationError` for a file without molecules, `InputError` for an unreadable one.
    """
    if asked is not None:
        smiles = [text for text in read_smiles(asked, column=column) if text]
        if not smiles:
            raise EvaluationError(f"{asked} holds no molecules")
        return smiles, str(asked)
    return _of_run(model) or (_of_starter(), STARTER)


def _of_run(model: Path) -> tuple[list[str], str] | None:
    """Test molecules of the corpus behind a model in a run, if both are still there."""
    for folder in (model, model.parent):
        try:
            corpus = Corpus.load(Run(folder).corpus_path)
        except (TrainingError, CorpusError):
            continue
        for name in ("test", "valid"):
            if len(corpus[name]):
                return corpus[name].smiles(), f"{name} split of {corpus.path}"
    return None


def _of_starter() -> list[str]:
    records = read_records(starter_path(), keep=("split",))
    return [one.smiles for one in records if (one.columns or {}).get("split") == "test"]
