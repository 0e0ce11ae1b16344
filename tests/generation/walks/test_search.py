"""Whatever is drawn is kept or counted, and the tables are in order."""

import numpy as np
import pytest

from molvae.chem import tanimoto_pairs
from molvae.chem.substructure import parse_smarts
from molvae.generation.walks.search import Search, Wanted


@pytest.fixture
def search() -> Search:
    return Search(Wanted("CCCO", 0.2, "[OH]", parse_smarts("[OH]")))


def test_every_molecule_is_kept_or_counted_once(search: Search) -> None:
    raw = ["CCCO", "OCCC", "CCO", "CCO", "CCCN", "C1CC", "c1ccccc1", "CCCCO"]
    share = search.pour(raw, 0.1)
    assert share == pytest.approx(5 / 8)  # CCCO, CCO, CCCN, benzene, CCCCO
    assert search.pour(["CCO", "CCCCCO"], 0.2) == pytest.approx(1 / 2)
    kept = ["CCO", "CCCCO", "CCCCCO"]
    similarity = dict(zip(kept, tanimoto_pairs(["CCCO"] * 3, kept), strict=True))
    assert search.kept == pytest.approx(similarity)
    facts = search.facts()
    assert facts["drawn"] == 10
    assert facts["validity"] == pytest.approx(9 / 10)
    assert facts["a_itself"] == pytest.approx(2 / 10)
    assert (facts["found"], facts["below_floor"], facts["without_pattern"]) == (3, 1, 1)
    assert "5 other molecules, 1 of them less similar than 0.2, 1 without [OH]" in str(search)


def test_the_table_has_the_most_similar_first(search: Search) -> None:
    search.pour(["CCO", "CCCCO"], 0.1)
    search.pour(["CCCCCO", "CCO"], 0.5)
    table = search.table(2, with_radius=True)
    everything = search.table(9, with_radius=True)
    assert table["smiles"].tolist() == everything["smiles"].tolist()[:2]
    assert everything["similarity"].is_monotonic_decreasing
    assert everything.set_index("smiles")["times"].to_dict() == {"CCO": 2, "CCCCO": 1, "CCCCCO": 1}
    radii = everything.set_index("smiles")["radius"].to_dict()
    assert radii == {"CCO": 0.1, "CCCCO": 0.1, "CCCCCO": 0.5}
    assert "radius" not in search.table(1, with_radius=False)


def test_nothing_drawn_is_no_failure(search: Search) -> None:
    assert search.pour([], 0.1) == 0.0
    table = search.table(5, with_radius=True)
    assert len(table) == 0
    assert table["similarity"].dtype == np.float64
