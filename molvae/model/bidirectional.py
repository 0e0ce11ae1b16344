"""Two recurrent layers over the same sequences, one in each direction.

The backward one is a one-way layer fed each sequence reversed in place, padding last. So no
packing is needed, and what the padding does is never read. On CUDA the cuDNN layers are
used; on a CPU those of `molvae.model.recurrent`, from the same parameters.

Axes: 2 directions, T steps, B sequences, E input width, H hidden units, V tokens.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.model.recurrent import (
    gru_parameters,
    gru_sequence,
    lstm_sequence,
    parameters_of,
    table_lookup,
)


def mirror_index(lengths: Tensor, steps: int) -> Tensor:
    """Index (T, B) that reverses the first `lengths` steps of each column, leaving the rest."""
    step = torch.arange(steps, device=lengths.device)[:, None]
    return torch.where(step < lengths, lengths - 1 - step, step)


def mirrored(values: Tensor, mirror: Tensor) -> Tensor:
    """`values` (T, B, D) in the order of `mirror_index`."""
    return values.gather(0, mirror[:, :, None].expand_as(values))


def run_lstms(ahead: nn.Module, back: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
    """States (2, T, B, H) of two LSTMs over their own `inputs` (2, T, B, E)."""
    if inputs.is_cuda:
        return _run_cudnn(ahead, back, inputs)
    parts = zip((ahead, back), inputs, strict=True)
    gates = torch.stack([_lstm_gates(layer, part, dtype) for layer, part in parts])
    return lstm_sequence(gates, recurrent_weights(ahead, back, dtype))


def run_lstms_on_tokens(
    ahead: nn.Module, back: nn.Module, embedding: Tensor, tokens: Tensor, dtype: torch.dtype
) -> Tensor:
    """States (2, T, B, H) of two LSTMs over their own `tokens` (2, T, B)."""
    if tokens.is_cuda:
        return _run_cudnn(ahead, back, functional.embedding(tokens, embedding))
    table = torch.cat([_lstm_gates(layer, embedding) for layer in (ahead, back)])  # (2V, 4H)
    shift = torch.tensor([0, len(embedding)]).view(2, 1, 1)
    gates = table_lookup(table.to(dtype), tokens + shift)
    return lstm_sequence(gates, recurrent_weights(ahead, back, dtype))


def run_grus(ahead: nn.Module, back: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
    """States (2, T, B, H) of two GRUs over their own `inputs` (2, T, B, E)."""
    if inputs.is_cuda:
        return _run_cudnn(ahead, back, inputs)
    parts = zip((ahead, back), inputs, strict=True)
    return torch.stack(
        [_run_gru(layer, _gru_gates(layer, part, dtype), dtype) for layer, part in parts]
    )


def run_grus_on_tokens(
    ahead: nn.Module, back: nn.Module, embedding: Tensor, tokens: Tensor, dtype: torch.dtype
) -> Tensor:
    """States (2, T, B, H) of two GRUs over their own `tokens` (2, T, B)."""
    if tokens.is_cuda:
        return _run_cudnn(ahead, back, functional.embedding(tokens, embedding))
    states = []
    for layer, part in zip((ahead, back), tokens, strict=True):
        gates = table_lookup(_gru_gates(layer, embedding).to(dtype), part)
        states.append(_run_gru(layer, gates, dtype))
    return torch.stack(states)


def recurrent_weights(ahead: nn.Module, back: nn.Module, dtype: torch.dtype) -> Tensor:
    """`weight_hh` of both layers, (2, gates x H, H)."""
    return torch.stack([parameters_of(layer).weight_hh.to(dtype) for layer in (ahead, back)])


def _run_cudnn(ahead: nn.Module, back: nn.Module, inputs: Tensor) -> Tensor:
    parts = zip((ahead, back), inputs, strict=True)
    return torch.stack([layer(part)[0] for layer, part in parts])


def _lstm_gates(layer: nn.Module, inputs: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    weights = parameters_of(layer)
    bias = (weights.bias_ih + weights.bias_hh).to(dtype)
    return functional.linear(inputs.to(dtype), weights.weight_ih.to(dtype), bias)


def _gru_gates(layer: nn.Module, inputs: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    weights = gru_parameters(layer)
    return functional.linear(inputs.to(dtype), weights.weight_ih.to(dtype), weights.bias.to(dtype))


def _run_gru(layer: nn.Module, gates: Tensor, dtype: torch.dtype) -> Tensor:
    weights = gru_parameters(layer)
    weight, bias_n = weights.weight_hh.to(dtype), weights.bias_n.to(dtype)
    start = gates.new_zeros(gates.shape[1], weight.shape[1])
    return gru_sequence(gates, start, weight, bias_n)
