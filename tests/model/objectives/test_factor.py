"""FactorVAE's critic against a known total correlation, and what it does to a model."""

import copy
import math
from collections.abc import Callable

import pytest
import torch

from molvae.config import KLConfig, ObjectiveConfig
from molvae.model.batch import Batch
from molvae.model.objectives import Factor, Losses
from molvae.model.objectives.critics import latent_critic, logits_of, ratio_loss
from molvae.model.objectives.factor import shuffled
from molvae.model.objectives.total_correlation import decompose
from molvae.model.posteriors import Gaussian
from molvae.model.vae import MolVAE

Fit = Callable[..., Losses]


def test_the_critic_finds_a_known_total_correlation() -> None:
    torch.manual_seed(0)
    rho = 0.8
    critic = latent_critic(2, 64)
    optimizer = torch.optim.Adam(critic.parameters(), lr=2e-3)
    source = torch.distributions.MultivariateNormal(
        torch.zeros(2), torch.tensor([[1.0, rho], [rho, 1.0]])
    )
    for _ in range(400):
        z = source.sample((512,))
        optimizer.zero_grad()
        ratio_loss(critic, z, shuffled(z, None)).backward()
        optimizer.step()
    estimate = float(logits_of(critic, source.sample((20_000,))).mean())
    assert estimate == pytest.approx(-0.5 * math.log(1 - rho**2), abs=0.1)


def test_shuffling_keeps_each_column() -> None:
    z = torch.randn(50, 3)
    mixed = shuffled(z, torch.Generator().manual_seed(0))
    assert not torch.equal(mixed, z)
    torch.testing.assert_close(mixed.sort(0).values, z.sort(0).values)
    places = [(mixed[:, [d]] == z[:, d]).float().argmax(1) for d in range(3)]
    assert not torch.equal(places[0], places[1])


def test_model_and_critic_learn_apart(model: MolVAE, batch: Batch) -> None:
    objective = Factor(ObjectiveConfig(critic_size=16, weight=3.0), KLConfig(), 2)
    losses = objective(model, batch, beta=1.0)
    losses.loss.backward()
    assert all(value.grad is None for value in objective.parameters())
    before = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    assert losses.critic is not None
    losses.critic.backward()
    assert all(value.grad is not None for value in objective.parameters())
    for former, weight in zip(before, model.parameters(), strict=True):
        assert (former is None) == (weight.grad is None)
        assert former is None or torch.equal(former, weight.grad)  # type: ignore[arg-type]


def test_the_total_correlation_falls(model: MolVAE, batch: Batch, fit: Fit) -> None:
    start = copy.deepcopy(model.state_dict())

    def trained(weight: float) -> float:
        model.load_state_dict(start)
        config = ObjectiveConfig(weight=weight, critic_size=32)
        fit(model, Factor(config, KLConfig(), 2), batch.repeat(4), 0.2, 200)
        with torch.no_grad():
            q = model.encode(batch.repeat(20))
            assert isinstance(q, Gaussian)
            return float(decompose(q, q.draw(), model.prior, len(q.mu)).total_correlation)

    free = trained(0.0)
    assert free > 0.15
    assert trained(10.0) < 0.5 * free
