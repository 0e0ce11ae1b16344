"""Two levels of latents, the upper one given the lower."""

from functools import cached_property
from typing import Self, final

import torch
from torch import Tensor

from molvae.config import PosteriorConfig
from molvae.errors import ConfigError
from molvae.model.flows.networks import ResidualMLP
from molvae.model.posteriors.base import Draw, Posterior, PosteriorHeads, as_recorded
from molvae.model.posteriors.gaussian import Gaussian, GaussianHeads


@final
class Hierarchical(Posterior):
    """q(lower | x) q(upper | x, lower), both diagonal Gaussians; z = (upper, lower).

    Bottom-up inference (Ranganath et al. 2016; compare Sønderby et al. 2016). `mu` and
    `logvar` of the upper level are those given the mean of the lower one.
    """

    def __init__(self, lower: Gaussian, network: ResidualMLP, summary: Tensor) -> None:
        self.lower = lower
        self.network = network
        self.summary = summary

    @cached_property
    def mu(self) -> Tensor:  # type: ignore[override]
        """Means of both levels, (B, Z)."""
        return torch.cat((self._central.mu, self.lower.mu), dim=1)

    @cached_property
    def logvar(self) -> Tensor:  # type: ignore[override]
        """Log-variances of both levels, (B, Z)."""
        return torch.cat((self._central.logvar, self.lower.logvar), dim=1)

    @cached_property
    def _central(self) -> Gaussian:
        return self.upper(self.lower.mu)

    def upper(self, lower: Tensor) -> Gaussian:
        """q(upper | x, lower) of `lower` (B, L)."""
        with as_recorded(self.lower.mu):
            mu, logvar = self.network(lower, self.summary).chunk(2, dim=1)
        return Gaussian(mu, logvar.clamp(*GaussianHeads.LOGVAR_LIMITS))

    def draw(self, generator: torch.Generator | None = None) -> Draw:
        """The lower level is drawn first, then the upper one given it."""
        lower = self.lower.draw(generator)
        upper = self.upper(lower.z).draw(generator)
        return Draw(torch.cat((upper.z, lower.z), dim=1), upper.log_q + lower.log_q)

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z|x) in nats, (B,), of `z` (B, Z)."""
        upper, lower = self.levels(z)
        return self.upper(lower).log_prob(upper) + self.lower.log_prob(lower)

    def levels(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The upper (B, U) and lower (B, L) part of `z`."""
        lower_size = self.lower.mu.shape[1]
        return z[:, :-lower_size], z[:, -lower_size:]

    def repeat(self, times: int) -> Self:
        """Each molecule's posterior `times` times in a row."""
        summary = self.summary.repeat_interleave(times, 0)
        return type(self)(self.lower.repeat(times), self.network, summary)


@final
class HierarchicalHeads(PosteriorHeads):
    """The lower level's heads, and a network that tells the upper level."""

    def __init__(self, width: int, latent_size: int, config: PosteriorConfig) -> None:
        super().__init__()
        upper_size = settle_upper_size(latent_size, config)
        lower_size = latent_size - upper_size
        self.lower = GaussianHeads(width, lower_size)
        self.upper = ResidualMLP(width + lower_size, 2 * upper_size, config.hidden_size)

    def forward(self, summary: Tensor) -> Hierarchical:
        """Posterior of `summary` (B, width), computed in float32 whatever came in."""
        summary = summary.float()
        return Hierarchical(self.lower(summary), self.upper, summary)


def settle_upper_size(latent_size: int, config: PosteriorConfig) -> int:
    """Dimensions of the upper level: as set, else a quarter of all, at least one.

    Raises `ConfigError` when none are left for the lower level.
    """
    size = config.upper_size or max(1, latent_size // 4)
    if size >= latent_size:
        raise ConfigError(
            f"model.posterior.upper_size = {size} leaves no lower level: "
            f"latent_size is {latent_size}"
        )
    return size
