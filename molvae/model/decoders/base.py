"""What every decoder can do."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol, Self

import torch
from torch import Tensor, nn

States = tuple[Tensor, ...]
"""What changes from step to step, B rows each."""


class Steps(Protocol):
    """Decoding from a batch of latents a token at a time, all that stays the same computed."""

    @property
    def states(self) -> States:
        """The states before the first step."""

    @property
    def rows(self) -> int:
        """Number of latents B."""

    @property
    def device(self) -> torch.device:
        """Where the latents are."""

    def step(self, states: States, tokens: Tensor) -> tuple[Tensor, States]:
        """Logits (B, V) in float32 and the new states after reading one token (B,) each.

        The first token is the begin token.
        """

    def select(self, rows: Tensor) -> Self:
        """The same for some of the latents; the states are the caller's to select."""

    def without(self, tokens: Sequence[int]) -> Self:
        """The same, with the logits of `tokens` at -inf."""


class Decoder(nn.Module, ABC):
    """Writes a molecule from its latent vector, beside which conditions may stand."""

    reads_tokens: ClassVar[bool]
    """Whether what is written next depends on what is written, beyond the latent vector."""
    widths: tuple[int, ...]
    """Of what the first layer reads side by side."""

    @abstractmethod
    def forward(self, embedding: Tensor, tokens: Tensor, z: Tensor, dtype: torch.dtype) -> Tensor:
        """Logits (T, B, V) in float32 of the token after each of `tokens` (T, B); z is (B, Z).

        `embedding` is the token table (V, E); `dtype` is what the network computes in.
        """

    @abstractmethod
    def step_weights(self, embedding: Tensor, z: Tensor, dtype: torch.dtype) -> Steps:
        """What decodes from `z` (B, Z) token by token."""

    @property
    def tally_size(self) -> int:
        """Number of tokens that are counted while writing: the whole vocabulary, or none."""
        return 0
