"""What training minimizes."""

from collections.abc import Callable

from molvae.config import KLConfig, ModelConfig, ObjectiveConfig
from molvae.errors import ConfigError
from molvae.model.objectives.adversarial import Adversarial
from molvae.model.objectives.base import Losses, Objective, token_nll
from molvae.model.objectives.elbo import Elbo
from molvae.model.objectives.factor import Factor
from molvae.model.objectives.iwae import ImportanceWeighted
from molvae.model.objectives.mmd import MaximumMeanDiscrepancy
from molvae.model.objectives.total_correlation import TotalCorrelation

__all__ = [
    "Adversarial",
    "Elbo",
    "Factor",
    "ImportanceWeighted",
    "Losses",
    "MaximumMeanDiscrepancy",
    "Objective",
    "TotalCorrelation",
    "build_objective",
    "check_objective",
    "token_nll",
]

_KINDS: dict[str, Callable[[ObjectiveConfig, KLConfig, int, int], Objective]] = {
    "elbo": lambda config, kl, latent_size, molecules: Elbo(kl),
    "iwae": lambda config, kl, latent_size, molecules: ImportanceWeighted(config.samples),
    "total_correlation": lambda config, kl, latent_size, molecules: TotalCorrelation(
        config.weight, kl, molecules
    ),
    "factor": lambda config, kl, latent_size, molecules: Factor(config, kl, latent_size),
    "mmd": lambda config, kl, latent_size, molecules: MaximumMeanDiscrepancy(config.weight, kl),
    "adversarial": lambda config, kl, latent_size, molecules: Adversarial(config, kl, latent_size),
}


def build_objective(
    config: ObjectiveConfig, kl: KLConfig, *, model: ModelConfig, molecules: int
) -> Objective:
    """The objective that `config` asks for, for a training set of so many `molecules`.

    Raises `ConfigError` as `check_objective` does.
    """
    check_objective(config, kl, model)
    return _KINDS[config.kind](config, kl, model.latent_size, molecules)


def check_objective(config: ObjectiveConfig, kl: KLConfig, model: ModelConfig) -> None:
    """Raise `ConfigError` for settings that do not go together, or not with those of `model`."""
    _check_density(config, kl, model)
    _check_free_bits(config, kl, model)


def _check_density(config: ObjectiveConfig, kl: KLConfig, model: ModelConfig) -> None:
    """What needs the density of the posterior needs one that has it."""
    posterior = model.posterior.kind
    if config.kind == "total_correlation" and posterior != "gaussian":
        raise ConfigError(
            'train.objective.kind = "total_correlation" needs the density of each dimension: '
            f'model.posterior.kind = "gaussian", not {posterior!r}; or take "factor"'
        )
    if posterior != "deterministic":
        return
    for key, given in (
        ('train.objective.kind = "iwae"', config.kind == "iwae"),
        ('train.kl.shape = "target"', kl.shape == "target"),
        ("train.kl.free_bits", kl.free_bits > 0.0),
    ):
        if given:
            raise ConfigError(
                f'{key} needs a posterior with a KL, which model.posterior.kind = "deterministic" '
                'has not; take "gaussian"'
            )


def _check_free_bits(config: ObjectiveConfig, kl: KLConfig, model: ModelConfig) -> None:
    if kl.free_bits == 0.0:
        return
    if config.kind == "iwae":
        raise ConfigError(
            'train.kl.free_bits has no meaning for train.objective.kind = "iwae", whose bound '
            "has no KL of its own; set it to 0"
        )
    closed = model.posterior.kind == "gaussian" and model.prior.kind == "normal"
    if kl.free_bits_per == "dimension" and not closed:
        raise ConfigError(
            "train.kl.free_bits for each dimension needs a Gaussian posterior and a normal prior; "
            'set train.kl.free_bits_per = "total"'
        )
