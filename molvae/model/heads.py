"""Properties read off the latent vector."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import HeadsConfig


class PropertyHeads(nn.Module):
    """A small network from z to all properties at once (Gómez-Bombarelli et al. 2018).

    `kinds` has one entry a property: 0 for a standardized number, k for one of k classes.
    """

    def __init__(self, latent_size: int, kinds: Sequence[int], config: HeadsConfig) -> None:
        super().__init__()
        self.kinds = tuple(kinds)
        self._widths = [max(1, kind) for kind in self.kinds]
        self.layers = nn.Sequential(
            nn.Linear(latent_size, config.hidden_size),
            nn.SiLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden_size, sum(self._widths)),
        )

    def forward(self, z: Tensor) -> Tensor:
        """A number for each numeric property, a logit for each class, side by side, of z (B, Z)."""
        outputs: Tensor = self.layers(z.float())
        return outputs

    def predict(self, z: Tensor) -> Tensor:
        """The likeliest value of each property (B, P): a standardized number or class index."""
        parts = torch.split(self(z), self._widths, dim=1)
        values = [
            part[:, 0] if kind == 0 else part.argmax(1).float()
            for kind, part in zip(self.kinds, parts, strict=True)
        ]
        return torch.stack(values, dim=1)

    def losses(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Mean over the labeled molecules, (P,): half the squared error, or cross-entropy, in
        nats; 0 where no molecule of the batch has the label. `labels` is (B, P), NaN unknown.
        """
        parts = torch.split(outputs, self._widths, dim=1)
        losses = [
            _loss(part, labels[:, column], kind)
            for column, (kind, part) in enumerate(zip(self.kinds, parts, strict=True))
        ]
        return torch.stack(losses)


def _loss(outputs: Tensor, labels: Tensor, kind: int) -> Tensor:
    known = ~labels.isnan()
    values = labels.nan_to_num(0.0)
    if kind == 0:
        each = 0.5 * (outputs[:, 0] - values).square()
    else:
        each = functional.cross_entropy(outputs, values.long(), reduction="none")
    return torch.where(known, each, 0.0).sum() / known.sum().clamp(min=1)
