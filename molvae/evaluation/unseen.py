"""Molecules that a model has not seen, to judge what it does with new ones."""

from os import PathLike
from pathlib import Path

from molvae.data.origin import corpus_of_model, starter_splits
from molvae.errors import EvaluationError
from molvae.evaluation.subjects import read_smiles

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
    return _of_run(model) or (starter_splits()["test"], STARTER)


def _of_run(model: Path) -> tuple[list[str], str] | None:
    """Test molecules of the corpus behind a model in a run, if both are still there."""
    corpus = corpus_of_model(model)
    if corpus is None:
        return None
    for name in ("test", "valid"):
        if len(corpus[name]):
            return corpus[name].smiles(), f"{name} split of {corpus.path}"
    return None
