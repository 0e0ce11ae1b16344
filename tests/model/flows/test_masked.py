"""The masked network: what an output sees, and that dimension by dimension is the same."""

import pytest
import torch

from molvae.model.flows.masked import MaskedLinear, MaskedResidual

SIZES = [(6, 30), (6, 7), (6, 4), (1, 5)]
"""Dimensions and hidden units: more of these, hardly more, fewer."""


def shaken(size: int, hidden_size: int, *, blocks: int = 2) -> MaskedResidual:
    torch.manual_seed(0)
    network = MaskedResidual(size, 3, hidden_size, blocks)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    return network


@pytest.mark.parametrize(("size", "hidden_size"), SIZES)
def test_an_output_depends_on_the_dimensions_before_its_own(size: int, hidden_size: int) -> None:
    network = shaken(size, hidden_size)
    x = torch.randn(1, size)
    jacobian = torch.autograd.functional.jacobian(lambda one: network(one)[0], x)
    seen = (jacobian[:, :, 0] != 0).any(1)  # (Z, Z)
    assert not seen.triu().any()
    if hidden_size >= size:
        assert torch.equal(seen, torch.ones(size, size, dtype=torch.bool).tril(-1))


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize(("size", "hidden_size"), SIZES)
@torch.no_grad()
def test_one_by_one_is_the_same_as_at_once(size: int, hidden_size: int, blocks: int) -> None:
    network = shaken(size, hidden_size, blocks=blocks)
    x = torch.randn(9, size)
    written = torch.full_like(x, torch.nan)  # nothing may be read before it is written
    outputs = []
    for place, output in enumerate(network.one_by_one(written)):
        outputs.append(output)
        written[:, place] = x[:, place]
    torch.testing.assert_close(torch.stack(outputs, 1), network(x))


def test_starts_as_a_constant() -> None:
    network = MaskedResidual(4, 3, 16, 2)
    outputs = network(torch.randn(5, 4))
    torch.testing.assert_close(outputs, network.last.bias.view(4, 3).expand(5, 4, 3))


def test_weights_saved_with_their_mask_can_be_loaded() -> None:
    network, twin = shaken(4, 16), MaskedResidual(4, 3, 16, 2)
    masks = {f"{name}.mask": one.mask for name, one in network.named_modules()
             if isinstance(one, MaskedLinear)}  # fmt: skip
    assert masks.keys().isdisjoint(network.state_dict())
    twin.load_state_dict({**network.state_dict(), **masks})
    x = torch.randn(5, 4)
    torch.testing.assert_close(twin(x), network(x))
