"""What encoders that read in both directions have in common."""

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from molvae.config import EncoderConfig
from molvae.model.bidirectional import mirror_index, mirrored
from molvae.model.encoders.base import Encoder


class BidirectionalEncoder(Encoder):
    """Reads tokens left to right and right to left; the two last states are the summary."""

    layer: ClassVar[type[nn.LSTM] | type[nn.GRU]]
    """One layer of one direction."""

    def __init__(self, embedding_size: int, config: EncoderConfig) -> None:
        super().__init__()
        sizes = [embedding_size] + [2 * config.hidden_size] * (config.layers - 1)
        self.ahead = nn.ModuleList(self.layer(size, config.hidden_size) for size in sizes)
        self.back = nn.ModuleList(self.layer(size, config.hidden_size) for size in sizes)
        self.dropout = nn.Dropout(config.dropout)
        self.summary_size = 2 * config.hidden_size

    @abstractmethod
    def _run(self, ahead: nn.Module, back: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        """States (2, T, B, H) of one layer over its own `inputs` (2, T, B, E)."""

    @abstractmethod
    def _run_tokens(self, embedding: Tensor, tokens: Tensor, dtype: torch.dtype) -> Tensor:
        """States (2, T, B, H) of the first layer over `tokens` (2, T, B)."""

    def forward(
        self, embedding: Tensor, tokens: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Summary (B, 2H) of `tokens` (T, B) whose first `lengths` (B,) steps count.

        `embedding` is the token table (V, E); `dtype` is what the recurrence computes in.
        """
        mirror = mirror_index(lengths, tokens.shape[0])
        both = torch.stack((tokens, tokens.gather(0, mirror)))  # (2, T, B)
        states = self._run_tokens(embedding, both, dtype)
        return self._summary(states, mirror, lengths, dtype)

    def read_embedded(self, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        """Summary (B, 2H) of embedded tokens (T, B, E) that all count."""
        steps, count = inputs.shape[:2]
        lengths = torch.full((count,), steps, device=inputs.device)
        mirror = mirror_index(lengths, steps)
        both = torch.stack((inputs, inputs.flip(0)))  # (2, T, B, E)
        states = self._run(self.ahead[0], self.back[0], both, dtype)
        return self._summary(states, mirror, lengths, dtype)

    def _summary(
        self, states: Tensor, mirror: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """The last states of both directions, from those of the first layer (2, T, B, H)."""
        ahead, back = states
        for layers in zip(self.ahead[1:], self.back[1:], strict=True):
            forth = self.dropout(torch.cat((ahead, mirrored(back, mirror)), dim=2))
            both = torch.stack((forth, mirrored(forth, mirror)))
            ahead, back = self._run(*layers, both, dtype)
        last = lengths - 1
        column = torch.arange(len(lengths), device=last.device)
        summary = torch.cat((ahead[last, column], back[last, column]), dim=1)  # (B, 2H)
        dropped: Tensor = self.dropout(summary)
        return dropped
