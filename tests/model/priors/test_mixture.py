"""The mixture against torch's own, and where it starts."""

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from molvae.config import PriorConfig
from molvae.model.priors import MixturePrior


def clusters(count: int, generator: torch.Generator) -> Tensor:
    """Points near (0, 0), (6, 0) and (0, 6), a sixth, a third and half of them."""
    centers = torch.tensor([[0.0, 0.0]] + 2 * [[6.0, 0.0]] + 3 * [[0.0, 6.0]])
    chosen = torch.randint(0, 6, (count,), generator=generator)
    return centers[chosen] + 0.5 * torch.randn(count, 2, generator=generator)


def test_density_is_that_of_torch_distributions() -> None:
    torch.manual_seed(0)
    prior = MixturePrior(6, PriorConfig(components=4))
    with torch.no_grad():
        for parameter in prior.parameters():
            parameter.add_(torch.randn_like(parameter))
    parts = Independent(Normal(prior.mu, (0.5 * prior.logvar).exp()), 1)
    reference = MixtureSameFamily(Categorical(logits=prior.logits), parts)
    z = 3.0 * torch.randn(50, 6)
    torch.testing.assert_close(prior.log_prob(z), reference.log_prob(z), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_starts_at_the_clusters() -> None:
    generator = torch.Generator().manual_seed(0)
    prior = MixturePrior(2, PriorConfig(components=3))
    prior.start_at(clusters(3000, generator))
    order = prior.logits.argsort()
    expected = torch.tensor([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    torch.testing.assert_close(prior.mu[order], expected, rtol=0.0, atol=0.1)
    weights = prior.logits.softmax(0)[order]
    torch.testing.assert_close(weights, torch.tensor([1 / 6, 1 / 3, 1 / 2]), rtol=0.0, atol=0.03)
    spread = (0.5 * prior.logvar).exp()
    torch.testing.assert_close(spread, torch.full((3, 2), 0.5), rtol=0.0, atol=0.1)


@torch.no_grad()
@pytest.mark.parametrize("count", [1, 2, 7])
def test_starts_at_fewer_latents_than_components(count: int) -> None:
    prior = MixturePrior(2, PriorConfig(components=10))
    z = clusters(count, torch.Generator().manual_seed(0))
    prior.start_at(z)
    assert bool(prior.log_prob(z).isfinite().all())
    assert bool(prior.sample(20).isfinite().all())
