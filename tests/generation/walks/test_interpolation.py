"""The way is even, its ends are the molecules given, and its figures are true."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from molvae.chem import compute, parse, tanimoto_pairs
from molvae.errors import ConfigError, GenerationError, MoleculeError
from molvae.generation import Generator
from molvae.generation.walks.interpolation import path_between

vectors = arrays(np.float64, 5, elements=st.floats(-10, 10, width=32))


@given(vectors, vectors, st.integers(2, 9), st.sampled_from(["spherical", "linear"]))
@settings(max_examples=60, deadline=None)
def test_a_way_begins_and_ends_where_it_should_and_stays_finite(start, end, n, method) -> None:
    way = path_between(start, end, n, method)
    assert way.shape == (n, 5)
    assert np.isfinite(way).all()
    np.testing.assert_array_equal(way[0], start.astype(np.float32))
    np.testing.assert_array_equal(way[-1], end.astype(np.float32))
    lengths = np.linalg.norm(way, axis=1)
    assert (lengths <= max(np.linalg.norm(start), np.linalg.norm(end)) * (1 + 1e-4) + 1e-4).all()


def test_a_spherical_way_turns_and_grows_evenly() -> None:
    rng = np.random.default_rng(0)
    start, end = rng.standard_normal((2, 12))
    end *= 3
    way = path_between(start, end, 8).astype(np.float64)
    lengths = np.linalg.norm(way, axis=1)
    np.testing.assert_allclose(np.diff(lengths), np.diff(lengths)[0], rtol=1e-4)
    units = way / lengths[:, None]
    angles = np.arccos((units[1:] * units[:-1]).sum(axis=1))
    np.testing.assert_allclose(angles, angles[0], rtol=1e-3)
    plane = np.linalg.svd(way)[1]
    np.testing.assert_allclose(plane[2:], 0.0, atol=1e-5)  # it stays in the plane of both ends


def test_where_there_is_no_circle_the_way_is_straight() -> None:
    start = np.array([1.0, 2.0, 0.0])
    for end in (2 * start, -start, 0 * start):
        straight = path_between(start, end, 5, "linear")
        np.testing.assert_allclose(path_between(start, end, 5), straight, atol=1e-6)
    np.testing.assert_allclose(straight[1], [0.75, 1.5, 0.0])
    with pytest.raises(GenerationError, match="method = 'curved': must be spherical or linear"):
        path_between(start, start, 3, "curved")  # type: ignore[arg-type]


def test_the_table_says_what_was_met(generator: Generator, chains: list[str]) -> None:
    walk = generator.interpolate(chains[0], chains[1], 7, properties=["logp"], attempts=9)
    table = walk.table
    assert table["step"].tolist() == list(range(7))
    assert walk.smiles[0] == walk.facts["a"]
    assert walk.smiles[-1] == walk.facts["b"]
    smiles = walk.smiles
    expected = tanimoto_pairs([None, *smiles[:-1]], smiles)
    np.testing.assert_allclose(table["to_previous"], expected)
    np.testing.assert_allclose(table["to_b"], tanimoto_pairs([smiles[-1]] * 7, smiles))
    assert walk.facts["neighbor_tanimoto"] == pytest.approx(np.nanmean(expected))
    assert table["reproduced"].isna().tolist() == [False, *[True] * 5, False]
    assert table["valid"].between(0, 1).all()
    assert (table["agreement"] <= table["valid"]).all()
    assert walk.facts["attempts"] == 10
    mol = parse(str(smiles[-1]))
    assert mol is not None
    assert table["logp"].iloc[-1] == pytest.approx(compute(mol, ["logp"])["logp"])
    assert {"novel"} <= set(table.columns)


def test_a_model_that_learned_its_molecules_reproduces_them(
    generator: Generator, chains: list[str]
) -> None:
    walks = [
        generator.interpolate(chains[row], chains[row + 1], 4, attempts=5)
        for row in range(0, 16, 2)
    ]
    assert sum(walk.facts["ends_reproduced"] for walk in walks) >= 12
    between = [walk.facts["neighbor_tanimoto"] for walk in walks]
    assert np.mean(between) > np.mean([walk.facts["end_tanimoto"] for walk in walks])
    first = walks[0]
    assert first.table["reproduced"].iloc[0] == first.facts["a_reproduced"]
    assert ("A reproduced" in first.summary) == first.facts["a_reproduced"]


def test_the_same_seed_walks_the_same_way(generator: Generator) -> None:
    first, again, other = (
        generator.interpolate("CCCO", "CNCCC", 6, seed=seed, temperature=1.0) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first.table, again.table)
    assert not first.table["agreement"].equals(other.table["agreement"])


def test_what_cannot_be_walked_is_refused(generator: Generator) -> None:
    for n in (-1, 0, 1):
        with pytest.raises(GenerationError, match=f"n = {n}: an interpolation has both ends"):
            generator.interpolate("CCO", "CCN", n)
    with pytest.raises(MoleculeError, match=r"^B, 'CCQ', cannot be encoded"):
        generator.interpolate("CCO", "CCQ")
    with pytest.raises(ConfigError, match="cleverness"):
        generator.interpolate("CCO", "CCN", properties=["cleverness"])
    with pytest.raises(GenerationError, match="trained without conditions"):
        generator.interpolate("CCO", "CCN", conditions={"logp": 1.0})


def test_conditions_go_from_those_of_one_end_to_those_of_the_other(
    conditional: Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[pd.DataFrame] = []
    decode = conditional.decode

    def listen(z, n=1, *, conditions, **rest):
        told.append(conditions.assign(points=len(z)))
        return decode(z, n, conditions=conditions, **rest)

    monkeypatch.setattr(conditional, "decode", listen)
    conditional.interpolate("CCO", "CCCCCCO", 5, attempts=2)
    np.testing.assert_allclose(told[-1]["heavy_atoms"], [4.0, 5.0, 6.0])
    assert told[-1]["last"].isna().all()
    conditional.interpolate("CCO", "CCCCCCO", 5, attempts=2, conditions={"last": "nitrogen"})
    assert (told[-1]["last"] == "nitrogen").all()
    np.testing.assert_allclose(told[-1]["heavy_atoms"], [4.0, 5.0, 6.0])


def test_two_steps_are_the_ends(generator: Generator) -> None:
    walk = generator.interpolate("CCCO", "CNCC", 2, attempts=2)
    assert walk.smiles == ["CCCO", "CCNC"]
    assert walk.table["reproduced"].notna().all()


def test_a_walk_can_be_drawn_and_written(generator: Generator, tmp_path: Path) -> None:
    walk = generator.interpolate("CCCO", "CNCC", 4, attempts=3)
    walk.picture(tmp_path / "way.svg", properties=["logp"])
    assert (tmp_path / "way.svg").read_text().lstrip().startswith("<")
    walk.save(tmp_path / "way.csv")
    written = pd.read_csv(tmp_path / "way.csv")
    assert written["smiles"].tolist() == walk.table["smiles"].tolist()
