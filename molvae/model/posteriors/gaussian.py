"""The diagonal Gaussian q(z|x) and its distance to the standard normal prior."""

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from molvae.model.posteriors.base import Draw, Posterior, PosteriorHeads

LOG_2PI = math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Gaussian(Posterior):
    """A diagonal Gaussian for each molecule: `mu` and `logvar`, both (B, Z) in float32."""

    mu: Tensor
    logvar: Tensor

    def draw(self, generator: torch.Generator | None = None) -> Draw:
        """One reparameterized draw (Kingma & Welling 2014, section 2.4)."""
        noise = torch.empty_like(self.mu).normal_(generator=generator)
        z = self.mu + noise * torch.exp(0.5 * self.logvar)
        return Draw(z, -0.5 * (LOG_2PI + self.logvar + noise.square()).sum(1))

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z|x) in nats, (B,), of `z` (B, Z)."""
        squares = (z - self.mu).square() * torch.exp(-self.logvar)
        return -0.5 * (LOG_2PI + self.logvar + squares).sum(1)

    def kl(self) -> Tensor:
        """KL(q || N(0, I)) by dimension in nats, (B, Z) (Kingma & Welling 2014, appendix B)."""
        return 0.5 * (self.mu.square() + self.logvar.exp() - 1.0 - self.logvar)

    def repeat(self, times: int) -> Self:
        """Each molecule's posterior `times` times in a row."""
        return type(self)(
            self.mu.repeat_interleave(times, 0), self.logvar.repeat_interleave(times, 0)
        )

    def detach(self) -> Self:
        """The same, through which no gradient flows to the encoder."""
        return type(self)(self.mu.detach(), self.logvar.detach())


class GaussianHeads(PosteriorHeads):
    """Mean and log-variance of the posterior from the encoder's summary."""

    LOGVAR_LIMITS = (-12.0, 6.0)

    def __init__(self, width: int, latent_size: int) -> None:
        super().__init__()
        self.mu = nn.Linear(width, latent_size)
        self.logvar = nn.Linear(width, latent_size)

    def forward(self, summary: Tensor) -> Gaussian:
        """Posterior of `summary` (B, width), computed in float32 whatever came in."""
        summary = summary.float()
        return Gaussian(self.mu(summary), self.logvar(summary).clamp(*self.LOGVAR_LIMITS))
