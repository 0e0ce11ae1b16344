"""Neighbors are what was asked for: other molecules, near, holding what must stay, in order."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molvae.chem import are_known, tanimoto_pairs
from molvae.chem.substructure import have_substructure, parse_smarts
from molvae.errors import GenerationError, MoleculeError
from molvae.generation import Generator

A = "CCNCCOC"


def test_neighbors_are_other_molecules_the_most_similar_first(generator: Generator) -> None:
    walk = generator.neighbors(A, 20, properties=["logp"])
    table = walk.table
    smiles = table["smiles"].tolist()
    assert len(set(smiles)) == len(smiles) == 20
    assert A not in smiles
    np.testing.assert_allclose(table["similarity"], tanimoto_pairs([A] * 20, smiles))
    assert table["similarity"].is_monotonic_decreasing
    assert table["logp"].notna().all()
    keys = generator.saved.training_keys
    assert keys is not None
    assert (~table["novel"]).tolist() == are_known(smiles, keys).tolist()
    assert walk.facts["returned"] == 20
    assert walk.facts["drawn"] >= 400


def test_nearer_latents_are_more_similar_molecules(generator: Generator) -> None:
    near = generator.neighbors(A, 15, radius=0.2, max_tries=300).table
    far = generator.neighbors(A, 15, radius=3.0, max_tries=300).table
    assert (near["radius"] == 0.2).all()
    assert near["similarity"].mean() > far["similarity"].mean()


def test_floor_and_pattern_hold_for_every_neighbor(generator: Generator) -> None:
    walk = generator.neighbors(A, 8, min_similarity=0.3, keep="CNC")
    assert (walk.table["similarity"] >= 0.3).all()
    assert all(have_substructure(walk.table["smiles"].tolist(), parse_smarts("CNC")))
    assert walk.facts["below_floor"] > 0


def test_the_posterior_has_no_radius(generator: Generator) -> None:
    walk = generator.neighbors(A, 5, posterior=True)
    assert "radius" not in walk.table
    assert walk.facts["largest_radius"] is None
    assert "from the posterior of A" in walk.summary


def test_the_radius_grows_where_nothing_new_comes(generator: Generator) -> None:
    grown = generator.neighbors(A, 150, max_tries=3000)
    assert grown.facts["largest_radius"] > grown.table["radius"].min()


def test_fewer_than_asked_for_is_said_and_none_is_an_error(generator: Generator) -> None:
    walk = generator.neighbors(A, 400, radius=0.05, max_tries=250)
    assert 0 < len(walk) < 400
    assert f"{len(walk):,} of 400 is all there was" in walk.summary
    with pytest.raises(GenerationError, match=r"found no neighbor of A: 250 drawn, .* than 1"):
        generator.neighbors(A, 5, min_similarity=1.0, max_tries=250)


def test_nothing_asked_nothing_given(generator: Generator) -> None:
    walk = generator.neighbors(A, 0, properties=["qed"])
    assert len(walk) == 0
    assert {"smiles", "similarity", "qed"} <= set(walk.table.columns)


def test_the_same_seed_finds_the_same(generator: Generator) -> None:
    first, again = (generator.neighbors(A, 10, seed=3).table for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_what_cannot_be_asked_is_one_line(generator: Generator) -> None:
    for arguments, message in (
        ({"n": -1}, "n = -1: must not be negative"),
        ({"radius": 0.0}, "radius = 0.0: must be above 0"),
        ({"radius": 0.1, "posterior": True}, "radius or the posterior, not both"),
        ({"min_similarity": 1.5}, "min_similarity = 1.5: must be from 0 to 1"),
        ({"max_tries": 0}, "max_tries = 0: must be 1 or more"),
    ):
        with pytest.raises(GenerationError, match=message):
            generator.neighbors(A, **arguments)
    with pytest.raises(MoleculeError, match="'C\\(\\(' is not a SMARTS pattern"):
        generator.neighbors(A, keep="C((")
    with pytest.raises(MoleculeError, match=r"A, 'CCNCCOC', does not hold 'c1ccccc1'$"):
        generator.neighbors(A, keep="c1ccccc1")


def test_neighbors_can_be_drawn(generator: Generator, tmp_path: Path) -> None:
    walk = generator.neighbors(A, 4, keep="CNC")
    walk.picture(tmp_path / "around.png", properties=["qed"])
    assert (tmp_path / "around.png").read_bytes().startswith(b"\x89PNG")
