import json
import math

import pandas as pd
import pytest

from molvae.errors import GenerationError, OutputError
from molvae.generation.molecules import Molecules, SampleSummary

SMILES = ["CCO", "c1ccccc1", "CC(=O)O"]


def summary(**changes) -> SampleSummary:
    values = {
        "requested": 3, "returned": 3, "drawn": 10, "validity": 0.9, "uniqueness": 1.0,
        "novelty": math.nan, "seed": 7, "seconds": 0.5,
    }  # fmt: skip
    return SampleSummary(**{**values, **changes})


@pytest.fixture
def molecules() -> Molecules:
    table = pd.DataFrame(
        {"smiles": SMILES, "novel": [True, False, True], "qed": [0.4, 0.44, math.nan]}
    )
    return Molecules(table, summary())


def test_is_a_sequence_of_smiles(molecules):
    assert len(molecules) == 3
    assert list(molecules) == molecules.smiles == SMILES
    assert molecules.properties == ["qed"]


def test_does_not_change(molecules):
    table = molecules.table
    table.loc[0, "smiles"] = "N"
    molecules.smiles.append("N")
    assert list(molecules) == SMILES
    with pytest.raises(AttributeError):
        molecules.summary.seed = 3


def test_neither_does_it_follow_the_table_it_was_made_from():
    table = pd.DataFrame({"smiles": ["C", "N"]})
    molecules = Molecules(table, summary())
    table.loc[0, "smiles"] = "O"
    assert list(molecules) == ["C", "N"]


def test_needs_smiles():
    with pytest.raises(GenerationError, match="smiles"):
        Molecules(pd.DataFrame({"mol": ["C"]}), summary())


def test_summary_is_honest_about_what_is_not_known():
    assert str(summary()) == (
        "3 molecules from 10 drawn in 0.5 s (20/s), seed 7\n"
        "raw samples: validity 90.0%, uniqueness 100.0%, novelty unknown"
    )
    assert "nan" not in str(summary(seconds=0.0))


def test_csv_whatever_the_name(molecules, tmp_path):
    molecules.to_csv(tmp_path / "m.txt")
    assert (tmp_path / "m.txt").read_text().splitlines()[:2] == [
        "smiles,novel,qed",
        "CCO,True,0.4",
    ]


def test_save_by_ending(molecules, tmp_path):
    molecules.save(tmp_path / "m.smi")
    assert (tmp_path / "m.smi").read_text().split() == SMILES
    with pytest.raises(OutputError, match="unknown format"):
        molecules.save(tmp_path / "m.doc")


@pytest.mark.parametrize("ending", [".svg", ".png", ".html"])
def test_picture(molecules, tmp_path, ending):
    molecules.picture(tmp_path / f"m{ending}", limit=2)
    assert (tmp_path / f"m{ending}").stat().st_size > 500


def test_picture_shows_the_properties_under_each(molecules, tmp_path):
    molecules.picture(tmp_path / "m.html")
    assert "qed 0.44" in (tmp_path / "m.html").read_text()


def test_to_dict_is_plain(molecules):
    values = molecules.to_dict()
    assert json.loads(json.dumps(values))["molecules"][1]["smiles"] == "c1ccccc1"
    assert values["drawn"] == 10


def test_shows_itself(molecules):
    assert "CCO" in repr(molecules)
    assert "<table" in molecules._repr_html_()


def test_none_at_all(tmp_path):
    empty = Molecules(pd.DataFrame({"smiles": []}), summary(returned=0))
    empty.save(tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text() == "smiles\n"
    assert list(empty) == []
