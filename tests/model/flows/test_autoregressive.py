"""Autoregressive steps: what depends on what, exact inverses and determinants."""

import pytest
import torch
from torch import Tensor

from molvae.model.flows import Autoregressive, Flow, autoregressive_flow


def shaken(flow: Flow) -> Flow:
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.4 * torch.randn_like(parameter))
    return flow


def jacobian(flow: Flow, x: Tensor, context: Tensor | None) -> Tensor:
    return torch.autograd.functional.jacobian(lambda v: flow(v[None], context).y[0], x)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_dimension_depends_on_those_before_it(backwards: bool) -> None:
    torch.manual_seed(0)
    step = shaken(Autoregressive(6, 16, backwards=backwards))
    found = jacobian(step, torch.randn(6), None) != 0
    lower = torch.ones(6, 6).tril().bool()
    assert torch.equal(found, lower.T if backwards else lower)


def test_every_dimension_depends_on_the_context() -> None:
    torch.manual_seed(0)
    step, x = shaken(Autoregressive(6, 16, context_size=3)), torch.randn(6)
    by_context = torch.autograd.functional.jacobian(
        lambda c: step(x[None], c[None]).y[0], torch.randn(3)
    )
    assert bool((by_context != 0).any(1).all())


@pytest.mark.parametrize("context_size", [0, 3])
@pytest.mark.parametrize("size", [1, 5])
def test_inverse_and_determinant_are_exact(size: int, context_size: int) -> None:
    torch.manual_seed(0)
    flow = shaken(autoregressive_flow(size, 3, 16, context_size=context_size))
    x = torch.randn(8, size)
    context = torch.randn(8, context_size) if context_size else None
    y, log_det = flow(x, context)
    torch.testing.assert_close(flow.inverse(y, context), x, rtol=1e-3, atol=1e-4)
    for row in range(8):
        given = None if context is None else context[row : row + 1]
        expected = torch.linalg.slogdet(jacobian(flow, x[row], given)).logabsdet
        torch.testing.assert_close(log_det[row], expected, rtol=1e-4, atol=1e-4)
