"""Couplings: exact inverses, exact determinants, and more than a Gaussian."""

import math

import pytest
import torch
from torch import Tensor

from molvae.config import PriorConfig
from molvae.errors import ConfigError
from molvae.model.flows import Chain, Coupling, Flow, Mixing, coupling_flow
from molvae.model.priors import FlowPrior


def shaken(flow: Flow) -> Flow:
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return flow


def flows(context_size: int) -> list[Flow]:
    torch.manual_seed(0)
    return [
        shaken(Coupling(5, 8, context_size=context_size)),
        shaken(Mixing(5)),
        shaken(coupling_flow(5, 3, 8, context_size=context_size)),
    ]


@pytest.mark.parametrize("context_size", [0, 3])
def test_inverse_undoes_the_transform(context_size: int) -> None:
    x = torch.randn(20, 5)
    context = torch.randn(20, context_size) if context_size else None
    for flow in flows(context_size):
        y = flow(x, context).y
        assert not torch.allclose(y, x)
        torch.testing.assert_close(flow.inverse(y, context), x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("context_size", [0, 3])
def test_log_determinant_is_that_of_the_jacobian(context_size: int) -> None:
    x = torch.randn(4, 5)
    context = torch.randn(4, context_size) if context_size else None
    for flow in flows(context_size):
        log_det = flow(x, context).log_det
        for row in range(4):
            given = None if context is None else context[row : row + 1]

            def single(v: Tensor, flow: Flow = flow, given: Tensor | None = given) -> Tensor:
                return flow(v[None], given).y[0]

            jacobian = torch.autograd.functional.jacobian(single, x[row])
            expected = torch.linalg.slogdet(jacobian).logabsdet
            torch.testing.assert_close(log_det[row], expected, rtol=1e-4, atol=1e-4)


def test_starts_as_a_rotation() -> None:
    torch.manual_seed(0)
    flow, x = coupling_flow(6, 4, 8), torch.randn(10, 6)
    y, log_det = flow(x)
    torch.testing.assert_close(y.norm(dim=1), x.norm(dim=1))
    torch.testing.assert_close(log_det, torch.zeros(10), atol=1e-5, rtol=0.0)


def test_stays_exact_when_weights_are_rounded() -> None:
    """Saved weights may be halves: a rotation that is not quite one any more is no error."""
    torch.manual_seed(0)
    flow, x = shaken(coupling_flow(6, 4, 8)), torch.randn(10, 6)
    flow.load_state_dict({k: v.half().float() for k, v in flow.state_dict().items()})
    torch.testing.assert_close(flow.inverse(flow(x).y), x, rtol=1e-4, atol=1e-4)


def test_one_dimension_has_no_halves() -> None:
    with pytest.raises(ConfigError, match="latent_size"):
        coupling_flow(1, 2, 8)
    assert isinstance(coupling_flow(2, 2, 8), Chain)


def two_moons(count: int, generator: torch.Generator) -> Tensor:
    angle = math.pi * torch.rand(count, generator=generator)
    upper = torch.rand(count, generator=generator) < 0.5
    x = torch.where(upper, angle.cos(), 1.0 - angle.cos())
    y = torch.where(upper, angle.sin(), 0.5 - angle.sin())
    return torch.stack((x, y), 1) + 0.1 * torch.randn(count, 2, generator=generator)


def test_a_trained_flow_beats_a_gaussian_on_two_moons() -> None:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    held_out = two_moons(2000, generator)
    prior = FlowPrior(2, PriorConfig(kind="flow", layers=6, hidden_size=32))
    prior.start_at(two_moons(5000, generator))
    with torch.no_grad():
        gaussian = float(prior.log_prob(held_out).mean())
    optimizer = torch.optim.Adam(prior.parameters(), 3e-3)
    for _ in range(250):
        loss = -prior.log_prob(two_moons(256, generator)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        assert float(prior.log_prob(held_out).mean()) > gaussian + 0.3
