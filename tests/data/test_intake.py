import numpy as np
import pytest

from molvae.chem.properties import property_names
from molvae.config import Config
from molvae.data.intake import Chunk, Preparation, chunk_of, without_rows
from molvae.data.records import Record
from molvae.data.split import SPLITS
from molvae.errors import ConfigError
from molvae.tokenizers.build import build_tokenizer


def taken(smiles, *settings, columns=None, problems=None):
    preparation = Preparation.of(Config().override(settings))
    return preparation(Chunk(list(smiles), columns or {}, problems or {}))


def kinds(intake):
    return {rejection.place: rejection.kind for rejection in intake.rejections}


def test_molecules_come_back_canonical_and_in_order():
    intake = taken(["OCC", "[Na+].CC(=O)[O-]", "C1=CC=CC=C1"])
    assert intake.molecules.column(0).to_pylist() == ["CCO", "CC(=O)O", "c1ccccc1"]
    assert intake.places.tolist() == [0, 1, 2]
    assert intake.tokenized.row(0) == ["C", "C", "O"]


def test_each_reason_has_its_kind():
    long = "C" * 130
    intake = taken(
        ["", "c1ccccc", "C" * 40, "CCO", long, "CC[Se]C", "row", "c1ccccc1"],
        "data.max_heavy_atoms=200",
        "data.max_tokens=30",
        "data.min_heavy_atoms=4",
        'data.elements=["C","O"]',
        problems={6: "row of 1 field"},
    )
    assert kinds(intake) == {
        0: "no SMILES",
        1: "not a molecule",
        2: "too many tokens",
        3: "size",
        4: "too many tokens",
        5: "element",
        6: "unreadable line",
    }
    assert intake.rejections[2].reason == "40 tokens, more than 30"
    assert intake.rejections[3].reason == "3 heavy atoms, not 4 to 200"
    assert intake.molecules.column(0).to_pylist() == ["c1ccccc1"]


def test_alerts_are_named():
    intake = taken(["O=C(Cl)CCCl", "CCO"], 'data.alerts=["mcf"]')
    assert kinds(intake) == {0: "structural alert"}
    assert "structural alert" in intake.rejections[0].reason


def test_chunk_without_any_molecule():
    intake = taken(["x", ""])
    assert len(intake.places) == len(intake.tokenized) == intake.molecules.num_rows == 0
    assert len(intake.rejections) == 2


def test_split_column_names_the_split():
    columns = {"part": ["train", "Validation", "holdout", "test"]}
    settings = ["data.split=column", "data.split_column=part"]
    intake = taken(["C", "CC", "CCC", "CCCC"], *settings, columns=columns)
    assert [SPLITS[i] for i in intake.splits] == ["train", "valid", "test"]
    assert intake.rejections[0].reason == "split 'holdout' is not one of train, valid, test"


def test_a_scaffold_is_in_one_split():
    decorated = [f"c1ccc2[nH]ccc2c1{'C' * i}" for i in range(12)]
    settings = ["data.split=scaffold", "data.valid_fraction=0.4", "data.test_fraction=0.4"]
    assert len(set(taken(decorated, *settings).splits.tolist())) == 1
    acyclic = taken(["C" * i for i in range(1, 60)], *settings)
    assert len(set(acyclic.splits.tolist())) == 3


def test_properties_and_columns_follow_the_molecule():
    settings = ['data.properties=["heavy_atoms"]', 'data.columns=["id"]']
    intake = taken(["x", "CCO", "C"], *settings, columns={"id": ["a", "b", "c"]})
    assert intake.molecules.to_pydict() == {
        "smiles": ["CCO", "C"],
        "id": ["b", "c"],
        "heavy_atoms": [3.0, 1.0],
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (['data.properties=["lopg"]'], "logp"),
        (['data.columns=["qed"]', 'data.properties=["qed"]'], "two columns named qed"),
        (['data.columns=["smiles"]'], "two columns named smiles"),
    ],
)
def test_settings_are_checked_before_anything_is_read(settings, message):
    assert "qed" in property_names()
    with pytest.raises(ConfigError, match=message):
        Preparation.of(Config().override(settings))


def test_chunk_of_records():
    records = [Record(1, "C", {"y": "2"}), Record(2, "what", problem="bad")]
    assert chunk_of(records, ["y"]) == Chunk(["C", "what"], {"y": ["2", ""]}, {1: "bad"})


def test_rows_can_be_left_out():
    tokenized = build_tokenizer("atom").tokenize_rows(["CCO", "Cl", "N"])
    left = without_rows(tokenized, [1])
    assert [left.row(i) for i in range(len(left))] == [["C", "C", "O"], ["N"]]
    assert np.array_equal(left.offsets, [0, 3, 4])
