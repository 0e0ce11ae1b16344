"""The majority is kept, whoever writes it how, and ties are settled the same way each time."""

import numpy as np
import pandas as pd
import pytest

from molvae.errors import GenerationError
from molvae.generation.walks.attempts import Attempts, count_votes, vote


def test_the_molecule_written_most_often_wins_in_whatever_form() -> None:
    (found,) = count_votes([["CCN", "OCC", "CCO", "C(O)C", "C1CC"]])
    assert found.smiles == "CCO"
    assert found.counts == {"CCN": 1, "CCO": 3}
    assert found.valid == pytest.approx(4 / 5)
    assert found.share("CCO") == pytest.approx(3 / 5)
    assert found.share("CCC") == found.share(None) == 0.0


@pytest.mark.parametrize(
    ("written", "winner"),
    [
        (["CCN", "CCO", "CCO", "CCN"], "CCN"),  # the greedy attempt comes first
        (["C1CC", "CCO", "CCN"], "CCO"),  # a greedy one that is no molecule has no say
        (["C1CC", "C(", ""], None),
    ],
)
def test_ties_go_to_the_greedy_one_then_to_the_first(
    written: list[str], winner: str | None
) -> None:
    assert count_votes([written])[0].smiles == winner


def test_all_attempts_are_counted_and_a_point_met_twice_is_decoded_once(puppet) -> None:
    terms, codec = puppet(lambda point, number: "C" * int(point[0]) + "O" * (number % 2))
    z = np.array([[1, 0, 0, 0], [2, 0, 0, 0], [1, 0, 0, 0]], np.float32)
    votes = vote(terms, z, pd.DataFrame(index=range(3)), Attempts(draws=4))
    assert [len(batch) for batch in codec.batches] == [2, 2]
    assert [one.smiles for one in votes] == ["CO", "CCO", "CO"]
    assert [one.attempts for one in votes] == [5, 5, 5]
    assert votes[0].counts == {"CO": 3, "C": 2}


def test_the_same_point_under_other_conditions_is_another(puppet) -> None:
    terms, codec = puppet(lambda point, number: "C")
    own = pd.DataFrame({"logp": [1.0, 2.0, np.nan, np.nan]})
    vote(terms, np.ones((4, 4), np.float32), own, Attempts(draws=0))
    assert [len(batch) for batch in codec.batches] == [3]


def test_greedy_alone_is_one_attempt(puppet) -> None:
    terms, _ = puppet(lambda point, number: "C" if number == -1 else "O")
    (found,) = vote(terms, np.ones((1, 4)), pd.DataFrame(index=[0]), Attempts(draws=0))
    assert (found.smiles, found.attempts) == ("C", 1)
    with pytest.raises(GenerationError, match="attempts = -1"):
        Attempts(draws=-1)
