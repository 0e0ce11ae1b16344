"""Training molecules are found in the run's corpus, else in the starter corpus, else not."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import molecule_keys
from molvae.data.shards import Corpus
from molvae.generation import training_set
from molvae.generation.training_set import training_molecules

STARTER = {"train": ["CCO", "CCN", "c1ccccc1", "CCCl"], "valid": ["CO"], "test": ["CN"]}


@pytest.fixture
def elsewhere(model_path: Path, tmp_path: Path) -> SavedModel:
    """The model of the run, away from the run."""
    return load_model(shutil.copytree(model_path, tmp_path / "model"))


@pytest.fixture(autouse=True)
def small_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_set, "starter_splits", lambda: STARTER)


@pytest.mark.parametrize("split", ["train", "valid"])
def test_the_corpus_of_the_run(model_path: Path, split: str) -> None:
    found = training_molecules(load_model(model_path), split=split)
    corpus = Corpus.load(model_path.parent.parent / "corpus")
    assert found is not None
    assert found.smiles == corpus[split].smiles()
    assert found.total == len(found.smiles)
    assert found.source.startswith(f"{split} split of")


def test_a_random_part_of_a_large_corpus(model_path: Path) -> None:
    saved = load_model(model_path)
    everything = training_molecules(saved)
    some = training_molecules(saved, limit=10, seed=1)
    other = training_molecules(saved, limit=10, seed=2)
    assert everything is not None
    assert some is not None
    assert other is not None
    assert some.total == everything.total
    places = [everything.smiles.index(text) for text in some.smiles]
    assert len(places) == 10
    assert places == sorted(places)
    assert some.smiles != other.smiles


def test_the_starter_corpus_only_for_a_model_that_knows_it(elsewhere: SavedModel) -> None:
    assert training_molecules(elsewhere) is None
    taught = replace(elsewhere, training_keys=molecule_keys(STARTER["train"]))
    found = training_molecules(taught)
    assert found is not None
    assert (found.smiles, found.total) == (STARTER["train"], 4)
    held_out = training_molecules(taught, split="valid")
    assert held_out is not None
    assert held_out.smiles == ["CO"]
    half = replace(elsewhere, training_keys=molecule_keys(STARTER["train"][:2]))
    assert training_molecules(half) is None
    assert training_molecules(replace(elsewhere, training_keys=None)) is None
    assert training_molecules(replace(elsewhere, training_keys=np.zeros(0, np.int64))) is None
