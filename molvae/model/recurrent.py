"""LSTM and GRU over a whole sequence, with the input part of the gates given.

On a CPU these run several times faster than the built-in layers of a token model need:
the input of every step is a row of a small table (token embedding times input weights), so
only the recurrent product is left for each step, and the weight gradient is one product
over all steps instead of a sum of one product a step. On CUDA the cuDNN layers are used
(see `encoder` and `decoder`); both read the same parameters.

Axes: T steps, B sequences, H hidden units, D directions. Gate order is PyTorch's: i f g o; r z n.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class _TableLookup(torch.autograd.Function):
    """Rows of a table; the gradient is a product with a one-hot matrix, not a scatter."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(index)
        ctx.rows = table.shape[0]
        return torch.nn.functional.embedding(index, table)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (index,) = ctx.saved_tensors
        flat = index.reshape(-1)
        one_hot = grad.new_zeros(ctx.rows, flat.numel())
        one_hot.scatter_(0, flat[None], 1.0)
        return one_hot @ grad.reshape(flat.numel(), -1), None


class _GRUSequence(torch.autograd.Function):
    """h' = z h + (1 - z) n, r and z sigmoid, n = tanh(x_n + r (W_n h + b_n)) (Cho et al. 2014)."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, state: Tensor, weight: Tensor, bias_n: Tensor) -> Tensor:
        steps, batch, width = gates.shape
        hidden = width // 3
        states = gates.new_empty(steps + 1, batch, hidden)
        states[0] = state
        reset_update = gates.new_empty(steps, batch, 2 * hidden)
        candidate = gates.new_empty(steps, batch, hidden)
        recurrent_n = gates.new_empty(steps, batch, hidden)
        product = gates.new_empty(batch, width)
        for t in range(steps):
            torch.mm(states[t], weight.t(), out=product)
            rz, n = reset_update[t], candidate[t]
            torch.add(gates[t, :, : 2 * hidden], product[:, : 2 * hidden], out=rz).sigmoid_()
            torch.add(product[:, 2 * hidden :], bias_n, out=recurrent_n[t])
            torch.addcmul(gates[t, :, 2 * hidden :], rz[:, :hidden], recurrent_n[t], out=n).tanh_()
            torch.lerp(n, states[t], rz[:, hidden:], out=states[t + 1])
        ctx.save_for_backward(states, reset_update, candidate, recurrent_n, weight)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        states, reset_update, candidate, recurrent_n, weight = ctx.saved_tensors
        steps, batch, hidden = candidate.shape
        into_gates = candidate.new_empty(steps, batch, 3 * hidden)
        into_product = candidate.new_empty(steps, batch, 3 * hidden)
        into_state = torch.zeros_like(states[0])
        for t in reversed(range(steps)):
            r, z = reset_update[t].chunk(2, dim=1)
            n = candidate[t]
            into_state = into_state + grad[t]
            through_n = torch.ops.aten.tanh_backward(into_state * (1 - z), n)
            through_z = torch.ops.aten.sigmoid_backward(into_state * (states[t] - n), z)
            through_r = torch.ops.aten.sigmoid_backward(through_n * recurrent_n[t], r)
            torch.cat((through_r, through_z, through_n), dim=1, out=into_gates[t])
            torch.cat((through_r, through_z, through_n * r), dim=1, out=into_product[t])
            into_state = torch.addcmul(into_product[t] @ weight, into_state, z)
        flat = into_product.view(steps * batch, 3 * hidden)
        into_weight = flat.t() @ states[:-1].reshape(steps * batch, hidden)
        into_bias = into_product[:, :, 2 * hidden :].sum((0, 1))
        return into_gates, into_state, into_weight, into_bias


class _LSTMSequence(torch.autograd.Function):
    """c' = f c + i g, h' = o tanh(c') from a zero state (Hochreiter & Schmidhuber 1997)."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, weight: Tensor) -> Tensor:
        directions, steps, batch, width = gates.shape
        hidden = width // 4
        states = gates.new_zeros(directions, steps + 1, batch, hidden)
        cells = torch.zeros_like(states)
        squashed = gates.new_empty(directions, steps, batch, hidden)
        active = torch.empty_like(gates)
        for t in range(steps):
            now, cell = active[:, t], cells[:, t + 1]
            torch.baddbmm(gates[:, t], states[:, t], weight.mT, out=now)
            now[..., : 2 * hidden].sigmoid_()
            now[..., 2 * hidden : 3 * hidden].tanh_()
            now[..., 3 * hidden :].sigmoid_()
            i, f, g, o = now.chunk(4, dim=2)
            torch.addcmul(f * cells[:, t], i, g, out=cell)
            torch.tanh(cell, out=squashed[:, t])
            torch.mul(o, squashed[:, t], out=states[:, t + 1])
        ctx.save_for_backward(states, cells, squashed, active, weight)
        return states[:, 1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        states, cells, squashed, active, weight = ctx.saved_tensors
        directions, steps, batch, hidden = squashed.shape
        into_gates = torch.empty_like(active)
        into_state = torch.zeros_like(states[:, 0])
        into_cell = torch.zeros_like(states[:, 0])
        sigmoid_backward = torch.ops.aten.sigmoid_backward
        tanh_backward = torch.ops.aten.tanh_backward
        for t in reversed(range(steps)):
            i, f, g, o = active[:, t].chunk(4, dim=2)
            into_state = into_state + grad[:, t]
            into_cell = into_cell + tanh_backward(into_state * o, squashed[:, t])
            parts = (
                sigmoid_backward(into_cell * g, i),
                sigmoid_backward(into_cell * cells[:, t], f),
                tanh_backward(into_cell * i, g),
                sigmoid_backward(into_state * squashed[:, t], o),
            )
            torch.cat(parts, dim=2, out=into_gates[:, t])
            into_cell = into_cell * f
            into_state = torch.bmm(into_gates[:, t], weight)
        flat = into_gates.view(directions, steps * batch, 4 * hidden)
        former = states[:, :-1].reshape(directions, steps * batch, hidden)
        return into_gates, flat.mT @ former


class RecurrentParameters(NamedTuple):
    """The four parameters of a one-layer, one-way `nn.LSTM` or `nn.GRU`."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor
    bias_hh: Tensor


def parameters_of(layer: nn.Module) -> RecurrentParameters:
    """The parameters of a recurrent layer, in the order PyTorch registers them."""
    return RecurrentParameters(*layer.parameters())


class GRUParameters(NamedTuple):
    """Those of an `nn.GRU`, all biases that do not depend on the reset gate in one."""

    weight_ih: Tensor
    bias: Tensor
    """All biases but the recurrent candidate's."""
    weight_hh: Tensor
    bias_n: Tensor
    """The recurrent candidate's."""


def gru_parameters(layer: nn.Module) -> GRUParameters:
    """The parameters of a GRU as `gru_sequence` and its input gates take them."""
    weights = parameters_of(layer)
    hidden = weights.weight_hh.shape[1]
    bias_rz, bias_n = weights.bias_hh[: 2 * hidden], weights.bias_hh[2 * hidden :]
    bias = weights.bias_ih + torch.nn.functional.pad(bias_rz, (0, hidden))
    return GRUParameters(weights.weight_ih, bias, weights.weight_hh, bias_n)


def table_lookup(table: Tensor, index: Tensor) -> Tensor:
    """Rows `index` (any shape, int64) of `table` (V, D): shape index.shape + (D,)."""
    return _TableLookup.apply(table, index)  # type: ignore[no-any-return,no-untyped-call]


def gru_sequence(gates: Tensor, state: Tensor, weight: Tensor, bias_n: Tensor) -> Tensor:
    """States (T, B, H) of a GRU whose input gates (T, B, 3H) already hold all other biases.

    `state` (B, H) comes before the first step, `weight` (3H, H) is `weight_hh` and
    `bias_n` (H,) the candidate's part of `bias_hh`.
    """
    return _GRUSequence.apply(gates, state, weight, bias_n)  # type: ignore[no-any-return,no-untyped-call]


def lstm_sequence(gates: Tensor, weight: Tensor) -> Tensor:
    """States (D, T, B, H) of D independent LSTMs of one size, from zero, run side by side.

    `gates` (D, T, B, 4H) hold the input's part and both biases, `weight` (D, 4H, H) is each
    one's `weight_hh`.
    """
    return _LSTMSequence.apply(gates, weight)  # type: ignore[no-any-return,no-untyped-call]
