"""What every encoder can do."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Encoder(nn.Module, ABC):
    """Reads a molecule into one vector, its summary."""

    summary_size: int
    """Width S of the summary."""

    @abstractmethod
    def forward(
        self, embedding: Tensor, tokens: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Summary (B, S) of `tokens` (T, B) whose first `lengths` (B,) steps count.

        `embedding` is the token table (V, E); `dtype` is what the network computes in. What
        stands in the padding has no effect.
        """

    @abstractmethod
    def read_embedded(self, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        """Summary (B, S) of embedded tokens (T, B, E) that all count: for learned inputs."""
