"""What makes a molecule an anomaly: scores from the measures of `surprise`, higher is odder.

The default, the reconstruction error a token, was chosen on one half of QM9, MOSES test and
filtered ZINC250k molecules; `docs/benchmarks/anomaly.json` has all scores on the other half.
"""

import difflib
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from molvae.errors import GenerationError
from molvae.generation.surprise import Surprises

Floats = npt.NDArray[np.float64]
ScoreName = Literal[
    "reconstruction_per_token",
    "reconstruction",
    "worst_token",
    "kl",
    "negative_elbo",
    "negative_elbo_per_token",
    "combined",
]
SCORES: tuple[ScoreName, ...] = get_args(ScoreName)
DEFAULT_SCORE: ScoreName = "reconstruction_per_token"

_PLAIN: dict[str, Callable[[Surprises], Floats]] = {
    "reconstruction_per_token": lambda found: found.reconstruction / found.tokens,
    "reconstruction": lambda found: found.reconstruction,
    "worst_token": lambda found: found.worst_token,
    "kl": lambda found: found.kl,
    "negative_elbo": lambda found: found.negative_elbo,
    "negative_elbo_per_token": lambda found: found.negative_elbo / found.tokens,
}
_TINY = 1e-6
"""Added to variances, which are of logarithms: what never varies is not divided by."""


class Scorer:
    """All scores of molecules, with reference molecules to say what is typical.

    "combined" asks how typical the measures are together, in both directions: the squared
    Mahalanobis distance of the logarithms of reconstruction error, worst token, KL and
    number of tokens to those of the reference (density of states with a Gaussian,
    Morningstar et al. 2021). The others are the measures themselves, in nats.
    """

    def __init__(self, reference: Surprises) -> None:
        """`reference` holds at least one molecule."""
        features = _features(reference)
        self._center = features.mean(axis=0)
        spread = features - self._center
        covariance = spread.T @ spread / len(features)
        self._precision = np.linalg.inv(covariance + _TINY * np.eye(len(covariance)))
        self.reference = self.scores(reference)
        """The scores of the reference molecules themselves."""

    def scores(self, found: Surprises) -> dict[str, Floats]:
        """Each of `SCORES` for N molecules, (N,)."""
        away = _features(found) - self._center
        combined = np.einsum("nd,de,ne->n", away, self._precision, away)
        return {**{name: score(found) for name, score in _PLAIN.items()}, "combined": combined}


def known_score(name: str) -> ScoreName:
    """`name`, which is one of `SCORES`; raises `GenerationError`, with a near name, if not."""
    for score in SCORES:
        if name == score:
            return score
    close = difflib.get_close_matches(name, SCORES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(SCORES)}"
    raise GenerationError(f"unknown score {name!r}; {hint}")


def _features(found: Surprises) -> Floats:
    """What "combined" looks at, (N, 4)."""
    kl = np.maximum(found.kl, 0.0)  # an estimate by draws can fall below
    parts = (found.reconstruction, found.worst_token, kl, found.tokens)
    return np.asarray(np.log1p(np.stack(parts, axis=1)))
