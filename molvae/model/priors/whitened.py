"""What priors share that are densities of whitened latents."""

from abc import abstractmethod

import torch
from torch import Tensor

from molvae.model.priors.base import Prior


class WhitenedPrior(Prior):
    """A density of latents after whitening by their mean and covariance.

    By the Cholesky factor L of the covariance: L^-1 (z - mean), whose dimension d depends on
    the first d of z. `start_at` finds both; until then whitening is the identity.
    """

    JITTER = 1e-4
    """Share of the mean variance added to each dimension's, so that none is without."""

    def __init__(self, latent_size: int) -> None:
        super().__init__(latent_size)
        self.register_buffer("mean", torch.zeros(latent_size))
        self.register_buffer("factor", torch.eye(latent_size))

    @abstractmethod
    def white_log_prob(self, white: Tensor) -> Tensor:
        """Log-density in nats, (B,), of whitened latents `white` (B, Z)."""

    @abstractmethod
    def white_sample(self, count: int, generator: torch.Generator | None) -> Tensor:
        """`count` draws (count, Z) of whitened latents."""

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats, (B,), of `z` (B, Z)."""
        mean, factor = self.get_buffer("mean"), self.get_buffer("factor")
        white = torch.linalg.solve_triangular(factor, (z.float() - mean).T, upper=False).T
        return self.white_log_prob(white) - factor.diagonal().log().sum()

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z), without gradient."""
        mean, factor = self.get_buffer("mean"), self.get_buffer("factor")
        return torch.addmm(mean, self.white_sample(count, generator), factor.T)

    @torch.no_grad()
    def start_at(self, z: Tensor) -> None:
        """Whiten by the mean and covariance of `z` (N, Z)."""
        exact = z.double()
        mean = exact.mean(0)
        covariance = (exact - mean).T @ (exact - mean) / len(exact)
        jitter = self.JITTER * covariance.diagonal().mean() + torch.finfo(torch.float32).tiny
        covariance.diagonal().add_(jitter)
        self.get_buffer("mean").copy_(mean)
        self.get_buffer("factor").copy_(torch.linalg.cholesky(covariance))
