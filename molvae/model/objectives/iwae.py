"""The importance-weighted bound, of several latents a molecule."""

import math

import torch
from torch import Tensor

from molvae.model.batch import Batch
from molvae.model.objectives.base import Losses, Objective, heads_loss, token_nll
from molvae.model.posteriors import Draw, Gaussian, Posterior
from molvae.model.vae import Forward, MolVAE


class ImportanceWeighted(Objective):
    """-log 1/K sum_k p(x|z_k) (p(z_k) / q(z_k|x))^beta (Burda et al. 2016, equation 8).

    With beta = 1 it is a bound on -log p(x) that tightens with K `samples`; with one sample
    it is the ELBO. The gradient to a Gaussian posterior is the doubly reparameterized one
    (Tucker et al. 2019, equation 8), whose signal does not fade as K grows; to others the plain
    one. The KL that is reported is that of the posterior, not a part of the loss.
    """

    part_names = ("bound",)

    def __init__(self, samples: int) -> None:
        super().__init__()
        self.samples = samples

    def forward(
        self,
        model: MolVAE,
        batch: Batch,
        *,
        beta: float,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Losses:
        """The bound, and as the part `bound` the one with beta = 1."""
        batch = model.observed(batch, generator)
        posterior = model.encode(batch, dtype=dtype).repeat(self.samples)
        batch = batch.repeat(self.samples)  # (T, B * K): a molecule's samples side by side
        draw = posterior.draw(generator)
        z = draw.z.view_as(draw.z)  # what the bound alone depends on, for its gradient
        logits = model.decode(batch, z, dtype=dtype, generator=generator)
        nll = token_nll(logits, batch.tokens).sum(0).view(-1, self.samples)  # (B, K)
        rate = (_log_q(posterior, draw, z) - model.prior.log_prob(z)).view_as(nll)
        loss = self._bound(-nll - beta * rate, z, posterior, beta)
        predictions = None if model.heads is None else model.heads(draw.z)
        forward = Forward(logits, posterior, draw, predictions)
        heads = heads_loss(model, forward, batch)
        if model.heads is not None:
            loss = loss + model.config.heads.weight * heads
        parts = {"bound": -_log_mean_exp((-nll - rate).detach()).mean()}
        kl = model.kl(posterior, draw).mean().detach()
        return Losses(loss, nll.mean(), kl, heads, parts)

    def _bound(self, log_weights: Tensor, z: Tensor, posterior: Posterior, beta: float) -> Tensor:
        """Minus the bound from log w (B, K), with the gradient that suits the posterior."""
        bound = _log_mean_exp(log_weights)
        if not (isinstance(posterior, Gaussian) and z.requires_grad):
            return -bound.mean()
        weights = log_weights.detach().softmax(1)
        # Weights and decoder get sum w dlog w. The encoder gets sum w (1 - beta + beta w) dlog w/dz
        # dz, w^2 where beta = 1: only a share beta of log q is in log w, whose score this replaces.
        z.register_hook(  # type: ignore[no-untyped-call]
            lambda gradient: gradient * (1.0 - beta + beta * weights).view(-1, 1)
        )
        surrogate = (weights * log_weights).sum(1)
        return -(surrogate + (bound - surrogate).detach()).mean()


def _log_q(posterior: Posterior, draw: Draw, z: Tensor) -> Tensor:
    """log q(z|x); of a Gaussian as a function of `z` alone, its own weights held."""
    return posterior.detach().log_prob(z) if isinstance(posterior, Gaussian) else draw.log_q


def _log_mean_exp(values: Tensor) -> Tensor:
    """log of the mean of exp over the columns of `values` (B, K)."""
    return torch.logsumexp(values, 1) - math.log(values.shape[1])
