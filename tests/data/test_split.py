from collections import Counter

import pytest

from molvae.config import DataConfig
from molvae.data.split import assign, named_split


def test_shares_are_those_asked_for():
    config = DataConfig(valid_fraction=0.2, test_fraction=0.1)
    counts = Counter(assign(str(i), config, seed=0) for i in range(20_000))
    assert counts["valid"] / 20_000 == pytest.approx(0.2, abs=0.01)
    assert counts["test"] / 20_000 == pytest.approx(0.1, abs=0.01)


def test_split_depends_on_key_and_seed_alone():
    config = DataConfig(valid_fraction=0.3, test_fraction=0.3)
    first = [assign(str(i), config, seed=0) for i in range(200)]
    assert first == [assign(str(i), config, seed=0) for i in range(200)]
    assert first != [assign(str(i), config, seed=1) for i in range(200)]


@pytest.mark.parametrize("seed", [0, 2**31, 2**63 - 1])
def test_any_seed_of_the_command_line_splits(seed):
    config = DataConfig(valid_fraction=0.5, test_fraction=0.25)
    assert {assign(str(i), config, seed) for i in range(200)} == {"train", "valid", "test"}


def test_splits_never_change_between_versions():
    config = DataConfig(valid_fraction=0.3, test_fraction=0.3)
    assert {smiles: assign(smiles, config, seed=7) for smiles in EXPECTED} == EXPECTED


def test_zero_fractions_train_on_all():
    config = DataConfig(valid_fraction=0, test_fraction=0)
    assert {assign(str(i), config, seed=0) for i in range(1000)} == {"train"}


@pytest.mark.parametrize(
    ("value", "split"),
    [("Train", "train"), (" VAL ", "valid"), ("validation", "valid"), ("test", "test")],
)
def test_names_of_splits(value, split):
    assert named_split(value) == split
    assert named_split("holdout") is None


EXPECTED = {
    "CCO": "valid",
    "CCN": "valid",
    "CCC": "valid",
    "CCCC": "train",
    "CCCO": "train",
    "CCF": "train",
}
