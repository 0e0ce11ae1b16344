"""Draws from a posterior are counted, and the share that gives the molecule back is true."""

from pathlib import Path

import numpy as np
import pytest

from molvae.errors import GenerationError
from molvae.generation import Generator

A = "CCNCCOC"


def test_shares_are_of_all_draws(generator: Generator) -> None:
    walk = generator.resample(A, 300, properties=["logp"])
    table = walk.table
    assert table["times"].sum() == round(walk.facts["validity"] * 300)
    np.testing.assert_allclose(table["share"], table["times"] / 300)
    assert table["smiles"].is_unique
    assert table["times"].is_monotonic_decreasing
    own = table.loc[table["smiles"] == A]
    assert table["itself"].tolist() == (table["smiles"] == A).tolist()
    assert walk.facts["a_itself"] == pytest.approx(own["share"].sum())
    assert f"{own['share'].sum():.1%} gave A back" in walk.summary


def test_colder_decoding_agrees_more(generator: Generator) -> None:
    cold = generator.resample(A, 300, temperature=0.2)
    hot = generator.resample(A, 300, temperature=2.0)
    assert cold.facts["distinct"] < hot.facts["distinct"]


def test_nothing_asked_nothing_given(generator: Generator) -> None:
    walk = generator.resample(A, 0)
    assert len(walk) == 0
    assert walk.summary == "nothing was drawn"
    with pytest.raises(GenerationError, match="must not be negative"):
        generator.resample(A, -1)


def test_draws_can_be_drawn(generator: Generator, tmp_path: Path) -> None:
    generator.resample(A, 40).picture(tmp_path / "draws.png", properties=["qed"])
    assert (tmp_path / "draws.png").read_bytes().startswith(b"\x89PNG")
