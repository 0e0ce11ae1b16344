"""The diagonal Gaussian q(z|x) and its distance to the prior."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Gaussian(NamedTuple):
    """A diagonal Gaussian for each molecule: `mu` and `logvar`, both (B, Z) in float32."""

    mu: Tensor
    logvar: Tensor

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One reparameterized draw, (B, Z) (Kingma & Welling 2014, section 2.4)."""
        noise = torch.empty_like(self.mu).normal_(generator=generator)
        return self.mu + noise * torch.exp(0.5 * self.logvar)

    def kl(self) -> Tensor:
        """KL(q || N(0, I)) by dimension in nats, (B, Z) (Kingma & Welling 2014, appendix B)."""
        return 0.5 * (self.mu.square() + self.logvar.exp() - 1.0 - self.logvar)


class GaussianHeads(nn.Module):
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
