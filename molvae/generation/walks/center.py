"""Where a walk along directions has its middle: a molecule, or the middle of the prior."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from molvae.generation.prior_draws import PriorMoments, prior_moments
from molvae.generation.walks.attempts import Attempts, Vote, vote
from molvae.generation.walks.ends import End, read_ends
from molvae.generation.walks.home import find_home
from molvae.generation.walks.terms import Terms, repeated

SPAN, SPAN_AROUND_MOLECULE = 3.0, 1.5
"""Standard deviations of the prior: its middle's surroundings are wide, a molecule's are not."""


class Center(NamedTuple):
    """A latent to walk around; without a molecule, the mean of the prior: of N(0, I) the origin."""

    z: np.ndarray
    """(Z,), float32."""
    own: pd.DataFrame
    """Condition values (1, C) kept on the walk."""
    vote: Vote
    end: End | None
    told: str
    """What is there, for a person."""
    prior: PriorMoments
    """What offsets are measured by."""

    @property
    def smiles(self) -> str | None:
        """What others are compared with: the given molecule, else the one written here."""
        return self.vote.smiles if self.end is None else self.end.smiles

    def span(self, given: float | None) -> float:
        """How far to walk: what is `given`, else less around a molecule than elsewhere."""
        return given if given is not None else SPAN if self.end is None else SPAN_AROUND_MOLECULE

    def votes(self, terms: Terms, z: np.ndarray, attempts: Attempts) -> list[Vote]:
        """The votes at each point of `z` (N, Z), the center's own where that is the center."""
        away = np.flatnonzero((z != self.z).any(axis=1))
        found = vote(terms, z[away], repeated(self.own, len(away)), attempts)
        there = dict(zip(away.tolist(), found, strict=True))
        return [there.get(row, self.vote) for row in range(len(z))]

    def facts(self) -> dict[str, object]:
        """What is written at the center, and whether that is the given molecule."""
        facts: dict[str, object] = {"center": self.smiles, "center_written": self.vote.smiles}
        if self.end is not None:
            facts["a_reproduced"] = self.vote.smiles == self.end.smiles
            facts["a_share"] = self.vote.share(self.end.smiles)
        return facts

    def lines(self) -> list[str]:
        """The same for a person."""
        note = self.end.note if self.end else None
        return [f"center: {self.told}", *([note] if note else [])]


def read_center(terms: Terms, a: str | None, attempts: Attempts) -> Center:
    """The home of `a` (see `find_home`), or the prior's mean for None; raises `MoleculeError`."""
    codec, prior = terms.codec, prior_moments(terms.codec)
    if a is None:
        z, own = prior.mean.astype(np.float32), codec.conditions_of([""])
        (found,) = vote(terms, z[None], own, attempts)
        place = "origin" if codec.saved.model.prior.is_standard else "mean of the prior"
        told = f"the {place}, which the model writes as {found.smiles or 'no molecule'}"
        return Center(z, own, found, None, told, prior)
    (end,) = read_ends(codec, {"A": a})
    home = find_home(terms, end, attempts)
    return Center(home.z, end.own, home.vote, end, home.told, prior)
