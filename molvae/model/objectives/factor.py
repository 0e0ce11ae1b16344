"""FactorVAE: the total correlation as a critic sees it."""

import torch
from torch import Tensor, nn

from molvae.config import KLConfig, ObjectiveConfig
from molvae.model.objectives.base import Losses
from molvae.model.objectives.critics import latent_critic, logits_of, ratio_loss
from molvae.model.objectives.elbo import Elbo
from molvae.model.vae import Forward, MolVAE


class Factor(Elbo):
    """Negative ELBO + weight x total correlation (Kim & Mnih 2018, equation 2).

    A critic learns to tell z from the same values with each dimension shuffled among the
    molecules; the mean of its logit, a log-density ratio, estimates the total correlation.
    Batches must be drawn from all molecules alike. Works for every posterior.
    """

    critic: nn.Module
    part_names = ("total_correlation", "critic")
    mixes_lengths = True

    def __init__(self, config: ObjectiveConfig, kl: KLConfig, latent_size: int) -> None:
        super().__init__(kl)
        self.weight = config.weight
        self.critic = latent_critic(latent_size, config.critic_size)

    def completed(
        self, losses: Losses, model: MolVAE, forward: Forward, generator: torch.Generator | None
    ) -> Losses:
        """The losses, and the critic's own."""
        correlation = logits_of(self.critic, forward.z).mean()
        critic = ratio_loss(self.critic, forward.z, shuffled(forward.z, generator))
        return losses._replace(
            loss=losses.loss + self.weight * correlation,
            parts={"total_correlation": correlation, "critic": critic},
            critic=critic,
        )


def shuffled(z: Tensor, generator: torch.Generator | None) -> Tensor:
    """`z` (B, Z) with each column in an order of its own: a draw from the product of marginals."""
    noise = torch.empty(z.shape, device=z.device).uniform_(generator=generator)
    return z.detach().gather(0, noise.argsort(0))
