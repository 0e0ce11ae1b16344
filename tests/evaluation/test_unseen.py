"""Molecules that a model has not seen: a file, the run's own test split, or the starter's."""

import shutil

import pytest

from molvae.data.shards import Corpus
from molvae.errors import EvaluationError, InputError
from molvae.evaluation.unseen import STARTER, unseen_molecules


def test_the_test_split_of_the_run(chain_run):
    smiles, name = unseen_molecules(chain_run / "best")
    corpus = Corpus.load(chain_run.parent / "corpus")
    assert smiles == corpus["test"].smiles()
    assert not set(smiles) & set(corpus["train"].smiles())
    assert name.startswith("test split of")


def test_a_model_that_left_its_run_is_judged_on_the_starter_corpus(chain_run, tmp_path):
    shutil.copytree(chain_run / "best", tmp_path / "model")
    smiles, name = unseen_molecules(tmp_path / "model")
    assert (len(smiles), name) == (20_000, STARTER)


def test_a_file_comes_first(chain_run, tmp_path):
    (tmp_path / "mine.smi").write_text("CCO\nCC\n")
    assert unseen_molecules(chain_run / "best", tmp_path / "mine.smi")[0] == ["CCO", "CC"]
    (tmp_path / "none.smi").write_text("")
    with pytest.raises(EvaluationError, match="holds no molecules"):
        unseen_molecules(chain_run / "best", tmp_path / "none.smi")
    with pytest.raises(InputError, match="missing"):
        unseen_molecules(chain_run / "best", tmp_path / "missing.smi")
