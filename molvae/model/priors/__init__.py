"""Distributions from which latent vectors of new molecules are drawn, p(z)."""

from collections.abc import Callable

from molvae.config import PosteriorConfig, PriorConfig
from molvae.errors import ConfigError
from molvae.model.priors.autoregressive import AutoregressivePrior
from molvae.model.priors.base import EncodeEmbedded, Prior
from molvae.model.priors.flow import FlowPrior
from molvae.model.priors.hierarchical import HierarchicalPrior
from molvae.model.priors.mixture import MixturePrior
from molvae.model.priors.normal import NormalPrior
from molvae.model.priors.vamp import VampPrior

__all__ = [
    "AutoregressivePrior",
    "EncodeEmbedded",
    "FlowPrior",
    "HierarchicalPrior",
    "MixturePrior",
    "NormalPrior",
    "Prior",
    "VampPrior",
    "build_prior",
]

_KINDS: dict[str, Callable[[int, PriorConfig, PosteriorConfig], Prior]] = {
    "normal": lambda latent_size, config, posterior: NormalPrior(latent_size),
    "mixture": lambda latent_size, config, posterior: MixturePrior(latent_size, config),
    "vamp": lambda latent_size, config, posterior: VampPrior(latent_size, config),
    "flow": lambda latent_size, config, posterior: FlowPrior(latent_size, config),
    "autoregressive": lambda latent_size, config, posterior: AutoregressivePrior(
        latent_size, config
    ),
    "hierarchical": HierarchicalPrior,
}


def build_prior(latent_size: int, config: PriorConfig, posterior: PosteriorConfig) -> Prior:
    """The prior that `config` asks for, over `latent_size` dimensions of such a `posterior`.

    Raises `ConfigError` for sizes that do not fit, and for a VampPrior that is not of Gaussians.
    """
    if config.kind == "vamp" and posterior.kind != "gaussian":
        raise ConfigError(
            f"a VampPrior is a mixture of the posteriors of molecules, which have to be "
            f'Gaussian: with model.prior.kind = "vamp", model.posterior.kind = '
            f"{posterior.kind!r} does not go"
        )
    return _KINDS[config.kind](latent_size, config, posterior)
