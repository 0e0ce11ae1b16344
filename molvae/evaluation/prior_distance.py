"""How far posteriors are from a model's prior: exact where that is known, else by draws."""

from typing import NamedTuple

import numpy as np
import torch

from molvae.evaluation.latent_statistics import kl_per_dimension
from molvae.evaluation.posteriors import Floats, Posteriors
from molvae.model.priors import NormalPrior, Prior

DRAWS = 4
"""Latents of each molecule where there is no formula."""
AT_ONCE = 2_048
"""Latents whose density is computed at once."""


class PriorDistance(NamedTuple):
    """Mean KL(q(z|x) || p(z)) in nats a molecule."""

    own: float
    """To the model's prior."""
    standard: float
    """To N(0, I)."""
    per_dimension: Floats
    """The latter by dimension (Z,); empty unless q is a diagonal Gaussian."""


def prior_distance(prior: Prior, held: Posteriors, rng: np.random.Generator) -> PriorDistance:
    """Analytic for diagonal Gaussians and N(0, I) (Kingma & Welling 2014, appendix B).

    For all else the mean of log q(z|x) - log p(z) over `DRAWS` latents of each molecule.
    """
    if held.kept is None:
        per_dimension = kl_per_dimension(held.mu, held.std)
        standard = float(per_dimension.sum())
    else:
        per_dimension = np.zeros(0)
        standard = _by_draws(NormalPrior(prior.latent_size), held, rng)
    own = standard if prior.is_standard else _by_draws(prior, held, rng)
    return PriorDistance(own, standard, per_dimension)


@torch.inference_mode()
def log_densities_of(prior: Prior, z: Floats) -> Floats:
    """log p(z) in nats (N,) of latents (N, Z), computed in float32 on the prior's device."""
    device = next((value.device for value in prior.state_dict().values()), torch.device("cpu"))
    parts = torch.split(torch.from_numpy(z.astype(np.float32)), AT_ONCE)
    found = [prior.log_prob(part.to(device)).double().cpu().numpy() for part in parts]
    return np.concatenate([np.zeros(0), *found])


def _by_draws(prior: Prior, held: Posteriors, rng: np.random.Generator) -> float:
    found = []
    for _ in range(DRAWS):
        drawn = held.draw_with_density(rng)
        found.append((drawn.log_q - log_densities_of(prior, drawn.z)).mean())
    return float(np.mean(found))
