"""What every objective can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.model.batch import Batch
from molvae.model.vae import Forward, MolVAE
from molvae.tokenizers.vocabulary import PAD


class Losses(NamedTuple):
    """Batch means in nats a molecule."""

    loss: Tensor
    """What the model's weights are moved to lower."""
    reconstruction: Tensor
    """-log p(x|z), summed over tokens."""
    kl: Tensor
    """KL(q(z|x) || p(z)), summed over dimensions, whatever its weight."""
    heads: Tensor
    """What the property heads add, before their weight."""
    parts: Mapping[str, Tensor] = {}
    """What else the objective is made of, by the names of `Objective.part_names`."""
    critic: Tensor | None = None
    """What the objective's own critic is moved to lower; nothing of the model is in its graph."""


class Objective(nn.Module, ABC):
    """What training minimizes; a module, for it may have a critic that is trained beside."""

    part_names: tuple[str, ...] = ()
    """What is logged beside loss, reconstruction, KL and heads."""
    mixes_lengths: bool = False
    """Whether a batch must stand for all molecules, and not for those of one length."""
    critic: nn.Module | None
    """A network with an optimizer of its own, that learns to lower `Losses.critic`."""

    def __init__(self) -> None:
        super().__init__()
        self.critic = None

    @abstractmethod
    def forward(
        self,
        model: MolVAE,
        batch: Batch,
        *,
        beta: float,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Losses:
        """The losses of `batch`, the KL weighted by `beta`."""


def token_nll(logits: Tensor, tokens: Tensor) -> Tensor:
    """-log p(token) in nats, (T, B); 0 where `tokens` is padding."""
    flat = functional.cross_entropy(
        logits.flatten(0, 1), tokens.flatten(), ignore_index=PAD, reduction="none"
    )
    return flat.view_as(tokens)


def reconstruction_error(forward: Forward, batch: Batch) -> Tensor:
    """-log p(x|z) in nats, summed over tokens, the mean over molecules."""
    return token_nll(forward.logits, batch.tokens).sum(0).mean()


def heads_loss(model: MolVAE, forward: Forward, batch: Batch) -> Tensor:
    """The heads' losses on the molecules with labels (Kingma et al. 2014), before their weight.

    The sum over properties of the mean over molecules whose label is known, so that few
    labels weigh as much as many; 0 without heads.
    """
    if model.heads is None or forward.predictions is None or batch.labels is None:
        return forward.logits.new_zeros(())
    return model.heads.losses(forward.predictions, batch.labels).sum()
