"""The prior that a normalizing flow makes of N(0, I)."""

import torch
from torch import Tensor

from molvae.config import PriorConfig
from molvae.model.flows import coupling_flow
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors.base import Prior


class FlowPrior(Prior):
    """Latents whitened, then through couplings, are N(0, I) (Dinh et al. 2017; Chen et al. 2017).

    `log_prob` and `sample` are one pass each. Whitening, by the mean and the Cholesky factor
    of the covariance that `start_at` finds, is the identity until then.
    """

    JITTER = 1e-4
    """Share of the mean variance added to each dimension's, so that none is without."""

    def __init__(self, latent_size: int, config: PriorConfig) -> None:
        super().__init__(latent_size)
        self.flow = coupling_flow(latent_size, config.layers, config.hidden_size)
        self.register_buffer("mean", torch.zeros(latent_size))
        self.register_buffer("factor", torch.eye(latent_size))

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z) in nats, (B,), of `z` (B, Z): change of variables to N(0, I)."""
        mean, factor = self.get_buffer("mean"), self.get_buffer("factor")
        white = torch.linalg.solve_triangular(factor, (z.float() - mean).T, upper=False).T
        noise, log_det = self.flow(white)
        log_base = -0.5 * (LOG_2PI + noise.square()).sum(1)
        log_prob: Tensor = log_base + log_det - factor.diagonal().log().sum()
        return log_prob

    @torch.no_grad()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """`count` draws (count, Z), without gradient."""
        mean, factor = self.get_buffer("mean"), self.get_buffer("factor")
        noise = torch.empty(count, self.latent_size, device=mean.device)
        white = self.flow.inverse(noise.normal_(generator=generator))
        return torch.addmm(mean, white, factor.T)

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
