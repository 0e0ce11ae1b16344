"""Conditions as the model sees them: some given, some free."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from molvae.config import ConditionConfig

ALL_HIDDEN = 0.4
"""Share of the molecules with hidden conditions of which all are hidden."""


class Conditioner(nn.Module):
    """Turns conditions, of which any may be missing, into features (B, F).

    `kinds` has one entry a condition: 0 for a standardized number, k for an index of k classes.
    A number enters as itself and by its nearness to fixed places, so that a small step shows;
    each condition has a flag for being there. With none there, the features are a
    learned "free" state.
    """

    PLACES = tuple(0.5 * step for step in range(-6, 7))
    """Standard deviations from the mean; each place reaches one half."""

    def __init__(self, kinds: Sequence[int], config: ConditionConfig) -> None:
        super().__init__()
        self.kinds = tuple(kinds)
        self.size = config.size
        width = sum(2 + len(self.PLACES) if kind == 0 else 1 + kind for kind in self.kinds)
        self.layers = nn.Sequential(
            nn.Linear(width, config.hidden_size),
            nn.SiLU(),
            nn.Linear(config.hidden_size, config.size),
            nn.SiLU(),
        )

    def forward(self, conditions: Tensor) -> Tensor:
        """Features (B, F) of `conditions` (B, C), NaN where missing, in float32."""
        features: Tensor = self.layers(self._described(conditions.float()))
        return features

    def free(self, count: int, device: torch.device) -> Tensor:
        """Conditions (count, C) of which none is given."""
        return torch.full((count, len(self.kinds)), torch.nan, device=device)

    def _described(self, conditions: Tensor) -> Tensor:
        """Condition by condition, so that one added later (fine-tuning) comes behind all others."""
        present = ~conditions.isnan()
        values = conditions.nan_to_num(0.0)
        parts = []
        for column, kind in enumerate(self.kinds):
            value, flag = values[:, column, None], present[:, column, None]
            part = _near(value, self.PLACES) if kind == 0 else _one_hot(value, kind)
            parts += [flag.float(), part * flag]
        return torch.cat(parts, dim=1)


def _near(value: Tensor, places: tuple[float, ...]) -> Tensor:
    """A number (B, 1) itself, and its nearness in (0, 1] to each of `places`."""
    distance = (value - torch.tensor(places, device=value.device)) / 0.5
    return torch.cat((value, torch.exp(-0.5 * distance.square())), dim=1)


def _one_hot(value: Tensor, classes: int) -> Tensor:
    return (value == torch.arange(classes, device=value.device)).float()


def hide_some(conditions: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """`conditions` (B, C) with a random part missing for a random `share` of the rows.

    Of these rows, 2 in 5 (all, where there is one condition) lose everything; the others a
    number from 1 to C - 1 of conditions, each number and each set of that size equally likely.
    """
    rows, columns = conditions.shape
    noise = torch.empty(rows, columns + 2, device=conditions.device).uniform_(generator=generator)
    chosen, extent, order = noise[:, 0] < share, noise[:, 1], noise[:, 2:].argsort(1).argsort(1)
    within = (extent - ALL_HIDDEN) / (1.0 - ALL_HIDDEN)  # in [0, 1) where not all are hidden
    some = 1 + (within * (columns - 1)).long().clamp(0, max(0, columns - 2))
    all_hidden = (extent < ALL_HIDDEN) | (columns == 1)
    hidden = torch.where(all_hidden, columns, some)
    return conditions.masked_fill(chosen[:, None] & (order < hidden[:, None]), torch.nan)
