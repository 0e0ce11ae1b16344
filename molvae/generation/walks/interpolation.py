"""From one molecule to another: the molecules on the way between their latents."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.errors import GenerationError
from molvae.generation.codec import Codec
from molvae.generation.conditions import Conditions
from molvae.generation.walks.attempts import ATTEMPTS, TEMPERATURE, Attempts, Vote, vote
from molvae.generation.walks.drawing import draw_path
from molvae.generation.walks.ends import End, read_ends
from molvae.generation.walks.home import Home, find_home
from molvae.generation.walks.similar import Fingerprints, mean_known
from molvae.generation.walks.terms import Terms
from molvae.generation.walks.walk import Walk, check_properties, described

Path = Literal["spherical", "linear"]
Floats = npt.NDArray[np.float64]

_PARALLEL = 1e-6
"""Sine of the angle between two latents below which there is no circle through them."""


def interpolate(
    codec: Codec,
    a: str,
    b: str,
    n: int = 10,
    *,
    method: Path = "spherical",
    attempts: int = ATTEMPTS,
    temperature: float = TEMPERATURE,
    conditions: Conditions | None = None,
    guidance: float = 1.0,
    constrained: bool = False,
    properties: Sequence[str] = (),
    seed: int = 0,
) -> Walk:
    """`n` molecules from `a` to `b`, both included, evenly along the way between their latents.

    Each point is decoded greedily and `attempts` times at `temperature`, and the molecule most
    attempts agree on is kept. The way leads from posterior mean to posterior mean; where the
    model does not write the molecule at its mean, from the draw of its posterior that gives
    it back best (see `find_home`). A conditional model is told the properties of `a` first and
    those of `b` last, evenly between, or the `conditions` given.

    Columns: `step` from 0, `smiles` (`a` and `b` themselves at the ends; missing where no
    attempt is a molecule), `valid` (share of the attempts that are molecules), `agreement`
    (share that wrote this one), `to_previous`, `to_a` and `to_b` (Tanimoto, Morgan radius 2,
    2,048 bits), `reproduced` (at the ends: whether most attempts agree on the given molecule),
    `novel` where known, and `properties`. Raises `MoleculeError` that names the end which
    cannot be encoded and `GenerationError` for fewer than two steps.
    """
    if n < 2:
        raise GenerationError(f"n = {n}: an interpolation has both ends, so give 2 or more")
    check_properties(properties)
    terms = Terms(codec, conditions, guidance, constrained)
    tried = Attempts(attempts, temperature, seed)
    first, last = (find_home(terms, end, tried) for end in read_ends(codec, {"A": a, "B": b}))
    z = path_between(first.z, last.z, n, method)
    between = vote(terms, z[1:-1], _told_between(first.end, last.end, n)[1:-1], tried)
    found = _Found(first, between, last)
    table = described(found.table(), codec, properties)
    facts = {"method": method, "steps": n, **found.facts(), "attempts": attempts + 1}
    facts |= {"temperature": temperature, "seed": seed}
    return Walk(table, facts=facts, summary="\n".join(found.lines(method)), draw=draw_path)


def path_between(
    start: np.ndarray, end: np.ndarray, n: int, method: Path = "spherical"
) -> npt.NDArray[np.float32]:
    """`n` latents (n, Z) from `start` (Z,) to `end`, both included.

    "spherical" turns the direction at an even pace (slerp, White 2016) while the norm
    changes evenly, for posterior means are not all equally far out; it is a straight line
    where no or every circle leads from one to the other. Raises `GenerationError` for another
    method.
    """
    if method not in get_args(Path):
        raise GenerationError(f"method = {method!r}: must be {' or '.join(get_args(Path))}")
    share = np.linspace(0.0, 1.0, n)[:, None]
    first, last = np.asarray(start, np.float64), np.asarray(end, np.float64)
    if method == "linear":
        points = (1 - share) * first + share * last
    else:
        points = _slerp(first, last, share)
    points[0], points[-1] = first, last  # exactly, whatever rounding does to a sine
    return points.astype(np.float32)


def _slerp(first: Floats, last: Floats, share: Floats) -> Floats:
    norms = np.linalg.norm(first), np.linalg.norm(last)
    straight: Floats = (1 - share) * first + share * last
    if min(norms) == 0.0:
        return straight
    directions = first / norms[0], last / norms[1]
    angle = np.arccos(np.clip(directions[0] @ directions[1], -1.0, 1.0))
    if np.sin(angle) < _PARALLEL:
        return straight
    turned = np.sin((1 - share) * angle) * directions[0] + np.sin(share * angle) * directions[1]
    norm = (1 - share) * norms[0] + share * norms[1]
    return np.asarray(norm * turned / np.sin(angle))


def _told_between(first: End, last: End, n: int) -> pd.DataFrame:
    """Condition values (n, C) from one molecule's to the other's, evenly."""
    share = np.linspace(0.0, 1.0, n)[:, None]
    ends = [end.own.to_numpy(np.float64, na_value=np.nan) for end in (first, last)]
    return pd.DataFrame((1 - share) * ends[0] + share * ends[1], columns=first.own.columns)


class _Found(NamedTuple):
    """The ends of a way, and the votes between them."""

    first: Home
    between: list[Vote]
    last: Home

    @property
    def votes(self) -> list[Vote]:
        return [self.first.vote, *self.between, self.last.vote]

    @property
    def smiles(self) -> list[str | None]:
        return [self.first.end.smiles, *(one.smiles for one in self.between), self.last.end.smiles]

    def table(self) -> pd.DataFrame:
        prints, smiles = Fingerprints(), self.smiles
        return pd.DataFrame(
            {
                "step": np.arange(len(smiles)),
                "smiles": pd.Series(smiles, dtype="str"),
                "valid": [one.valid for one in self.votes],
                "agreement": [
                    one.share(text) for one, text in zip(self.votes, smiles, strict=True)
                ],
                "to_previous": prints.to_previous(smiles),
                "to_a": prints.to(smiles[0], smiles),
                "to_b": prints.to(smiles[-1], smiles),
                "reproduced": pd.array(
                    [self.first.reproduced, *[pd.NA] * len(self.between), self.last.reproduced],
                    dtype="boolean",
                ),
            }
        )

    def facts(self) -> dict[str, Any]:
        smiles, prints = self.smiles, Fingerprints()
        return {
            "a": self.first.end.smiles,
            "b": self.last.end.smiles,
            "valid_steps": sum(one.smiles is not None for one in self.votes),
            "valid_attempts": float(np.mean([one.valid for one in self.votes])),
            "distinct": len({one for one in smiles if one is not None}),
            "neighbor_tanimoto": mean_known(prints.to_previous(smiles)),
            "end_tanimoto": float(prints.to(smiles[0], [smiles[-1]])[0]),
            "ends_reproduced": self.first.reproduced + self.last.reproduced,
            "a_reproduced": self.first.reproduced,
            "b_reproduced": self.last.reproduced,
            "a_at_mean": self.first.at_mean,
            "b_at_mean": self.last.at_mean,
        }

    def lines(self, method: str) -> list[str]:
        facts = self.facts()
        notes = [home.end.note for home in (self.first, self.last) if home.end.note]
        return [
            f"{len(self.votes)} steps, {method}: {facts['valid_steps']} valid "
            f"({facts['valid_attempts']:.0%} of the attempts), {facts['distinct']} distinct",
            f"Tanimoto between neighboring steps {facts['neighbor_tanimoto']:.2f} on average; "
            f"between A and B {facts['end_tanimoto']:.2f}",
            f"ends: {self.first.told}; {self.last.told}",
            *notes,
        ]
