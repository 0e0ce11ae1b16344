"""The bidirectional LSTM that reads a molecule into one vector."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import EncoderConfig
from molvae.model.encoders.base import Encoder
from molvae.model.recurrent import lstm_sequence, parameters_of, table_lookup


class BiLSTMEncoder(Encoder):
    """Reads tokens left to right and right to left; the two last states are the summary.

    Each direction is a one-way LSTM, the backward one fed each sequence reversed in
    place, padding last. So no packing is needed, and what the padding does is never read.
    """

    def __init__(self, embedding_size: int, config: EncoderConfig) -> None:
        super().__init__()
        sizes = [embedding_size] + [2 * config.hidden_size] * (config.layers - 1)
        self.ahead = nn.ModuleList(nn.LSTM(size, config.hidden_size) for size in sizes)
        self.back = nn.ModuleList(nn.LSTM(size, config.hidden_size) for size in sizes)
        self.dropout = nn.Dropout(config.dropout)
        self.summary_size = 2 * config.hidden_size

    def forward(
        self, embedding: Tensor, tokens: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Summary (B, 2H) of `tokens` (T, B) whose first `lengths` (B,) steps count.

        `embedding` is the token table (V, E); `dtype` is what the recurrence computes in.
        """
        mirror = _mirror_index(lengths, tokens.shape[0])
        both = torch.stack((tokens, tokens.gather(0, mirror)))  # (2, T, B)
        states = _run_tokens(self.ahead[0], self.back[0], embedding, both, dtype)
        return self._summary(states, mirror, lengths, dtype)

    def read_embedded(self, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        """Summary (B, 2H) of embedded tokens (T, B, E) that all count."""
        steps, count = inputs.shape[:2]
        lengths = torch.full((count,), steps, device=inputs.device)
        mirror = _mirror_index(lengths, steps)
        both = torch.stack((inputs, inputs.flip(0)))  # (2, T, B, E)
        return self._summary(_run(self.ahead[0], self.back[0], both, dtype), mirror, lengths, dtype)

    def _summary(
        self, states: Tensor, mirror: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """The last states of both directions, from those of the first layer (2, T, B, H)."""
        ahead, back = states
        for layers in zip(self.ahead[1:], self.back[1:], strict=True):
            forth = self.dropout(torch.cat((ahead, _flip(back, mirror)), dim=2))
            ahead, back = _run(*layers, torch.stack((forth, _flip(forth, mirror))), dtype)
        last = lengths - 1
        column = torch.arange(len(lengths), device=last.device)
        summary = torch.cat((ahead[last, column], back[last, column]), dim=1)  # (B, 2H)
        dropped: Tensor = self.dropout(summary)
        return dropped


def _mirror_index(lengths: Tensor, steps: int) -> Tensor:
    """Index (T, B) that reverses the first `lengths` steps of each column, leaving the rest."""
    step = torch.arange(steps, device=lengths.device)[:, None]
    return torch.where(step < lengths, lengths - 1 - step, step)


def _flip(values: Tensor, mirror: Tensor) -> Tensor:
    return values.gather(0, mirror[:, :, None].expand_as(values))


def _run_tokens(
    ahead: nn.Module, back: nn.Module, embedding: Tensor, tokens: Tensor, dtype: torch.dtype
) -> Tensor:
    """States (2, T, B, H) of both directions over their own `tokens` (2, T, B)."""
    if tokens.is_cuda:
        return _run(ahead, back, functional.embedding(tokens, embedding), dtype)
    table = torch.cat([_input_gates(layer, embedding) for layer in (ahead, back)])  # (2V, 4H)
    shift = torch.tensor([0, len(embedding)]).view(2, 1, 1)
    gates = table_lookup(table.to(dtype), tokens + shift)
    return lstm_sequence(gates, _recurrent_weights(ahead, back, dtype))


def _run(ahead: nn.Module, back: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
    """States (2, T, B, H) of both directions over their own `inputs` (2, T, B, E)."""
    parts = ((ahead, inputs[0]), (back, inputs[1]))
    if inputs.is_cuda:
        return torch.stack([layer(part)[0] for layer, part in parts])
    gates = torch.stack([_input_gates(layer, part, dtype) for layer, part in parts])
    return lstm_sequence(gates, _recurrent_weights(ahead, back, dtype))


def _input_gates(layer: nn.Module, inputs: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    weights = parameters_of(layer)
    bias = (weights.bias_ih + weights.bias_hh).to(dtype)
    return functional.linear(inputs.to(dtype), weights.weight_ih.to(dtype), bias)


def _recurrent_weights(ahead: nn.Module, back: nn.Module, dtype: torch.dtype) -> Tensor:
    return torch.stack([parameters_of(layer).weight_hh.to(dtype) for layer in (ahead, back)])
