"""How hard a model finds each molecule: its errors and codes on the way through and back.

A molecule unlike those a model learned from is written back badly, token by token, even
from its own latent vector (Sakurada & Yairi 2014), and needs a longer code. Likelihoods
alone can be higher for simple foreign inputs (Nalisnick et al. 2019), here for short
molecules, so that several measures stand beside each other.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from molvae.data.batches import by_length, pad_sequences
from molvae.model.objectives import token_nll
from molvae.model.posteriors import Draw, Gaussian, Posterior
from molvae.model.vae import MolVAE

Floats = npt.NDArray[np.float64]
Progress = Callable[[int], None]
"""Told the number done so far."""

BATCH_SIZE = 500
_NOISE_SEED = 0


class Surprises(NamedTuple):
    """Measures of N token sequences, (N,) each, in nats unless said otherwise."""

    reconstruction: Floats
    """-log p(x | z = mu), summed over the tokens, the end token included."""
    worst_token: Floats
    """The largest part that a single token has in it."""
    kl: Floats
    """KL(q(z|x) || p(z)) to the model's prior: exact, or the mean over two draws of z."""
    negative_elbo: Floats
    """E_q[-log p(x|z)] + KL, the mean over the same two draws, opposite where q is Gaussian."""
    tokens: Floats
    """Number of tokens, the end token included."""


@torch.inference_mode()
def measure_surprise(
    model: MolVAE,
    sequences: Sequence[npt.NDArray[np.integer]],
    *,
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
) -> Surprises:
    """Teacher-forced measures of `sequences` of token ids, without special ones.

    Where q is Gaussian, both draws of z share one noise vector among all molecules, so that
    what is measured of a molecule does not depend on those beside it. A conditional model is
    told nothing.
    Computed on the model's device, the recurrences in `dtype`.
    """
    values = np.zeros((len(Surprises._fields), len(sequences)))
    noise = torch.empty(model.latent_size).normal_(
        generator=torch.Generator().manual_seed(_NOISE_SEED)
    )
    done = 0
    for rows in by_length(sequences, BATCH_SIZE):
        some = [sequences[row] for row in rows.tolist()]
        values[:, rows] = _measure(model, some, noise, dtype)
        done += len(rows)
        if progress is not None:
            progress(done)
    return Surprises(*values)


def _measure(
    model: MolVAE,
    sequences: list[npt.NDArray[np.integer]],
    noise: torch.Tensor,
    dtype: torch.dtype,
) -> Floats:
    """The fields of `Surprises` as rows, (5, B)."""
    batch = pad_sequences(sequences, model.embedding.weight.device)
    posterior = model.encode(batch, dtype=dtype)

    def losses(z: torch.Tensor) -> torch.Tensor:
        return token_nll(model.decode(batch, z, dtype=dtype), batch.tokens).double()  # (T, B)

    at_mean = losses(posterior.mu)
    first, second = _two_draws(posterior, noise)
    drawn = 0.5 * (losses(first.z) + losses(second.z)).sum(0)
    kl = 0.5 * (model.kl(posterior, first).double() + model.kl(posterior, second).double())
    parts = (at_mean.sum(0), at_mean.amax(0), kl, drawn + kl, batch.lengths.double())
    return torch.stack(parts).cpu().numpy()


def _two_draws(posterior: Posterior, noise: torch.Tensor) -> tuple[Draw, Draw]:
    """Of each molecule: a step along `noise` (Z,) and one back, where q is Gaussian."""
    if isinstance(posterior, Gaussian):
        step = noise.to(posterior.mu.device) * posterior.std
        forth, back = posterior.mu + step, posterior.mu - step
        return Draw(forth, posterior.log_prob(forth)), Draw(back, posterior.log_prob(back))
    generator = torch.Generator(posterior.mu.device).manual_seed(_NOISE_SEED)
    return posterior.draw(generator), posterior.draw(generator)
