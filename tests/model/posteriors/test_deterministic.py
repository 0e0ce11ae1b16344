"""A point has no spread and no density."""

import torch

from molvae.config import PosteriorConfig
from molvae.model.posteriors import Point, build_posterior


def test_draws_are_the_point_and_cost_nothing() -> None:
    found = build_posterior(3, 4, PosteriorConfig(kind="deterministic"))(torch.randn(5, 3))
    assert isinstance(found, Point)
    assert found.is_point
    draw = found.draw()
    assert torch.equal(draw.z, found.mu)
    assert torch.equal(draw.log_q, torch.zeros(5))
    assert torch.equal(found.std, torch.zeros(5, 4))
