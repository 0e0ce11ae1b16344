from pathlib import Path

import pytest

from molvae.data import describe as describing
from molvae.data.describe import describe
from molvae.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"


def test_messy_file():
    told = []
    found = describe(EXAMPLES / "messy.csv", workers=1, progress=told.append)
    assert (found.records, found.unreadable, found.distinct) == (32, 3, 29)
    assert found.sampled == 29
    assert found.valid == 24
    assert told == [32]
    assert found.properties.loc["heavy_atoms", "max"] >= found.properties.loc["heavy_atoms", "min"]
    assert list(found.properties.columns) == ["mean", "std", "min", "median", "max"]


def test_lengths():
    found = describe(["C", "CCC", "CCO", "CCO"], workers=1)
    assert (found.shortest, found.longest, found.distinct) == (1, 3, 3)
    assert found.mean_length == pytest.approx(2.5)


def test_sample_is_random_and_repeatable(monkeypatch):
    monkeypatch.setattr(describing, "SAMPLE", 20)
    smiles = ["C" * (i + 1) for i in range(400)]
    first = describe(smiles, workers=1)
    assert (first.records, first.sampled) == (400, 20)
    assert first.properties.loc["heavy_atoms", "max"] > 200
    assert first.properties.equals(describe(smiles, workers=1).properties)


def test_no_valid_molecule():
    found = describe(["x", ""], workers=1)
    assert (found.valid, found.unreadable) == (0, 1)
    assert found.properties["mean"].isna().all()


def test_missing_file():
    with pytest.raises(InputError, match="no file"):
        describe("none.smi")
