"""The adversarial autoencoder: a critic that asks for latents like those of the prior."""

import torch
from torch import nn
from torch.nn import functional

from molvae.config import KLConfig, ObjectiveConfig
from molvae.model.batch import Batch
from molvae.model.objectives.base import Losses, Objective
from molvae.model.objectives.critics import latent_critic, logits_of, ratio_loss
from molvae.model.objectives.elbo import negative_elbo
from molvae.model.vae import MolVAE


class Adversarial(Objective):
    """Reconstruction + beta x KL + weight x the critic's surprise (Makhzani et al. 2016).

    The critic learns to tell draws of the prior from the latents of molecules, the encoder to
    pass for the prior (non-saturating: Goodfellow et al. 2014, section 3). The paper's
    autoencoder has `train.kl.maximum` = 0; with a KL it is a VAE whose aggregated posterior is
    held to the prior too. A learned prior learns from its KL only. Batches must be drawn
    from all molecules alike.
    """

    critic: nn.Module
    part_names = ("adversary", "critic")
    mixes_lengths = True

    def __init__(self, config: ObjectiveConfig, kl: KLConfig, latent_size: int) -> None:
        super().__init__()
        self.weight = config.weight
        self.kl = kl
        self.critic = latent_critic(latent_size, config.critic_size)

    def forward(
        self,
        model: MolVAE,
        batch: Batch,
        *,
        beta: float,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Losses:
        """The losses, and the critic's own; `adversary` is log 2 where the critic is lost."""
        forward = model(batch, dtype=dtype, generator=generator)
        losses = negative_elbo(model, forward, batch, beta=beta, kl=self.kl)
        adversary = functional.softplus(-logits_of(self.critic, forward.z)).mean()
        with torch.no_grad():
            drawn = model.prior.sample(len(forward.z), generator)
        critic = ratio_loss(self.critic, drawn, forward.z)
        return losses._replace(
            loss=losses.loss + self.weight * adversary,
            parts={"adversary": adversary, "critic": critic},
            critic=critic,
        )
