"""The adversarial autoencoder: a critic that asks for latents like those of the prior."""

import torch
from torch import nn
from torch.nn import functional

from molvae.config import KLConfig, ObjectiveConfig
from molvae.model.objectives.base import Losses
from molvae.model.objectives.critics import latent_critic, logits_of, ratio_loss
from molvae.model.objectives.elbo import Elbo
from molvae.model.vae import Forward, MolVAE


class Adversarial(Elbo):
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
        super().__init__(kl)
        self.weight = config.weight
        self.critic = latent_critic(latent_size, config.critic_size)

    def completed(
        self, losses: Losses, model: MolVAE, forward: Forward, generator: torch.Generator | None
    ) -> Losses:
        """The losses, and the critic's own; `adversary` is log 2 where the critic is lost."""
        adversary = functional.softplus(-logits_of(self.critic, forward.z)).mean()
        with torch.no_grad():
            drawn = model.prior.sample(len(forward.z), generator)
        critic = ratio_loss(self.critic, drawn, forward.z)
        return losses._replace(
            loss=losses.loss + self.weight * adversary,
            parts={"adversary": adversary, "critic": critic},
            critic=critic,
        )
