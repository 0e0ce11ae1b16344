"""A mixture of diagonal Gaussians."""

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import PriorConfig
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors.base import Prior

KMEANS_ROUNDS = 10
KMEANS_ROWS = 20_000
"""Latents that the start is found from."""


@final
class MixturePrior(Prior):
    """K diagonal Gaussians whose weights, means and variances are learned.

    The prior of Dilokthanakul et al. 2016 without labels. Starts about 0, with all variances 1.
    """

    VARIANCE_FLOOR = 1e-3
    """Least variance of a component where it starts, as a share of that of all latents."""

    def __init__(self, latent_size: int, config: PriorConfig) -> None:
        super().__init__(latent_size)
        self.mu = nn.Parameter(torch.randn(config.components, latent_size))
        self.logvar = nn.Parameter(torch.zeros(config.components, latent_size))
        self.logits = nn.Parameter(torch.zeros(config.components))

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats, (B,), of `z` (B, Z)."""
        return mixture_log_prob(z, self.mu, self.logvar, self.logits.log_softmax(0))

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z), without gradient."""
        return sample_mixture(count, self.mu, self.logvar, self.logits.softmax(0), generator)

    @torch.no_grad()
    def start_at(self, z: Tensor) -> None:
        """Components where k-means (Lloyd 1982) finds clusters of `z` (N, Z)."""
        z = z[_spread(len(z), KMEANS_ROWS)].float()
        nearest = _kmeans(z, len(self.mu))
        members = functional.one_hot(nearest, len(self.mu)).float()  # (N, K)
        counts = members.sum(0)
        sizes = counts[:, None].clamp_min(1.0)
        mu = torch.where(counts[:, None] > 0, members.T @ z / sizes, z.mean(0))
        squares = members.T @ (z - mu[nearest]).square() / sizes
        overall = z.var(0, correction=0)
        # As if each cluster held one molecule more, at the spread of them all.
        variance = (squares * counts[:, None] + overall) / (counts[:, None] + 1.0)
        floor = self.VARIANCE_FLOOR * overall + torch.finfo(torch.float32).tiny
        self.mu.copy_(mu)
        self.logvar.copy_(torch.maximum(variance, floor).log())
        self.logits.copy_((counts + 1.0).log())


def mixture_log_prob(z: Tensor, mu: Tensor, logvar: Tensor, log_weights: Tensor) -> Tensor:
    """log sum_k w_k N(z; mu_k, var_k) in nats, (B,), of `z` (B, Z); `mu`, `logvar` are (K, Z).

    The squares are expanded into matrix products about the mean of the components, so that
    nothing of size B x K x Z is made.
    """
    center = mu.mean(0)
    z, mu = z - center, mu - center
    precision = torch.exp(-logvar)
    constant = (mu.square() * precision + logvar + LOG_2PI).sum(1)  # (K,)
    squares = z.square() @ precision.T - 2.0 * z @ (mu * precision).T  # (B, K)
    return torch.logsumexp(log_weights - 0.5 * (squares + constant), dim=1)


def sample_mixture(
    count: int, mu: Tensor, logvar: Tensor, weights: Tensor, generator: torch.Generator | None
) -> Tensor:
    """`count` draws (count, Z) from the Gaussians `mu`, `logvar` (K, Z) by `weights` (K,)."""
    chosen = torch.multinomial(weights, count, replacement=True, generator=generator)
    noise = torch.empty(count, mu.shape[1], device=mu.device).normal_(generator=generator)
    return mu[chosen] + noise * torch.exp(0.5 * logvar[chosen])


def _kmeans(z: Tensor, count: int) -> Tensor:
    """The cluster (N,) of each of `z` (N, Z) after some rounds from centers among them."""
    centers = z[_spread(len(z), count)]
    nearest = torch.cdist(z, centers).argmin(1)
    for _ in range(KMEANS_ROUNDS):
        members = functional.one_hot(nearest, len(centers)).float()
        counts = members.sum(0)[:, None]
        centers = torch.where(counts > 0, members.T @ z / counts.clamp_min(1.0), centers)
        nearest = torch.cdist(z, centers).argmin(1)
    return nearest


def _spread(total: int, count: int) -> Tensor:
    """At most `count` of `total` rows, evenly spread."""
    return torch.linspace(0, total - 1, min(total, count)).long()
