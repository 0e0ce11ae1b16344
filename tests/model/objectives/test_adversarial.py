"""The adversarial autoencoder: what its critic learns, and where the encoder goes."""

import copy
import math
from collections.abc import Callable

import pytest
import torch

from molvae.config import KLConfig, ObjectiveConfig
from molvae.model.batch import Batch
from molvae.model.objectives import Adversarial, Losses
from molvae.model.objectives.mmd import squared_mmd
from molvae.model.vae import MolVAE

Fit = Callable[..., Losses]


def test_a_critic_that_knows_nothing_is_lost(model: MolVAE, batch: Batch) -> None:
    objective = Adversarial(ObjectiveConfig(critic_size=8, weight=4.0), KLConfig(), 2)
    with torch.no_grad():
        for weight in objective.parameters():
            weight.zero_()
        losses = objective(model, batch, beta=0.5)
    assert float(losses.parts["adversary"]) == pytest.approx(math.log(2.0))
    assert float(losses.parts["critic"]) == pytest.approx(math.log(2.0))
    elbo = float(losses.reconstruction + 0.5 * losses.kl)
    assert float(losses.loss) == pytest.approx(elbo + 4.0 * math.log(2.0))


def test_model_and_critic_learn_apart(model: MolVAE, batch: Batch) -> None:
    objective = Adversarial(ObjectiveConfig(critic_size=16), KLConfig(), 2)
    losses = objective(model, batch, beta=0.0)
    losses.loss.backward()
    assert all(value.grad is None for value in objective.parameters())
    assert model.posterior.mu.weight.grad is not None  # type: ignore[union-attr]
    before = model.posterior.mu.weight.grad.clone()  # type: ignore[union-attr,operator]
    assert losses.critic is not None
    losses.critic.backward()
    assert all(value.grad is not None for value in objective.parameters())
    assert torch.equal(before, model.posterior.mu.weight.grad)  # type: ignore[union-attr,arg-type]


def test_the_aggregated_posterior_comes_to_the_prior(model: MolVAE, batch: Batch, fit: Fit) -> None:
    start = copy.deepcopy(model.state_dict())

    def distance(weight: float) -> float:
        model.load_state_dict(start)
        config = ObjectiveConfig(weight=weight, critic_size=32)
        fit(model, Adversarial(config, KLConfig(), 2), batch.repeat(4), 0.0, 100)
        with torch.no_grad():
            z = model.encode(batch.repeat(20)).sample(torch.Generator().manual_seed(1))
            return float(squared_mmd(z, torch.randn(z.shape)))

    free = distance(0.0)
    assert free > 0.05
    assert distance(20.0) < 0.2 * free
