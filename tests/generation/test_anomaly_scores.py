"""Scores against their definitions on made-up measures."""

import numpy as np
import pytest

from molvae.errors import GenerationError
from molvae.generation.anomaly_scores import SCORES, Scorer, known_score
from molvae.generation.surprise import Surprises


def made_up(count: int, seed: int, scale: float = 1.0) -> Surprises:
    rng = np.random.default_rng(seed)
    return Surprises(*(np.exp(rng.normal(size=(5, count))) * scale))


def test_each_score_by_its_definition() -> None:
    found = made_up(20, 0)
    scores = Scorer(made_up(500, 1)).scores(found)
    assert tuple(scores) == SCORES
    assert scores["reconstruction_per_token"] == pytest.approx(found.reconstruction / found.tokens)
    assert scores["negative_elbo_per_token"] == pytest.approx(found.negative_elbo / found.tokens)
    for name in ("reconstruction", "worst_token", "kl", "negative_elbo"):
        assert scores[name] == pytest.approx(getattr(found, name))


def test_combined_is_a_mahalanobis_distance_in_both_directions() -> None:
    reference = made_up(5_000, 1)
    scorer = Scorer(reference)
    assert scorer.reference["combined"].mean() == pytest.approx(4.0, rel=1e-3)  # trace of I_4
    away = [Scorer(reference).scores(made_up(500, 2, scale))["combined"].mean()
            for scale in (0.02, 1.0, 50.0)]  # fmt: skip
    assert away[0] > 1.5 * away[1]
    assert away[2] > 1.5 * away[1]


def test_a_reference_of_one_molecule() -> None:
    scorer = Scorer(made_up(1, 0))
    assert scorer.reference["combined"] == pytest.approx([0.0])
    assert np.isfinite(scorer.scores(made_up(3, 1))["combined"]).all()


def test_unknown_scores() -> None:
    assert known_score("combined") == "combined"
    with pytest.raises(GenerationError, match="did you mean 'combined'"):
        known_score("combine")
    with pytest.raises(GenerationError, match="known are reconstruction_per_token"):
        known_score("zzz")
