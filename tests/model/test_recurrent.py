"""Our recurrences against PyTorch's own layers, values and gradients."""

import pytest
import torch
from torch import nn

from molvae.model.recurrent import gru_sequence, lstm_sequence, table_lookup


def leaf(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("steps", [1, 7])
def test_gru_matches_torch(steps: int) -> None:
    layer = nn.GRU(5, 6).double()
    inputs, state = leaf(steps, 3, 5), leaf(3, 6)
    expected, _ = layer(inputs, state[None])
    bias_rz, bias_n = layer.bias_hh_l0.split([12, 6])
    bias = layer.bias_ih_l0 + nn.functional.pad(bias_rz, (0, 6))
    gates = nn.functional.linear(inputs, layer.weight_ih_l0, bias)
    actual = gru_sequence(gates, state, layer.weight_hh_l0, bias_n)
    torch.testing.assert_close(actual, expected)
    pull = torch.randn_like(expected)
    parameters = [inputs, state, *layer.parameters()]
    ours = torch.autograd.grad((actual * pull).sum(), parameters)
    theirs = torch.autograd.grad((expected * pull).sum(), parameters)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("steps", [1, 7])
def test_lstms_side_by_side_match_torch(steps: int) -> None:
    layers = [nn.LSTM(5, 6).double(), nn.LSTM(5, 6).double()]
    inputs = leaf(2, steps, 3, 5)
    expected = torch.stack([layer(part)[0] for layer, part in zip(layers, inputs, strict=True)])
    gates = torch.stack(
        [
            nn.functional.linear(part, layer.weight_ih_l0, layer.bias_ih_l0 + layer.bias_hh_l0)
            for layer, part in zip(layers, inputs, strict=True)
        ]
    )
    actual = lstm_sequence(gates, torch.stack([layer.weight_hh_l0 for layer in layers]))
    torch.testing.assert_close(actual, expected)
    pull = torch.randn_like(expected)
    parameters = [inputs, *layers[0].parameters(), *layers[1].parameters()]
    ours = torch.autograd.grad((actual * pull).sum(), parameters)
    theirs = torch.autograd.grad((expected * pull).sum(), parameters)
    torch.testing.assert_close(ours, theirs)


def test_gradients_hold_numerically() -> None:
    assert torch.autograd.gradcheck(
        gru_sequence, (leaf(3, 2, 6), leaf(2, 2), leaf(6, 2), leaf(2)), fast_mode=True
    )
    assert torch.autograd.gradcheck(
        lstm_sequence, (leaf(2, 3, 2, 8), leaf(2, 8, 2)), fast_mode=True
    )


def test_table_lookup_matches_embedding() -> None:
    table = leaf(11, 4)
    index = torch.randint(0, 11, (7, 5))
    expected = nn.functional.embedding(index, table)
    actual = table_lookup(table, index)
    assert torch.equal(actual, expected)
    pull = torch.randn_like(expected)
    (ours,) = torch.autograd.grad((actual * pull).sum(), table)
    (theirs,) = torch.autograd.grad((expected * pull).sum(), table)
    torch.testing.assert_close(ours, theirs)
