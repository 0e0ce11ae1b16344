"""Free bits: what they cost, where the gradient stops, and that the KL stays up."""

from collections.abc import Callable

import pytest
import torch

from molvae.config import KLConfig
from molvae.errors import ConfigError
from molvae.model.batch import Batch
from molvae.model.objectives import Elbo, Losses
from molvae.model.objectives.elbo import charged_kl
from molvae.model.posteriors import Draw, Gaussian, Posterior
from molvae.model.vae import MolVAE

Fit = Callable[..., Losses]


def posterior() -> Gaussian:
    """Three dimensions: 0, 1/8 and 2 nats."""
    mu = torch.tensor([0.0, 0.5, 2.0]).expand(5, 3).clone().requires_grad_()
    return Gaussian(mu, torch.zeros(5, 3))


def test_each_dimension_pays_for_what_is_above_its_free_nats() -> None:
    q = posterior()
    nats = q.kl().sum(1).mean()
    charged = charged_kl(nats, q, KLConfig(free_bits=0.5))
    assert float(charged.detach()) == pytest.approx(0.5 + 0.5 + 2.0)
    charged.backward()
    assert q.mu.grad is not None
    assert (q.mu.grad[:, :2] == 0.0).all()
    assert (q.mu.grad[:, 2] > 0.0).all()


def test_free_nats_of_all_dimensions_together() -> None:
    q = posterior()
    nats = q.kl().sum(1).mean()
    for free, paid in ((1.0, 2.125), (3.0, 3.0)):
        config = KLConfig(free_bits=free, free_bits_per="total")
        assert float(charged_kl(nats, q, config).detach()) == pytest.approx(paid)
    assert charged_kl(nats, q, KLConfig()) is nats


@pytest.mark.parametrize(("per", "free"), [("dimension", 0.5), ("total", 1.0)])
def test_the_kl_does_not_fall_under_the_floor(
    model: MolVAE, batch: Batch, fit: Fit, per: str, free: float
) -> None:
    """Of 1 nat, under a weight that takes all the KL from a run without free bits."""
    kl = KLConfig.model_validate({"free_bits": free, "free_bits_per": per})
    held = fit(model, Elbo(kl), batch, 4.0, 100)
    assert float(held.kl.detach()) > 0.7
    fallen = fit(model, Elbo(KLConfig()), batch, 4.0, 100)
    assert float(fallen.kl.detach()) < 0.1


def test_dimensions_of_another_posterior_have_no_kl_of_their_own() -> None:
    class Point(Posterior):
        def draw(self, generator: torch.Generator | None = None) -> Draw:
            raise NotImplementedError

        def repeat(self, times: int) -> "Point":
            return self

    with pytest.raises(ConfigError, match="free_bits_per"):
        charged_kl(torch.ones(()), Point(), KLConfig(free_bits=0.1))
