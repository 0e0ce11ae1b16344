"""Two levels of latents, the lower one given the upper."""

from typing import final

import torch
from torch import Tensor

from molvae.config import PosteriorConfig, PriorConfig
from molvae.model.flows.networks import ResidualMLP
from molvae.model.posteriors import Draw, Gaussian, GaussianHeads, Hierarchical, Posterior
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.posteriors.hierarchical import settle_upper_size
from molvae.model.priors.base import Prior


@final
class HierarchicalPrior(Prior):
    """p(upper) = N(0, I), p(lower | upper) a learned diagonal Gaussian; z = (upper, lower).

    Starts as N(0, I) (Ranganath et al. 2016; Sønderby et al. 2016). The levels are as wide
    as those of the posterior of two levels (`model.posterior.upper_size`).
    """

    def __init__(self, latent_size: int, config: PriorConfig, posterior: PosteriorConfig) -> None:
        super().__init__(latent_size)
        self.upper_size = settle_upper_size(latent_size, posterior)
        lower_size = latent_size - self.upper_size
        self.network = ResidualMLP(self.upper_size, 2 * lower_size, config.hidden_size)

    def lower(self, upper: Tensor) -> Gaussian:
        """p(lower | upper) of `upper` (B, U)."""
        mu, logvar = self.network(upper).chunk(2, dim=1)
        return Gaussian(mu, logvar.clamp(*GaussianHeads.LOGVAR_LIMITS))

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats, (B,), of `z` (B, Z)."""
        upper, lower = self._levels(z)
        return self.lower(upper).log_prob(lower) - 0.5 * (LOG_2PI + upper.square()).sum(1)

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z), without gradient: the upper level first."""
        device = next(self.parameters()).device
        upper = torch.empty(count, self.upper_size, device=device).normal_(generator=generator)
        return torch.cat((upper, self.lower(upper).sample(generator)), dim=1)

    def kl(self, posterior: Posterior, draw: Draw) -> Tensor:
        """KL(q(z|x) || p(z)) in nats, (B,), unbiased: that of both levels, where there are two."""
        if isinstance(posterior, Hierarchical):
            return self.kl_by_level(posterior, draw).sum(1)
        return super().kl(posterior, draw)

    def kl_by_level(self, posterior: Hierarchical, draw: Draw) -> Tensor:
        """KL of the upper and of the lower level in nats, (B, 2), whose sum is all of it.

        KL(q(upper | x, lower) || N(0, I)), in closed form given the lower level drawn, and
        log q(lower | x) - log p(lower | upper) of the draw.
        """
        upper, lower = self._levels(draw.z)
        of_upper = posterior.upper(lower).kl().sum(1)
        of_lower = posterior.lower.log_prob(lower) - self.lower(upper).log_prob(lower)
        return torch.stack((of_upper, of_lower), dim=1)

    @torch.no_grad()
    def start_at(self, z: Tensor) -> None:
        """Mean and variance of the lower level as those of `z` (N, Z)."""
        _, lower = self._levels(z)
        variance = lower.var(0, correction=0).clamp_min(torch.finfo(torch.float32).tiny)
        self.network.last.bias.copy_(torch.cat((lower.mean(0), variance.log())))

    def _levels(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return z[:, : self.upper_size], z[:, self.upper_size :]
