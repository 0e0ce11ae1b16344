"""How probable a model makes molecules: bounds on log p(x) by importance sampling."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from molvae.data.batches import by_length, pad_sequences
from molvae.evaluation.posteriors import Floats, Tokens
from molvae.model.batch import Batch
from molvae.model.objectives import token_nll
from molvae.model.vae import MolVAE

BATCH_SIZE = 500
"""Latents decoded at once."""
MOLECULES = 500
DRAWS = 50
"""How many molecules' log-likelihoods `diagnose` estimates, and importance samples for each."""


class LogLikelihoods(NamedTuple):
    """Bounds in nats for each of N token sequences."""

    elbo: Floats
    """Mean log weight (N,): an unbiased estimate of the evidence lower bound."""
    iwae: Floats
    """Logarithm of the mean weight (N,): at least `elbo`, and at most log p(x) on average."""
    effective_draws: Floats
    """(sum w)^2 / sum w^2 (N,), between 1 and the number of draws (Kong 1992)."""
    tokens: npt.NDArray[np.int64]
    """Tokens that were scored (N,), the end token included."""


@torch.inference_mode()
def log_likelihoods(
    model: MolVAE,
    sequences: Tokens,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> LogLikelihoods:
    """Importance-weighted bounds on log p(x) of token sequences, the end token included.

    With z_k ~ q(z|x) and w_k = p(x|z_k) p(z_k) / q(z_k|x), `iwae` is log(1/K sum_k w_k)
    (Burda et al. 2016, eq. 8) for K = `draws`. Its expectation is a lower bound on log p(x)
    that never falls as K grows, about Var(w) / (2 K p(x)^2) below it where many draws are
    effective, and much more where few are. p(x) is that of one string, not of all that write
    the same molecule, and is normalized over all tokens, with the special ones that sampling
    never writes. Computed in float32, weighted in float64, on the model's device; `progress`
    is told how many sequences are done, and of how many.
    """
    device = model.embedding.weight.device
    generator = torch.Generator(device).manual_seed(seed)
    weights = np.zeros((len(sequences), draws))
    done = 0
    for rows in by_length(sequences, max(1, BATCH_SIZE // draws)):
        batch = pad_sequences([sequences[row] for row in rows], device)
        weights[rows] = _log_weights(model, batch, draws, generator).cpu().numpy()
        done += len(rows)
        if progress is not None:
            progress(done, len(sequences))
    lengths = np.array([len(sequence) + 1 for sequence in sequences], dtype=np.int64)
    return _bounds(weights, lengths)


def _bounds(log_weights: Floats, tokens: npt.NDArray[np.int64]) -> LogLikelihoods:
    top = log_weights.max(axis=1, keepdims=True)
    weights = np.exp(log_weights - top)  # (N, K), the largest of each row is 1
    total = weights.sum(axis=1)
    iwae = top[:, 0] + np.log(total) - math.log(log_weights.shape[1])
    return LogLikelihoods(log_weights.mean(axis=1), iwae, total**2 / (weights**2).sum(1), tokens)


def _log_weights(model: MolVAE, batch: Batch, draws: int, generator: torch.Generator) -> Tensor:
    """log w_k (B, K) in float64 of `draws` latents for each molecule of `batch`."""
    draw = model.encode(batch).repeat(draws).draw(generator)
    prior_over_posterior = model.prior.log_prob(draw.z).double() - draw.log_q.double()
    many = batch.repeat(draws)
    log_p = -token_nll(model.decode(many, draw.z), many.tokens).double().sum(0)
    return (log_p + prior_over_posterior).view(-1, draws)
