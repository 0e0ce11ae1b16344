"""The prior made of the posteriors of learned pseudo-molecules."""

from typing import final

import torch
from torch import Tensor, nn

from molvae.config import PriorConfig
from molvae.model.posteriors import Gaussian
from molvae.model.priors.base import EncodeEmbedded, Prior
from molvae.model.priors.mixture import mixture_log_prob, sample_mixture


@final
class VampPrior(Prior):
    """p(z) = 1/K sum_k q(z | u_k), u_k learned inputs of the encoder (Tomczak & Welling 2018).

    A pseudo-molecule is a sequence of embedded tokens, not tokens; conditions are free in it.
    Neither density nor sampling works before the model has attached its encoder.
    """

    def __init__(self, latent_size: int, config: PriorConfig) -> None:
        super().__init__(latent_size)
        self.components = config.components
        self.pseudo_length = config.pseudo_length

    def attach(self, encode: EncodeEmbedded, embedding_size: int) -> None:
        """Keep the encoder, whose weights stay the model's, and make the pseudo-molecules."""
        self.encode = encode
        self.pseudo = nn.Parameter(
            torch.randn(self.pseudo_length, self.components, embedding_size)  # (T, K, E)
        )

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats, (B,), of `z` (B, Z); the gradient reaches the encoder too."""
        parts = self._parts()
        weights = torch.full_like(parts.mu[:, 0], 1.0 / self.components)
        return mixture_log_prob(z, parts.mu, parts.logvar, weights.log())

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z), without gradient."""
        parts = self._parts()
        weights = torch.full_like(parts.mu[:, 0], 1.0 / self.components)
        return sample_mixture(count, parts.mu, parts.logvar, weights, generator)

    def _parts(self) -> Gaussian:
        parts = self.encode(self.pseudo)
        assert isinstance(parts, Gaussian), "build_prior allows no other posterior"
        return parts
