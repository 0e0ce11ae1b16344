"""The point that a plain autoencoder makes of a molecule."""

from typing import Self, final

import torch
from torch import Tensor, nn

from molvae.model.posteriors.base import Draw, Posterior, PosteriorHeads


@final
class Point(Posterior):
    """All of q(z|x) in one point `mu` (B, Z).

    It has no density: its KL to any prior counts as 0, and so does log q. `logvar` is -inf.
    """

    is_point = True

    def __init__(self, mu: Tensor) -> None:
        self.mu = mu
        self.logvar = torch.full_like(mu, -torch.inf)

    def draw(self, generator: torch.Generator | None = None) -> Draw:
        """The point itself; `generator` is not used."""
        del generator
        return Draw(self.mu, self.mu.new_zeros(len(self.mu)))

    def repeat(self, times: int) -> Self:
        """Each molecule's point `times` times in a row."""
        return type(self)(self.mu.repeat_interleave(times, 0))


@final
class DeterministicHeads(PosteriorHeads):
    """One linear layer from the encoder's summary to the point."""

    def __init__(self, width: int, latent_size: int) -> None:
        super().__init__()
        self.mu = nn.Linear(width, latent_size)

    def forward(self, summary: Tensor) -> Point:
        """Point of `summary` (B, width), computed in float32 whatever came in."""
        return Point(self.mu(summary.float()))
