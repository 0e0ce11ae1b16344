"""The one form in which molecules reach the model."""

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Molecules as time-major token ids.

    `tokens` (T, B): each molecule's tokens, then its end token, then padding; int64.
    `lengths` (B,): how many of them count, the end token included.
    `inputs` (T, B): `tokens` one step later, behind a begin token: what the decoder reads.
    `conditions` (B, C) and `labels` (B, P): what the model is told and what its heads
    learn: standardized numbers or indices of classes, float32, NaN where missing.
    `source` (S, B) and `source_lengths` (B,): what the encoder reads, of the same form as
    `tokens` and `lengths`; None for these.
    """

    tokens: Tensor
    lengths: Tensor
    inputs: Tensor
    conditions: Tensor | None = None
    labels: Tensor | None = None
    source: Tensor | None = None
    source_lengths: Tensor | None = None

    @property
    def read(self) -> tuple[Tensor, Tensor]:
        """The tokens that the encoder reads, and how many of them count."""
        if self.source is None or self.source_lengths is None:
            return self.tokens, self.lengths
        return self.source, self.source_lengths

    def repeat(self, times: int) -> "Batch":
        """Each molecule `times` times in a row."""
        along = (1, 0, 1, 0, 0, 1, 0)
        parts = zip(self, along, strict=True)
        return Batch(
            *(None if part is None else part.repeat_interleave(times, dim) for part, dim in parts)  # type: ignore[arg-type]
        )
