import numpy as np
import pytest

from molvae.chem import morgan, packed_morgan, parse, tanimoto
from molvae.evaluation.report import neighbors
from molvae.evaluation.report.neighbors import (
    SearchedSet,
    fingerprint_set,
    nearest,
    neighborhood,
)

SAMPLES = ["CCO", "c1ccccc1C(=O)NC", "CC(=O)Oc1ccccc1C(=O)O", "CCCCl", "O=C(O)c1ccncc1"]
KNOWN = ["CCN", "CCCl", "c1ccccc1C(=O)NCC", "CC(=O)Oc1ccccc1C(=O)O", "CCOC", "c1ccncc1"]


def prints(smiles: list[str]) -> np.ndarray:
    return packed_morgan([parse(text) for text in smiles])


@pytest.mark.parametrize("block", [1, 4, 100])
def test_nearest_is_what_rdkit_finds(monkeypatch, block):
    monkeypatch.setattr(neighbors, "_BLOCK", block)
    found = nearest(prints(SAMPLES), prints(KNOWN))
    bits = [morgan(parse(text), bits=1024) for text in KNOWN]
    for row, text in enumerate(SAMPLES):
        expected = tanimoto(morgan(parse(text), bits=1024), bits)
        assert found.similarities[row] == pytest.approx(expected.max(), abs=1e-12)
        assert found.indices[row] == expected.argmax()


def test_rows_go_from_the_most_to_the_least_similar():
    sets = [
        SearchedSet("six", KNOWN, prints(KNOWN)),
        SearchedSet("none", [], prints([])),
        SearchedSet("one", ["CCO"], prints(["CCO"])),
    ]
    found = neighborhood(SAMPLES, prints(SAMPLES), sets)
    assert found.sets == ("six", "one")
    assert found.compared == 5
    similarities = [row.neighbors[0].similarity for row in found.rows]
    assert similarities == sorted(similarities, reverse=True)
    assert found.rows[0].smiles == "CC(=O)Oc1ccccc1C(=O)O"
    assert found.rows[0].neighbors[0] == ("CC(=O)Oc1ccccc1C(=O)O", 1.0)
    assert {row.neighbors[1].smiles for row in found.rows} == {"CCO"}


def test_many_samples_are_shown_at_even_quantiles(monkeypatch):
    monkeypatch.setattr(neighbors, "ROWS", 3)
    smiles = ["C" * length for length in range(1, 12)]
    found = neighborhood(smiles, prints(smiles), [SearchedSet("one", ["CCO"], prints(["CCO"]))])
    own = np.sort([row.neighbors[0].similarity for row in found.rows])
    all_of_them = np.sort(nearest(prints(smiles), prints(["CCO"])).similarities)
    assert own == pytest.approx(all_of_them[[0, 5, 10]])


def test_nothing_to_compare():
    some = [SearchedSet("one", ["CCO"], prints(["CCO"]))]
    assert neighborhood([], prints([]), some) is None
    assert neighborhood(["CCO"], prints(["CCO"]), []) is None


def test_fingerprints_of_a_set():
    told = []
    found = fingerprint_set(
        "title", [*KNOWN, "C1CC"], workers=1, progress=lambda *what: told.append(what)
    )
    assert found.smiles == KNOWN
    assert np.array_equal(found.fingerprints, prints(KNOWN))
    assert told == [("training neighbors", 7, 7)]
    assert fingerprint_set("none", []).fingerprints.shape == (0, 128)
