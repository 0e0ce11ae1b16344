"""The evidence lower bound, summed over tokens and averaged over molecules."""

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional

from molvae.model.batch import Batch
from molvae.model.vae import Forward
from molvae.tokenizers.vocabulary import PAD


class Elbo(NamedTuple):
    """Batch means in nats a molecule: `loss` = `reconstruction` + beta x `kl`."""

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor


def token_nll(logits: Tensor, tokens: Tensor) -> Tensor:
    """-log p(token) in nats, (T, B); 0 where `tokens` is padding."""
    flat = functional.cross_entropy(
        logits.flatten(0, 1), tokens.flatten(), ignore_index=PAD, reduction="none"
    )
    return flat.view_as(tokens)


def elbo(forward: Forward, batch: Batch, *, beta: float) -> Elbo:
    """Negative ELBO with the KL weighted by `beta` (Kingma & Welling 2014; Higgins et al. 2017).

    Sums run over tokens and latent dimensions, the mean over molecules, so that beta = 1
    is the bound itself, whatever the length of the molecules or the size of the batch.
    """
    reconstruction = token_nll(forward.logits, batch.tokens).sum(0).mean()
    kl = forward.posterior.kl().sum(1).mean()
    return Elbo(reconstruction + beta * kl, reconstruction, kl)
