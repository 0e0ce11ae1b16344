"""A latent from which the model writes a given molecule, so that a walk can begin with it.

The posterior mean is the natural place. Where the model writes another molecule there, its
posterior still covers the molecule: nearer or farther draws from it often give it back.
"""

from typing import NamedTuple

import numpy as np

from molvae.generation.walks.attempts import Attempts, Vote, count_votes, vote
from molvae.generation.walks.ends import End
from molvae.generation.walks.terms import Terms, repeated

DRAWS = 100
"""Draws from the posterior among which a home is sought."""
CANDIDATES = 10
"""Of those that give the molecule back greedily, how many are decoded several times."""


class Home(NamedTuple):
    """Where a molecule is walked from."""

    end: End
    z: np.ndarray
    """(Z,), float32: the posterior mean, or the draw that gives the molecule back best."""
    vote: Vote
    at_mean: bool

    @property
    def reproduced(self) -> bool:
        """Whether most attempts here agree on the molecule."""
        return self.vote.smiles == self.end.smiles

    @property
    def told(self) -> str:
        """In words, such as "A reproduced (18 of 21 attempts)"."""
        share = f"{self.vote.counts[self.end.smiles]} of {self.vote.attempts} attempts"
        if self.reproduced:
            where = "" if self.at_mean else ", at a draw from its posterior"
            return f"{self.end.name} reproduced ({share}{where})"
        written = self.vote.smiles or "no molecule"
        return f"{self.end.name} not reproduced ({share}; most wrote {written})"


def find_home(terms: Terms, end: End, attempts: Attempts, *, draws: int = DRAWS) -> Home:
    """The posterior mean of `end`, or where it is not written there, a draw where it is.

    `draws` latents are drawn from the posterior, shrunk towards the mean by a random
    factor, and decoded greedily; of the ten nearest that give the molecule back, the one with
    most agreement is taken. Without any that has a majority, the mean stays.
    """
    (at_mean,) = vote(terms, end.mu[None], end.own, attempts)
    mean = Home(end, end.mu, at_mean, True)
    if mean.reproduced or draws == 0:
        return mean
    rng = np.random.default_rng(attempts.seed)
    shrunk = rng.uniform(0.0, 1.0, (draws, 1)) * rng.standard_normal((draws, len(end.mu)))
    z = (end.mu + end.std * shrunk).astype(np.float32)
    written = terms.decode(z, repeated(end.own, draws), seed=attempts.seed, method="greedy")
    hits = [row for row, one in enumerate(count_votes(written)) if one.smiles == end.smiles]
    near = sorted(hits, key=lambda row: float(np.square(shrunk[row]).sum()))[:CANDIDATES]
    if not near:
        return mean
    votes = vote(terms, z[near], repeated(end.own, len(near)), attempts)
    homes = [Home(end, z[row], one, False) for row, one in zip(near, votes, strict=True)]
    best = max(homes, key=lambda home: home.vote.share(end.smiles))
    return best if best.reproduced else mean
