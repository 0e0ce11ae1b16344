"""A walk's table is its own, and goes where it is sent."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molvae.errors import ConfigError
from molvae.generation.walks import Walk


@pytest.fixture
def drawn() -> list:
    return []


@pytest.fixture
def walk(drawn: list) -> Walk:
    table = pd.DataFrame({"smiles": ["CCO", None, "CCN"], "valid": [1.0, 0.0, 0.5]})
    return Walk(
        table,
        facts={"steps": 3},
        summary="3 steps <here>",
        draw=lambda table, names, path: drawn.append((table, names, path)),
    )


def test_what_is_given_out_is_a_copy(walk: Walk) -> None:
    table = walk.table
    table.loc[0, "smiles"] = "C"
    assert walk.smiles == list(walk) == ["CCO", None, "CCN"]
    assert len(walk) == 3


def test_files_hold_what_they_can(walk: Walk, tmp_path: Path) -> None:
    walk.to_csv(tmp_path / "walk.txt")
    assert (tmp_path / "walk.txt").read_text() == "smiles,valid\nCCO,1\n,0\nCCN,0.5\n"
    walk.save(tmp_path / "walk.smi")
    assert (tmp_path / "walk.smi").read_text() == "CCO\nCCN\n"
    walk.save(tmp_path / "walk.sdf")
    assert (tmp_path / "walk.sdf").read_text().count("$$$$") == 2
    walk.save(tmp_path / "walk.parquet")
    assert pd.read_parquet(tmp_path / "walk.parquet")["smiles"].isna().tolist() == [0, 1, 0]


def test_a_picture_gets_the_properties_the_table_lacks(walk: Walk, drawn: list) -> None:
    walk.picture("somewhere.png", properties=["heavy_atoms"])
    ((table, names, path),) = drawn
    assert (names, path) == (["heavy_atoms"], "somewhere.png")
    np.testing.assert_array_equal(table["heavy_atoms"], [3, np.nan, 3])
    assert "heavy_atoms" not in walk.table
    with pytest.raises(ConfigError, match="cleverness"):
        walk.picture("somewhere.png", properties=["cleverness"])


def test_people_and_programs_can_read_it(walk: Walk) -> None:
    assert walk.to_dict() == {
        "steps": 3,
        "molecules": [
            {"smiles": "CCO", "valid": 1.0},
            {"smiles": None, "valid": 0.0},
            {"smiles": "CCN", "valid": 0.5},
        ],
    }
    assert repr(walk).startswith("3 steps <here>\n")
    assert "3 steps &lt;here&gt;" in walk._repr_html_()
    reproduced = pd.array([True, pd.NA, False], dtype="boolean")
    flagged = Walk(walk.table.assign(reproduced=reproduced), facts={}, summary="", draw=print)
    assert "NA" not in repr(flagged)
