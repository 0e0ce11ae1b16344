"""The evidence lower bound, summed over tokens and averaged over molecules."""

import torch

from molvae.config import KLConfig
from molvae.model.batch import Batch
from molvae.model.objectives.base import Losses, Objective, heads_loss, reconstruction_error
from molvae.model.vae import MolVAE


class Elbo(Objective):
    """Negative ELBO with the KL weighted by beta (Kingma & Welling 2014; Higgins et al. 2017).

    Sums run over tokens and latent dimensions, the mean over molecules, so that beta = 1
    is the bound itself, whatever the length of the molecules or the size of the batch.
    """

    def __init__(self, kl: KLConfig) -> None:
        super().__init__()
        self.kl = kl

    def forward(
        self,
        model: MolVAE,
        batch: Batch,
        *,
        beta: float,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Losses:
        """Reconstruction + beta x KL + weight x heads."""
        forward = model(batch, dtype=dtype, generator=generator)
        reconstruction = reconstruction_error(forward, batch)
        kl = model.kl(forward.posterior, forward.draw).mean()
        heads = heads_loss(model, forward, batch)
        loss = reconstruction + beta * kl
        if model.heads is not None:
            loss = loss + model.config.heads.weight * heads
        return Losses(loss, reconstruction, kl, heads)
