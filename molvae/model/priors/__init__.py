"""Distributions from which latent vectors of new molecules are drawn, p(z)."""

from collections.abc import Callable

from molvae.config import PriorConfig
from molvae.errors import ConfigError
from molvae.model.priors.base import EncodeEmbedded, Prior
from molvae.model.priors.flow import FlowPrior
from molvae.model.priors.normal import NormalPrior

__all__ = ["EncodeEmbedded", "FlowPrior", "NormalPrior", "Prior", "build_prior"]

_KINDS: dict[str, Callable[[int, PriorConfig], Prior]] = {
    "normal": lambda latent_size, config: NormalPrior(latent_size),
    "flow": FlowPrior,
}


def build_prior(latent_size: int, config: PriorConfig) -> Prior:
    """The prior that `config` asks for, over `latent_size` dimensions.

    Raises `ConfigError` for sizes that do not fit.
    """
    if config.kind not in _KINDS:
        raise ConfigError(f"model.prior.kind = {config.kind!r} is not available")
    return _KINDS[config.kind](latent_size, config)
