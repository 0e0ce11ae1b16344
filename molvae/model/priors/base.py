"""What every p(z) can do."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from molvae.model.posteriors import Draw, Posterior

EncodeEmbedded = Callable[[Tensor], Posterior]
"""From embedded tokens (T, B, E), each sequence of full length, to their posteriors."""


class Prior(nn.Module, ABC):
    """p(z) over Z = `latent_size` dimensions; computed in float32."""

    is_standard = False
    """Whether this is N(0, I), whose KL has a closed form."""

    def __init__(self, latent_size: int) -> None:
        super().__init__()
        self.latent_size = latent_size

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats, (B,), of `z` (B, Z)."""

    @abstractmethod
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z), without gradient; `generator` is on the prior's device."""

    def kl(self, posterior: Posterior, draw: Draw) -> Tensor:
        """KL(q(z|x) || p(z)) in nats, (B,): log q - log p of one draw, unbiased.

        Of a posterior that is a point, 0. Overridden where there is a closed form.
        """
        if posterior.is_point:
            return torch.zeros_like(draw.log_q)
        return draw.log_q - self.log_prob(draw.z)

    def attach(self, encode: EncodeEmbedded, embedding_size: int) -> None:
        """Given once by the model it is part of; for priors made of posteriors."""
        del encode, embedding_size

    @torch.no_grad()
    def start_at(self, z: Tensor) -> None:
        """Fit what can be fitted at once to latents `z` (N, Z): centers and scales.

        Called before a prior is fitted to a trained model; does nothing unless overridden.
        """
        del z
