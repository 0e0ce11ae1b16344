"""What every q(z|x) can do."""

from abc import ABC, abstractmethod
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn


class Draw(NamedTuple):
    """One latent vector a molecule: `z` (B, Z) and its log-density `log_q` (B,) in nats."""

    z: Tensor
    log_q: Tensor


class Posterior(ABC):
    """q(z|x) of B molecules over Z dimensions, in float32.

    `mu` (B, Z) is where a molecule is placed: what `Generator.encode` returns. `logvar`
    (B, Z) is the log-variance of each dimension about it: exact for a Gaussian, else an estimate.
    """

    mu: Tensor
    logvar: Tensor
    is_point = False
    """Whether all of it is at `mu`: then there is no density, and KL and log q count as 0."""

    @property
    def std(self) -> Tensor:
        """Standard deviation of each dimension, (B, Z)."""
        return torch.exp(0.5 * self.logvar)

    @abstractmethod
    def draw(self, generator: torch.Generator | None = None) -> Draw:
        """One reparameterized draw for each molecule, with its log-density."""

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One reparameterized draw for each molecule, (B, Z)."""
        return self.draw(generator).z

    @abstractmethod
    def repeat(self, times: int) -> Self:
        """Each molecule's posterior `times` times in a row."""


def as_recorded(start: Tensor) -> torch.set_grad_enabled:
    """Records no gradient where `start` has none to hand on: it was computed in inference mode.

    For posteriors that compute more when asked, by whomever and in whatever mode.
    """
    return torch.set_grad_enabled(torch.is_grad_enabled() and not start.is_inference())


class PosteriorHeads(nn.Module, ABC):
    """From the encoder's summary to the posterior."""

    @abstractmethod
    def forward(self, summary: Tensor) -> Posterior:
        """Posterior of `summary` (B, width), computed in float32 whatever came in."""
