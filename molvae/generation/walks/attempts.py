"""What a point of the latent space stands for: several decodings, and the molecule most agree on.

One latent gives many strings. A single decoding says little: the greedy one may be no molecule
where most draws are, and one draw is chance. So a walk decodes each point greedily and
several times at a modest temperature, and keeps the molecule that came up most often.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from molvae.errors import GenerationError
from molvae.generation.sieve import check
from molvae.generation.walks.terms import Terms

ATTEMPTS = 20
TEMPERATURE = 0.5


@dataclass(frozen=True)
class Attempts:
    """How each point is decoded: once greedily, and `draws` times at `temperature`."""

    draws: int = ATTEMPTS
    temperature: float = TEMPERATURE
    seed: int = 0

    def __post_init__(self) -> None:
        if self.draws < 0:
            raise GenerationError(f"attempts = {self.draws}: must be 0 (greedy alone) or more")


class Vote(NamedTuple):
    """What the attempts at one point wrote."""

    counts: Counter[str]
    """How often each canonical SMILES came up; strings that are no molecule are not in it."""
    attempts: int

    @property
    def smiles(self) -> str | None:
        """The molecule that came up most often; the greedy one, then the first drawn, of equals."""
        return max(self.counts, key=self.counts.__getitem__, default=None)

    @property
    def valid(self) -> float:
        """Share of the attempts that are molecules."""
        return self.counts.total() / self.attempts

    def share(self, smiles: str | None) -> float:
        """Share of the attempts that wrote `smiles`."""
        return self.counts[smiles] / self.attempts if smiles is not None else 0.0


def vote(terms: Terms, z: np.ndarray, own: pd.DataFrame, attempts: Attempts) -> list[Vote]:
    """The votes at each point of `z` (N, Z), all attempts decoded in one batch.

    The same point with the same `own` conditions is decoded once, and has one vote.
    """
    places = _distinct(z, own)
    rows = list(dict.fromkeys(places))
    points, told = z[rows], own.iloc[rows]
    written = terms.decode(points, told, seed=attempts.seed, method="greedy")
    if attempts.draws:
        drawn = terms.decode(
            points, told, attempts.draws, seed=attempts.seed, temperature=attempts.temperature
        )
        written = [[*first, *more] for first, more in zip(written, drawn, strict=True)]
    votes = dict(zip(rows, count_votes(written), strict=True))
    return [votes[place] for place in places]


def count_votes(written: Sequence[Sequence[str]]) -> list[Vote]:
    """The vote of each list of raw strings, the greedy one first; reads each string once."""
    distinct = list(dict.fromkeys(text for texts in written for text in texts))
    canonical = dict(zip(distinct, check(distinct), strict=True))
    found = [[canonical[text] for text in texts] for texts in written]
    # A Counter keeps the order of arrival, so that `max` gives the greedy one of equals.
    return [Vote(Counter(one for one in row if one is not None), len(row)) for row in found]


def _distinct(z: np.ndarray, own: pd.DataFrame) -> list[int]:
    """For each row the first that is the same."""
    first: dict[bytes, int] = {}
    both = np.concatenate([z, own.to_numpy(np.float64, na_value=np.nan)], axis=1)
    return [first.setdefault(point.tobytes(), row) for row, point in enumerate(both)]
