"""What must hold of q(z|x), whatever its kind."""

import math

import pytest
import torch
from torch import Tensor

from molvae.config import PosteriorConfig
from molvae.model.posteriors import Posterior, PosteriorHeads, build_posterior
from molvae.model.priors import NormalPrior

WIDTH = 7
KINDS = {
    "gaussian": PosteriorConfig(kind="gaussian"),
    "autoregressive": PosteriorConfig(kind="flow", flow="autoregressive", layers=3, hidden_size=12),
    "coupling": PosteriorConfig(kind="flow", flow="coupling", layers=3, hidden_size=12),
    "hierarchical": PosteriorConfig(kind="hierarchical", hidden_size=12),
}
WITH_POINT = {**KINDS, "deterministic": PosteriorConfig(kind="deterministic")}


def heads(kind: str, size: int = 2, *, moved: float = 0.2) -> PosteriorHeads:
    """Heads with weights far from where they start."""
    torch.manual_seed(0)
    built = build_posterior(WIDTH, size, WITH_POINT[kind])
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(moved * torch.randn_like(parameter))
    return built


def posterior(kind: str, count: int, size: int = 2, *, moved: float = 0.2) -> Posterior:
    torch.manual_seed(1)
    found: Posterior = heads(kind, size, moved=moved)(torch.randn(count, WIDTH))
    return found


@pytest.mark.parametrize("kind", WITH_POINT)
def test_shapes_and_precision(kind: str) -> None:
    built = heads(kind, 4)
    found = built(torch.randn(5, WIDTH).bfloat16())
    z, log_q = found.draw(torch.Generator().manual_seed(0))
    for values in (found.mu, found.logvar, found.std, z):
        assert values.shape == (5, 4)
        assert values.dtype == torch.float32
    assert log_q.shape == (5,)
    again = found.sample(torch.Generator().manual_seed(0))
    assert torch.equal(z, again)


@pytest.mark.parametrize("kind", WITH_POINT)
def test_what_was_made_in_inference_mode_can_be_used_outside(kind: str) -> None:
    built, summary = heads(kind, 4), torch.randn(5, WIDTH)
    with torch.inference_mode():
        found = built(summary)
    for values in (found.mu, found.std, *found.draw(torch.Generator().manual_seed(0))):
        assert values.numpy().shape[0] == 5  # no gradient hangs on it
    assert torch.allclose(found.mu, built(summary).mu)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_density_of_draws_integrates_to_one_and_is_that_of_log_prob(kind: str) -> None:
    one = posterior(kind, 1)
    axis = torch.linspace(-12.0, 12.0, 801)
    points = torch.cartesian_prod(axis, axis)
    log_q = one.repeat(len(points)).log_prob(points)  # type: ignore[attr-defined]
    assert float(log_q.double().exp().sum()) * 0.03**2 == pytest.approx(1.0, abs=2e-3)
    many = one.repeat(2000)
    draw = many.draw(torch.Generator().manual_seed(0))
    expected = many.log_prob(draw.z)  # type: ignore[attr-defined]
    torch.testing.assert_close(draw.log_q, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_mean_square_distance_from_mu_is_near_the_variance_told(kind: str) -> None:
    one = posterior(kind, 1, 6, moved=0.1)
    z = one.repeat(20_000).sample(torch.Generator().manual_seed(0))
    ratio = (z - one.mu).square().mean(0) / one.logvar[0].exp()
    assert float(ratio.min()) > 0.5
    assert float(ratio.max()) < 2.0


@pytest.mark.parametrize("kind", WITH_POINT)
@torch.no_grad()
def test_repeat_keeps_each_molecule_together(kind: str) -> None:
    found = posterior(kind, 3)
    repeated = found.repeat(2)
    torch.testing.assert_close(repeated.mu, found.mu[[0, 0, 1, 1, 2, 2]])
    torch.testing.assert_close(repeated.logvar, found.logvar[[0, 0, 1, 1, 2, 2]])


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_one_draw_estimates_the_kl(kind: str) -> None:
    """Against the integral on a grid of q (log q - log p)."""
    one = posterior(kind, 1)
    axis = torch.linspace(-12.0, 12.0, 801)
    points = torch.cartesian_prod(axis, axis)
    log_q = one.repeat(len(points)).log_prob(points).double()  # type: ignore[attr-defined]
    prior = NormalPrior(2)
    expected = (log_q.exp() * (log_q - prior.log_prob(points))).sum() * 0.03**2
    many = one.repeat(40_000)
    draw = many.draw(torch.Generator().manual_seed(0))
    estimate = draw.log_q - prior.log_prob(draw.z)
    error = 4.0 * float(estimate.std()) / math.sqrt(40_000) + 0.005
    assert float(estimate.mean()) == pytest.approx(float(expected), abs=error)
    assert float(prior.kl(many, draw).mean()) == pytest.approx(float(expected), abs=error)


@pytest.mark.parametrize("kind", WITH_POINT)
def test_gradients_reach_all_weights_and_the_encoder(kind: str) -> None:
    built = heads(kind, 5)
    summary = torch.randn(6, WIDTH, requires_grad=True)
    draw = built(summary).draw(torch.Generator().manual_seed(0))
    (draw.z.square().sum() + draw.log_q.sum()).backward()
    assert all(p.grad is not None and bool((p.grad != 0).any()) for p in built.parameters())
    assert summary.grad is not None
    assert bool((summary.grad != 0).any(1).all())


def banana(z: Tensor) -> Tensor:
    """log p(x, z) of a posterior that is bent, whose evidence is 0 nats: it integrates to 1."""
    upper, lower = z[:, 0], z[:, 1]
    bent = (upper - lower.square()) / 0.5
    return -0.5 * (lower.square() + bent.square()) - math.log(2.0 * math.pi * 0.5)


def fitted_bound(config: PosteriorConfig) -> float:
    """E_q[log p(x, z) - log q(z)] in nats after a fit: at most the evidence, 0."""
    torch.manual_seed(0)
    built = build_posterior(1, 2, config)
    optimizer = torch.optim.Adam(built.parameters(), 1e-2)
    generator = torch.Generator().manual_seed(0)
    summary = torch.ones(128, 1)
    for _ in range(300):
        z, log_q = built(summary).draw(generator)
        loss = (log_q - banana(z)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        z, log_q = built(torch.ones(20_000, 1)).draw(generator)
        return float((banana(z) - log_q).mean())


@pytest.mark.parametrize("kind", ["autoregressive", "coupling", "hierarchical"])
def test_bound_is_tighter_than_with_the_diagonal_gaussian(kind: str) -> None:
    gaussian, other = fitted_bound(KINDS["gaussian"]), fitted_bound(KINDS[kind])
    assert gaussian < -0.25
    assert gaussian + 0.15 < other < 0.02
