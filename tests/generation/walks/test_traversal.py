"""Each dimension is walked along alone, through the right middle."""

from pathlib import Path

import numpy as np
import pytest

from molvae.errors import GenerationError
from molvae.generation import Generator
from molvae.generation.sieve import check

A = "CCNCCOC"


def test_points_lie_where_the_table_says(generator: Generator) -> None:
    walk = generator.traverse(A, [3, 0], span=2.0, steps=5, attempts=0)
    table = walk.table
    assert table["dimension"].tolist() == [3] * 5 + [0] * 5
    np.testing.assert_allclose(table["offset"], np.tile([-2, -1, 0, 1, 2], 2))
    middle = table["z"][table["offset"] == 0].to_numpy()
    np.testing.assert_allclose(table["z"] - np.repeat(middle, 5), table["offset"], atol=1e-5)
    centers = table["smiles"][table["offset"] == 0]
    assert centers.tolist() == [walk.facts["center_written"]] * 2
    if walk.facts["a_reproduced"]:
        assert centers.tolist() == [A, A]


def test_the_walk_is_what_the_model_writes_there(generator: Generator) -> None:
    walk = generator.traverse(dimensions=[1], span=2.0, steps=5, attempts=0)
    z = np.zeros((5, generator.latent_size), np.float32)
    z[:, 1] = [-2, -1, 0, 1, 2]
    written = [text for (text,) in generator.decode(z)]
    assert check(written) == walk.smiles


def test_without_names_the_dimensions_that_say_most_are_taken(generator: Generator) -> None:
    walk = generator.traverse(A, count=4, steps=2, attempts=0)
    latents = generator.latents([A])
    mu, std = latents.z[0].astype(float), latents.std[0].astype(float)
    kl = 0.5 * (mu**2 + std**2 - 1 - 2 * np.log(std))
    assert walk.facts["dimensions"] == np.argsort(-kl)[:4].tolist()
    assert len(walk) == 8


def test_around_the_origin_the_span_is_wider(generator: Generator) -> None:
    around = generator.traverse(None, count=2, steps=3, attempts=2)
    assert around.table["offset"].max() == 3.0
    assert generator.traverse(A, count=1, steps=2, attempts=0).table["offset"].max() == 1.5
    assert around.facts["center"] == around.facts["center_written"]
    assert "center: the origin, which the model writes as" in around.summary


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dimensions": [99]}, "dimension 99: this model has 16, from 0 to 15"),
        ({"dimensions": [-1]}, "dimension -1: this model has 16"),
        ({"dimensions": [1, 1]}, "one is named twice"),
        ({"dimensions": []}, "no dimensions are named"),
        ({"steps": 1}, "steps = 1: must be 2 or more"),
        ({"span": 0.0}, "span = 0.0: must be above 0"),
        ({"count": 0}, "count = 0: must be 1 or more"),
    ],
)
def test_what_makes_no_walk_is_one_line(
    generator: Generator, arguments: dict, message: str
) -> None:
    with pytest.raises(GenerationError, match=message):
        generator.traverse(A, **arguments)


def test_a_traversal_can_be_drawn(generator: Generator, tmp_path: Path) -> None:
    walk = generator.traverse(A, [0, 5], steps=3, attempts=2)
    walk.picture(tmp_path / "dimensions.svg", properties=["logp"])
    assert (tmp_path / "dimensions.svg").read_text().lstrip().startswith("<")
