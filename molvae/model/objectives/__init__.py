"""What training minimizes."""

from collections.abc import Callable

from molvae.config import KLConfig, ObjectiveConfig
from molvae.errors import ConfigError
from molvae.model.objectives.base import Losses, Objective, token_nll
from molvae.model.objectives.elbo import Elbo

__all__ = ["Elbo", "Losses", "Objective", "build_objective", "token_nll"]

_KINDS: dict[str, Callable[[ObjectiveConfig, KLConfig, int, int], Objective]] = {
    "elbo": lambda config, kl, latent_size, molecules: Elbo(kl),
}


def build_objective(
    config: ObjectiveConfig, kl: KLConfig, *, latent_size: int, molecules: int
) -> Objective:
    """The objective that `config` asks for, for a training set of so many `molecules`.

    Raises `ConfigError` for settings that do not go together.
    """
    if config.kind not in _KINDS:
        raise ConfigError(f"train.objective.kind = {config.kind!r} is not available")
    return _KINDS[config.kind](config, kl, latent_size, molecules)
