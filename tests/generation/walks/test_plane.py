"""A grid is two traversals at once, right way up."""

from pathlib import Path

import numpy as np
import pytest

from molvae.errors import GenerationError
from molvae.generation import Generator
from molvae.generation.walks.directions import principal_directions, survey

A = "CCNCCOC"


def test_the_middle_row_and_column_are_traversals(generator: Generator) -> None:
    square = generator.grid(A, (2, 7), 5, 2.0, attempts=0).table
    for dimension, along, across in ((2, "x", "y"), (7, "y", "x")):
        line = square[square[across] == 0].sort_values(along)
        walk = generator.traverse(A, [dimension], 2.0, 5, attempts=0)
        assert line["smiles"].tolist() == walk.table["smiles"].tolist()


def test_rows_run_down_and_columns_to_the_right(generator: Generator) -> None:
    table = generator.grid(None, (0, 1), 3, attempts=0).table
    assert table["row"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert table["x"].tolist() == [-3, 0, 3] * 3
    assert table["y"].tolist() == [3] * 3 + [0] * 3 + [-3] * 3


def test_principal_directions_are_those_of_the_largest_variance() -> None:
    rng = np.random.default_rng(0)
    mu = rng.standard_normal((500, 4)) * [0.1, 3.0, 1.0, 0.2] + 5
    first, second = principal_directions(mu)
    values, vectors = np.linalg.eigh(np.cov(mu.T))
    for found, place in ((first, -1), (second, -2)):
        np.testing.assert_allclose(abs(found.vector @ vectors[:, place]), 1.0)
        assert found.vector[np.abs(found.vector).argmax()] > 0
    assert f"({values[-1] / values.sum():.0%})" in first.name


def test_a_model_surveys_its_own_molecules(generator: Generator) -> None:
    found = survey(generator, seed=1, count=200)
    assert found.mu.shape == found.std.shape
    assert 2 <= len(found.mu) <= 200
    again = survey(generator, seed=1, count=200)
    np.testing.assert_array_equal(found.mu, again.mu)
    walk = generator.grid(A, size=3, attempts=0)
    assert walk.facts["across"].startswith("principal direction 1")


@pytest.mark.parametrize(
    ("directions", "message"),
    [
        ((0, 99), "dimension 99: this model has 16"),
        ((1, 1), "named twice"),
        ((1, 2, 3), "must be 'principal' or two dimensions"),
        ("vertical", "must be 'principal' or two dimensions"),
    ],
)
def test_directions_that_are_none_are_refused(
    generator: Generator, directions: object, message: str
) -> None:
    with pytest.raises(GenerationError, match=message):
        generator.grid(A, directions)  # type: ignore[arg-type]


def test_a_map_can_be_drawn(generator: Generator, tmp_path: Path) -> None:
    walk = generator.grid(A, (0, 1), 3, attempts=2)
    for properties in ([], ["logp"]):
        walk.picture(tmp_path / "map.png", properties=properties)
        assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
