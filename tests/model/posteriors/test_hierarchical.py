"""Two levels: which dimensions are whose, and that both learn to carry something."""

import pytest
import torch
from torch import nn

from molvae.config import PosteriorConfig, PriorConfig
from molvae.errors import ConfigError
from molvae.model.posteriors import Hierarchical, build_posterior
from molvae.model.priors import HierarchicalPrior, build_prior

POSTERIOR = PosteriorConfig(kind="hierarchical", upper_size=1, hidden_size=16)


def test_upper_level_is_a_quarter_unless_told() -> None:
    for config, size in ((PosteriorConfig(kind="hierarchical"), 2), (POSTERIOR, 1)):
        found = build_posterior(3, 8, config)(torch.randn(5, 3))
        assert isinstance(found, Hierarchical)
        upper, lower = found.levels(found.draw().z)
        assert upper.shape == (5, size)
        assert lower.shape == (5, 8 - size)


def test_a_lower_level_must_be_left() -> None:
    with pytest.raises(ConfigError, match="upper_size"):
        build_posterior(3, 1, POSTERIOR)
    with pytest.raises(ConfigError, match="upper_size"):
        build_prior(1, PriorConfig(kind="hierarchical"), POSTERIOR)


def test_only_the_upper_level_depends_on_the_other() -> None:
    torch.manual_seed(0)
    heads = build_posterior(3, 4, POSTERIOR)
    nn.init.normal_(heads.upper.last.weight)
    found = heads(torch.randn(1, 3))
    first, second = found.upper(torch.zeros(1, 3)), found.upper(torch.ones(1, 3))
    assert not torch.allclose(first.mu, second.mu)


def test_both_levels_carry_kl_after_training_and_sum_to_it() -> None:
    """Points on four corners of which each pair shares a side, through a linear decoder."""
    torch.manual_seed(0)
    x = torch.tensor([[2.0, 2.0, 1.0], [2.0, -2.0, 1.0], [-2.0, 2.0, -1.0], [-2.0, -2.0, -1.0]])
    heads = build_posterior(3, 3, POSTERIOR)
    prior = build_prior(3, PriorConfig(kind="hierarchical", hidden_size=16), POSTERIOR)
    assert isinstance(prior, HierarchicalPrior)
    decoder = nn.Linear(3, 3)
    modules = nn.ModuleList([heads, prior, decoder])
    optimizer = torch.optim.Adam(modules.parameters(), 1e-2)
    generator = torch.Generator().manual_seed(0)
    batch = x.repeat(16, 1)
    for _ in range(300):
        found = heads(batch)
        draw = found.draw(generator)
        kl = prior.kl(found, draw)
        loss = (5.0 * (decoder(draw.z) - batch).square().sum(1) + kl).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    many = heads(x).repeat(2000)
    with torch.no_grad():
        draw = many.draw(generator)
        levels = prior.kl_by_level(many, draw)
        plain = draw.log_q - prior.log_prob(draw.z)
    assert levels.shape == (8000, 2)
    assert bool((levels.mean(0) > 0.3).all())
    assert float(levels.sum(1).mean()) == pytest.approx(float(plain.mean()), abs=0.05)
