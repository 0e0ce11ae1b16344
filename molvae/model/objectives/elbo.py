"""The evidence lower bound, summed over tokens and averaged over molecules."""

import torch
from torch import Tensor

from molvae.config import KLConfig
from molvae.errors import ConfigError
from molvae.model.batch import Batch
from molvae.model.objectives.base import Losses, Objective, heads_loss, reconstruction_error
from molvae.model.posteriors import Gaussian, Posterior
from molvae.model.vae import Forward, MolVAE


class Elbo(Objective):
    """Negative ELBO with the KL weighted by beta (Kingma & Welling 2014; Higgins et al. 2017).

    Sums run over tokens and latent dimensions, the mean over molecules, so that beta = 1
    is the bound itself, whatever the length of the molecules or the size of the batch. Some
    nats of the KL may be free (`charged_kl`).
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
        """Reconstruction + beta x KL + weight x heads, and what a kind of it adds."""
        forward = model(batch, dtype=dtype, generator=generator)
        losses = negative_elbo(model, forward, batch, beta=beta, kl=self.kl)
        return self.completed(losses, model, forward, generator)

    def completed(
        self, losses: Losses, model: MolVAE, forward: Forward, generator: torch.Generator | None
    ) -> Losses:
        """The bound's `losses` with what this objective adds to them."""
        return losses


def negative_elbo(
    model: MolVAE, forward: Forward, batch: Batch, *, beta: float, kl: KLConfig
) -> Losses:
    """The losses of one pass: what most objectives add something to."""
    reconstruction = reconstruction_error(forward, batch)
    nats = model.kl(forward.posterior, forward.draw).mean()
    heads = heads_loss(model, forward, batch)
    loss = reconstruction + beta * charged_kl(nats, forward.posterior, kl)
    if model.heads is not None:
        loss = loss + model.config.heads.weight * heads
    return Losses(loss, reconstruction, nats, heads)


def charged_kl(nats: Tensor, posterior: Posterior, config: KLConfig) -> Tensor:
    """What a batch with mean KL `nats` pays for it: never less than the free nats.

    For each dimension max(free, KL of that dimension), the KL being the mean over molecules, so
    that below `free` nothing pushes it down (Kingma et al. 2016, equation 15); or the same
    for all dimensions together. Raises `ConfigError` for dimensions of a posterior that is
    not Gaussian.
    """
    if config.free_bits == 0.0:
        return nats
    if config.free_bits_per == "total":
        return nats.clamp(min=config.free_bits)
    if not isinstance(posterior, Gaussian):
        raise ConfigError(
            "train.kl.free_bits for each dimension needs a Gaussian posterior; "
            'set train.kl.free_bits_per = "total"'
        )
    return posterior.kl().mean(0).clamp(min=config.free_bits).sum()
