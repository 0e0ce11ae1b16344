"""The bidirectional LSTM that reads a molecule into one vector."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import EncoderConfig
from molvae.model.recurrent import lstm_sequence, parameters_of, table_lookup


class BiLSTMEncoder(nn.Module):
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
        ahead = _run_tokens(self.ahead[0], embedding, tokens, dtype)
        back = _run_tokens(self.back[0], embedding, tokens.gather(0, mirror), dtype)
        for layer_ahead, layer_back in zip(self.ahead[1:], self.back[1:], strict=True):
            both = self.dropout(torch.cat((ahead, _flip(back, mirror)), dim=2))
            ahead = _run(layer_ahead, both, dtype)
            back = _run(layer_back, _flip(both, mirror), dtype)
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


def _run_tokens(layer: nn.Module, embedding: Tensor, tokens: Tensor, dtype: torch.dtype) -> Tensor:
    if tokens.is_cuda:
        return _run(layer, functional.embedding(tokens, embedding), dtype)
    weights = parameters_of(layer)
    table = functional.linear(embedding, weights.weight_ih, weights.bias_ih + weights.bias_hh)
    gates = table_lookup(table.to(dtype), tokens)  # (T, B, 4H)
    return lstm_sequence(gates, weights.weight_hh.to(dtype))


def _run(layer: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
    if inputs.is_cuda:
        states: Tensor = layer(inputs)[0]
        return states
    weights = parameters_of(layer)
    bias = (weights.bias_ih + weights.bias_hh).to(dtype)
    gates = functional.linear(inputs.to(dtype), weights.weight_ih.to(dtype), bias)
    return lstm_sequence(gates, weights.weight_hh.to(dtype))
