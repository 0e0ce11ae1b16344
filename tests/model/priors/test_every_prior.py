"""What must hold of p(z), whatever its kind."""

import copy

import pytest
import torch
from torch import Tensor

from molvae.config import PosteriorConfig, PriorConfig
from molvae.model.posteriors import Gaussian, Point
from molvae.model.priors import Prior, build_prior

KINDS = ("normal", "mixture", "vamp", "flow", "autoregressive", "hierarchical")


def build(kind: str, size: int = 2) -> Prior:
    config = PriorConfig(kind=kind, components=5, layers=3, hidden_size=8, pseudo_length=3)
    prior = build_prior(size, config, PosteriorConfig())
    prior.attach(read_last, 2 * size)
    return prior


def read_last(inputs: Tensor) -> Gaussian:
    """An encoder without weights: the last token is a mean and a log-variance."""
    mu, logvar = inputs[-1].chunk(2, dim=1)
    return Gaussian(mu, logvar)


def shaken(kind: str, size: int = 2) -> Prior:
    """A prior far from where it starts: fitted roughly to a skewed cloud, its weights moved."""
    torch.manual_seed(0)
    prior = build(kind, size)
    prior.start_at(cloud(500, size))
    with torch.no_grad():
        for parameter in prior.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return prior


def cloud(count: int, size: int) -> Tensor:
    factor = torch.eye(size) + 0.5 * torch.ones(size, size).tril(-1)
    return torch.randn(count, size) @ factor.T + 0.3


def grid(reach: float, steps: int) -> tuple[Tensor, float]:
    """Points (steps^2, 2) of a square about 0, and the area of each."""
    axis = torch.linspace(-reach, reach, steps)
    points = torch.cartesian_prod(axis, axis)
    return points, (2.0 * reach / (steps - 1)) ** 2


@torch.no_grad()
def mass_on(points: Tensor, area: float, prior: Prior) -> Tensor:
    """Probability of each cell of a grid."""
    return prior.log_prob(points).double().exp() * area


@pytest.mark.parametrize("kind", KINDS)
def test_density_integrates_to_one(kind: str) -> None:
    points, area = grid(25.0, 1201)
    assert float(mass_on(points, area, shaken(kind)).sum()) == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_samples_match_the_density(kind: str) -> None:
    prior = shaken(kind)
    samples = prior.sample(40_000, torch.Generator().manual_seed(1))
    points, area = grid(25.0, 1201)
    mass = mass_on(points, area, prior)
    mean = mass @ points.double()
    spread = (mass @ (points.double() - mean).square()).sqrt()
    error = (samples.double().mean(0) - mean) / spread
    assert error.abs().max() < 5.0 / 40_000**0.5
    for axis in range(2):
        for threshold in mean[axis] + spread[axis] * torch.tensor([-1.5, -0.5, 0.5, 1.5]):
            share = float((samples[:, axis] < threshold).double().mean())
            expected = float(mass[points[:, axis] < threshold].sum())
            assert share == pytest.approx(expected, abs=0.015)
    entropy = -(mass * mass.clamp_min(1e-300).log()).sum() + torch.tensor(area).log()
    assert float(-prior.log_prob(samples).mean()) == pytest.approx(float(entropy), abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_sampling_follows_the_generator(kind: str) -> None:
    prior = shaken(kind)
    first, again, other = (prior.sample(7, torch.Generator().manual_seed(s)) for s in (3, 3, 4))
    assert first.shape == (7, 2)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_kl_of_draws_is_the_integral(kind: str) -> None:
    prior = shaken(kind)
    one = Gaussian(torch.tensor([[0.4, -0.7]]), torch.tensor([[-0.5, 0.3]]))
    points, area = grid(12.0, 1201)
    log_q = one.log_prob(points).double()
    expected = float((log_q.exp() * (log_q - prior.log_prob(points).double())).sum() * area)
    many = one.repeat(50_000)
    kl = prior.kl(many, many.draw(torch.Generator().manual_seed(0)))
    assert kl.shape == (50_000,)
    assert float(kl.mean()) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_survives_copying_and_loading_into_a_shell(kind: str) -> None:
    prior = shaken(kind)
    z = cloud(5, 2)
    with torch.device("meta"):
        shell = build(kind)
    weights = {name: value.float() for name, value in prior.state_dict().items()}
    shell.load_state_dict(weights, assign=True)
    for twin in (copy.deepcopy(prior), shell.to("cpu")):
        torch.testing.assert_close(twin.log_prob(z), prior.log_prob(z))
        draws = [p.sample(4, torch.Generator().manual_seed(0)) for p in (twin, prior)]
        torch.testing.assert_close(*draws)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_what_is_learned_and_the_latents(kind: str) -> None:
    prior = shaken(kind)
    z = cloud(20, 2).requires_grad_()
    prior.log_prob(z).sum().backward()
    assert z.grad is not None
    assert bool((z.grad != 0).all())
    assert all(p.grad is not None and bool((p.grad != 0).any()) for p in prior.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_a_point_has_no_kl(kind: str) -> None:
    point = Point(cloud(6, 2))
    kl = shaken(kind).kl(point, point.draw())
    torch.testing.assert_close(kl, torch.zeros(6))
