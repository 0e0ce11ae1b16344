"""What a decoder is told beside the latents: conditions, guidance, the grammar's constraint."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import pandas as pd
import torch

from molvae.data.attributes import Attribute
from molvae.generation.conditions import (
    Conditions,
    check_guidance,
    read_targets,
    target_row,
    target_rows,
)
from molvae.model.decoding import TokenConstraint


class Steering(NamedTuple):
    """How decoding is steered; `conditions` (C,) are for all latents, (N, C) for one each."""

    conditions: torch.Tensor | None = None
    guidance: float = 1.0
    constraint: TokenConstraint | None = None

    def rows(self, start: int, count: int) -> Self:
        """The same for the `count` latents from `start` on."""
        if self.conditions is None:
            return self
        if self.conditions.ndim == 1:
            return self._replace(conditions=self.conditions.expand(count, -1))
        return self._replace(conditions=self.conditions[start : start + count])

    def repeated(self, times: int) -> Self:
        """The same for latents that are each decoded `times` times, one after the other."""
        if self.conditions is None or self.conditions.ndim == 1:
            return self
        return self._replace(conditions=self.conditions.repeat_interleave(times, dim=0))


def steer(
    conditions: Conditions | pd.DataFrame | None,
    guidance: float,
    known: Sequence[Attribute],
    *,
    count: int = 0,
    device: torch.device,
) -> Steering:
    """What a user asked for as the decoder takes it, without a constraint.

    `known` are the conditions of the model, `count` is the number of latents, where a table has
    a row for each. Raises as `conditions.read_targets`, `target_rows` and `check_guidance`.
    """
    given = isinstance(conditions, pd.DataFrame) or bool(conditions)
    check_guidance(guidance, known, given=given)
    if conditions is None or not given:
        return Steering(guidance=guidance)
    if isinstance(conditions, pd.DataFrame):
        rows = target_rows(conditions, known, count)
    else:
        rows = target_row(read_targets(conditions, known), known)
    return Steering(torch.from_numpy(rows).to(device), guidance)
