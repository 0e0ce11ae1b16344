"""The one form in which molecules reach the model."""

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Molecules as time-major token ids.

    `tokens` (T, B): each molecule's tokens, then its end token, then padding; int64.
    `lengths` (B,): how many of them count, the end token included.
    `inputs` (T, B): `tokens` one step later, behind a begin token: what the decoder reads.
    """

    tokens: Tensor
    lengths: Tensor
    inputs: Tensor
