"""The standard normal prior."""

import torch
from torch import Tensor

from molvae.model.posteriors import Draw, Gaussian, Posterior
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors.base import Prior


class NormalPrior(Prior):
    """N(0, I) (Kingma & Welling 2014); nothing is learned."""

    is_standard = True

    def __init__(self, latent_size: int) -> None:
        super().__init__(latent_size)
        # On the CPU even inside torch.device("meta"): weights that are loaded do not fill it.
        self.register_buffer("_place", torch.zeros((), device="cpu"), persistent=False)

    def log_prob(self, z: Tensor) -> Tensor:
        """log N(z; 0, I) in nats, (B,), of `z` (B, Z)."""
        return -0.5 * (LOG_2PI + z.square()).sum(1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z)."""
        z = torch.empty(count, self.latent_size, device=self.get_buffer("_place").device)
        return z.normal_(generator=generator)

    def kl(self, posterior: Posterior, draw: Draw) -> Tensor:
        """KL(q || N(0, I)) in nats, (B,): in closed form where q is Gaussian."""
        if isinstance(posterior, Gaussian):
            return posterior.kl().sum(1)
        return super().kl(posterior, draw)
