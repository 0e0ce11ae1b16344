"""beta-TCVAE: the KL taken apart, and the dependence between dimensions weighed by itself."""

from typing import NamedTuple

import torch
from torch import Tensor

from molvae.config import KLConfig
from molvae.errors import ConfigError
from molvae.model.batch import Batch
from molvae.model.objectives.base import Losses, Objective
from molvae.model.objectives.elbo import negative_elbo
from molvae.model.posteriors import Draw, Gaussian
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors import Prior
from molvae.model.vae import MolVAE


class Parts(NamedTuple):
    """Batch means in nats; their sum is the mean of log q(z|x) - log p(z)."""

    mutual_information: Tensor
    """Between molecule and latent: log q(z|x) - log q(z)."""
    total_correlation: Tensor
    """Between the dimensions: log q(z) - sum_d log q(z_d)."""
    dimension_kl: Tensor
    """sum_d log q(z_d) - log p(z): each dimension's distance to its prior, where that factors."""


class TotalCorrelation(Objective):
    """Negative ELBO + weight x total correlation (Chen et al. 2018, equation 4).

    Their beta is 1 + `weight` at a KL weight of 1. The aggregated posterior is estimated from
    the batch, by mini-batch stratified sampling (their appendix C.2), so that batches must be
    drawn from all molecules alike.
    """

    part_names = Parts._fields
    mixes_lengths = True

    def __init__(self, weight: float, kl: KLConfig, molecules: int) -> None:
        super().__init__()
        self.weight = weight
        self.kl = kl
        self.molecules = molecules

    def forward(
        self,
        model: MolVAE,
        batch: Batch,
        *,
        beta: float,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Losses:
        """The negative ELBO, whose KL keeps its closed form, and the weighed part.

        Raises `ConfigError` for a posterior that is not Gaussian.
        """
        forward = model(batch, dtype=dtype, generator=generator)
        if not isinstance(forward.posterior, Gaussian):
            raise ConfigError("the total correlation by mini-batch needs a Gaussian posterior")
        losses = negative_elbo(model, forward, batch, beta=beta, kl=self.kl)
        parts = decompose(forward.posterior, forward.draw, model.prior, self.molecules)
        loss = losses.loss + self.weight * parts.total_correlation
        return losses._replace(loss=loss, parts=parts._asdict())


def decompose(posterior: Gaussian, draw: Draw, prior: Prior, molecules: int) -> Parts:
    """The KL of a batch of a set of so many `molecules`, in parts; with all of them, exactly
    but for the draw."""
    pairs = _pairwise(posterior, draw.z)  # (B, B, Z)
    log_weights = stratified_log_weights(len(draw.z), molecules, pairs.device)
    log_joint = torch.logsumexp(pairs.sum(2) + log_weights, 1)
    log_product = torch.logsumexp(pairs + log_weights[:, :, None], 1).sum(1)
    return Parts(
        (draw.log_q - log_joint).mean(),
        (log_joint - log_product).mean(),
        (log_product - prior.log_prob(draw.z)).mean(),
    )


def _pairwise(posterior: Gaussian, z: Tensor) -> Tensor:
    """log q(z_i,d | x_j) in nats, (B, B, Z)."""
    squares = (z[:, None] - posterior.mu).square() * torch.exp(-posterior.logvar)
    return -0.5 * (LOG_2PI + posterior.logvar + squares)


def stratified_log_weights(size: int, molecules: int, device: torch.device | None = None) -> Tensor:
    """log of the share of q(z) that molecule j of a batch of `size` stands for, (size, size).

    Row i is for the z of molecule i: 1/N for i itself, the rest in equal parts for the others,
    which makes the mean over batches right (Chen et al. 2018, appendix C.2, where one of the
    others has a weight of its own); with all molecules 1/N each. Rows sum to 1.
    """
    if size == 1:
        return torch.zeros(1, 1, device=device)
    total = max(molecules, size)
    weights = torch.full((size, size), (1.0 - 1.0 / total) / (size - 1), device=device)
    return weights.fill_diagonal_(1.0 / total).log()
