"""The prior that writes dimension by dimension."""

import pytest
import torch
from torch import Tensor, nn

from molvae.config import PosteriorConfig, PriorConfig
from molvae.model.priors import AutoregressivePrior, FlowPrior, NormalPrior, Prior, build_prior


def corners(count: int, seed: int) -> Tensor:
    """Vectors (count, 3) close to those corners of a cube whose signs multiply to 1."""
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(2, (count, 3), generator=generator) * 2.0 - 1.0
    signs[:, 2] = signs[:, 0] * signs[:, 1]
    return signs + 0.1 * torch.randn(count, 3, generator=generator)


def learned(prior: Prior, z: Tensor, *, steps: int = 300) -> Prior:
    prior.start_at(z)
    optimizer = torch.optim.Adam(prior.parameters(), 5e-3)
    for step in range(steps):
        optimizer.zero_grad()
        (-prior.log_prob(z.roll(step * 97, 0)[:256]).mean()).backward()
        nn.utils.clip_grad_norm_(prior.parameters(), 5.0)
        optimizer.step()
    return prior


@pytest.mark.parametrize("modes", [1, 2, 8])
@torch.no_grad()
def test_starts_close_to_the_standard_normal(modes: int) -> None:
    config = PriorConfig(kind="autoregressive", modes=modes, layers=1, hidden_size=16)
    prior = build_prior(4, config, PosteriorConfig())
    z = torch.randn(4_000, 4, generator=torch.Generator().manual_seed(0))
    nats = (NormalPrior(4).log_prob(z) - prior.log_prob(z)).mean()
    assert abs(float(nats)) < 0.05 * 4
    draws = prior.sample(20_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(draws.mean(0), torch.zeros(4), atol=0.03, rtol=0)
    torch.testing.assert_close(torch.cov(draws.T), torch.eye(4), atol=0.05, rtol=0)


def test_holds_modes_apart_as_a_flow_of_couplings_cannot() -> None:
    torch.manual_seed(0)
    z, fresh = corners(4_000, 0), corners(2_000, 1)
    sizes = PriorConfig(layers=2, hidden_size=32, modes=4)
    prior = learned(AutoregressivePrior(3, sizes), z)
    flow = learned(FlowPrior(3, sizes), z)
    with torch.no_grad():
        entropy = 3 * (0.5 * torch.log(2 * torch.pi * torch.tensor(1.0)).item() + 0.5)
        entropy += 3 * float(torch.log(torch.tensor(0.1))) + float(torch.log(torch.tensor(4.0)))
        nats = float(-prior.log_prob(fresh).mean()) - entropy
        assert nats < 0.3
        assert nats < 0.5 * (float(-flow.log_prob(fresh).mean()) - entropy)
        draws = prior.sample(2_000, torch.Generator().manual_seed(0))
    near = (draws.abs() - 1.0).abs().amax(1) < 0.5
    assert float(near.double().mean()) > 0.95
    right = draws.sign().prod(1) > 0
    assert float(right.double().mean()) > 0.95


@torch.no_grad()
def test_many_draws_are_those_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    prior = AutoregressivePrior(5, PriorConfig(hidden_size=16, layers=1, modes=3))
    for parameter in prior.parameters():
        parameter.add_(0.3 * torch.randn_like(parameter))
    whole = prior.sample(50, torch.Generator().manual_seed(0))
    monkeypatch.setattr(AutoregressivePrior, "AT_ONCE", 7)
    torch.testing.assert_close(prior.sample(50, torch.Generator().manual_seed(0)), whole)
