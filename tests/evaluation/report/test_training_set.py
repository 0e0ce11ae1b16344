import shutil
from dataclasses import replace

import numpy as np
import pytest

from molvae.checkpoint import load_model
from molvae.chem import molecule_keys
from molvae.data.shards import Corpus
from molvae.evaluation.report import training_set
from molvae.evaluation.report.training_set import training_molecules

STARTER = ["CCO", "CCN", "c1ccccc1", "CCCl"]


@pytest.fixture
def elsewhere(chain_run, tmp_path):
    """The model of the run, away from the run."""
    return load_model(shutil.copytree(chain_run / "best", tmp_path / "model"))


@pytest.fixture(autouse=True)
def small_starter(monkeypatch):
    monkeypatch.setattr(training_set, "_of_starter", lambda: list(STARTER))


def test_the_corpus_of_the_run(chain_run):
    smiles, count = training_molecules(load_model(chain_run))
    assert smiles == Corpus.load(chain_run.parent / "corpus")["train"].smiles()
    assert count == len(smiles)


def test_a_random_part_of_a_large_corpus(chain_run, monkeypatch):
    everything, count = training_molecules(load_model(chain_run))
    monkeypatch.setattr(training_set, "MOST_MOLECULES", 10)
    smiles, said = training_molecules(load_model(chain_run), seed=1)
    assert said == count
    assert len(smiles) == 10
    assert set(smiles) < set(everything)


def test_the_starter_corpus_only_for_a_model_that_knows_it(elsewhere):
    assert training_molecules(elsewhere) is None
    taught = replace(elsewhere, training_keys=molecule_keys(STARTER))
    assert training_molecules(taught) == (STARTER, 4)
    half = replace(elsewhere, training_keys=molecule_keys(STARTER[:2]))
    assert training_molecules(half) is None
    assert training_molecules(replace(elsewhere, training_keys=None)) is None
    assert training_molecules(replace(elsewhere, training_keys=np.zeros(0, np.int64))) is None
