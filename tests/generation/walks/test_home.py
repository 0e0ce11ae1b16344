"""A walk begins where the model writes the molecule, if there is such a place."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from molvae.generation import Generator
from molvae.generation.walks.attempts import Attempts, vote
from molvae.generation.walks.ends import End, read_ends
from molvae.generation.walks.home import DRAWS, find_home
from molvae.generation.walks.terms import Terms


@pytest.fixture
def end() -> End:
    zeros, ones = np.zeros(4, np.float32), np.ones(4, np.float32)
    return End("A", "CCO", zeros, ones, pd.DataFrame(index=[0]), None)


def test_the_mean_is_home_where_the_molecule_is_written_there(puppet: Callable, end: End) -> None:
    terms, codec = puppet(lambda point, number: "OCC")
    home = find_home(terms, end, Attempts(draws=3))
    assert home.at_mean
    assert home.told == "A reproduced (4 of 4 attempts)"
    assert sum(map(len, codec.batches)) == 2  # the mean, greedily and sampled


def test_otherwise_it_is_the_draw_that_gives_it_back_best(puppet: Callable, end: End) -> None:
    def write(point: np.ndarray, number: int) -> str:
        """Greedily right where the first value is above 0.3, always right above 0.6."""
        return "CCO" if point[0] > 0.6 or (point[0] > 0.3 and number == -1) else "CCN"

    terms, codec = puppet(write)
    home = find_home(terms, end, Attempts(draws=3))
    assert home.reproduced
    assert not home.at_mean
    assert home.z[0] > 0.6
    assert home.vote.share("CCO") == 1.0
    assert [len(batch) for batch in codec.batches][:3] == [1, 1, DRAWS]


def test_without_such_a_draw_the_mean_stays(puppet: Callable, end: End) -> None:
    greedy_only = puppet(lambda point, number: "CCO" if number == -1 and point.any() else "CCN")[0]
    never = puppet(lambda point, number: "CCN")[0]
    for terms in (greedy_only, never):
        home = find_home(terms, end, Attempts(draws=3))
        assert home.at_mean
        assert home.told == "A not reproduced (0 of 4 attempts; most wrote CCN)"
        np.testing.assert_array_equal(home.z, end.mu)
    nothing = puppet(lambda point, number: "C1CC")[0]
    assert "most wrote no molecule" in find_home(nothing, end, Attempts(draws=0)).told


def test_a_trained_model_finds_more_homes_than_means(
    generator: Generator, chains: list[str]
) -> None:
    ends = read_ends(generator, {f"molecule {row}": chains[row] for row in range(30)})
    terms, attempts = Terms(generator), Attempts(draws=5)
    homes = [find_home(terms, end, attempts) for end in ends]
    at_mean = [find_home(terms, end, attempts, draws=0).reproduced for end in ends]
    found = [home.reproduced for home in homes]
    assert sum(found) >= 24
    assert all(second for first, second in zip(at_mean, found, strict=True) if first)
    for home in homes:
        (again,) = vote(terms, home.z[None], home.end.own, attempts)
        assert (again.counts[home.end.smiles] > 0) or not home.reproduced
