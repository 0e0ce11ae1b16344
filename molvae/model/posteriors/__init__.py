"""Distributions of the latent vector of a molecule, q(z|x)."""

from collections.abc import Callable

from molvae.config import PosteriorConfig
from molvae.errors import ConfigError
from molvae.model.posteriors.base import Draw, Posterior, PosteriorHeads
from molvae.model.posteriors.gaussian import Gaussian, GaussianHeads

__all__ = ["Draw", "Gaussian", "GaussianHeads", "Posterior", "PosteriorHeads", "build_posterior"]

_KINDS: dict[str, Callable[[int, int, PosteriorConfig], PosteriorHeads]] = {
    "gaussian": lambda width, latent_size, config: GaussianHeads(width, latent_size),
}


def build_posterior(width: int, latent_size: int, config: PosteriorConfig) -> PosteriorHeads:
    """The heads on an encoder's summary of `width` that `config` asks for.

    Raises `ConfigError` for sizes that do not fit.
    """
    if config.kind not in _KINDS:
        raise ConfigError(f"model.posterior.kind = {config.kind!r} is not available")
    return _KINDS[config.kind](width, latent_size, config)
