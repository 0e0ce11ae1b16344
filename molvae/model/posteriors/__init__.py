"""Distributions of the latent vector of a molecule, q(z|x)."""

from collections.abc import Callable

from molvae.config import PosteriorConfig
from molvae.model.posteriors.base import Draw, Posterior, PosteriorHeads
from molvae.model.posteriors.deterministic import DeterministicHeads, Point
from molvae.model.posteriors.flow import FlowHeads, FlowPosterior
from molvae.model.posteriors.gaussian import Gaussian, GaussianHeads
from molvae.model.posteriors.hierarchical import Hierarchical, HierarchicalHeads

__all__ = [
    "DeterministicHeads",
    "Draw",
    "FlowHeads",
    "FlowPosterior",
    "Gaussian",
    "GaussianHeads",
    "Hierarchical",
    "HierarchicalHeads",
    "Point",
    "Posterior",
    "PosteriorHeads",
    "build_posterior",
]

_KINDS: dict[str, Callable[[int, int, PosteriorConfig], PosteriorHeads]] = {
    "gaussian": lambda width, latent_size, config: GaussianHeads(width, latent_size),
    "deterministic": lambda width, latent_size, config: DeterministicHeads(width, latent_size),
    "flow": FlowHeads,
    "hierarchical": HierarchicalHeads,
}


def build_posterior(width: int, latent_size: int, config: PosteriorConfig) -> PosteriorHeads:
    """The heads on an encoder's summary of `width` that `config` asks for.

    Raises `ConfigError` for sizes that do not fit.
    """
    return _KINDS[config.kind](width, latent_size, config)
