"""Each kind by its name, and settings that contradict each other."""

import pytest
import torch

from molvae.config import (
    Config,
    KLConfig,
    ModelConfig,
    ObjectiveConfig,
    method_names,
    preset_names,
)
from molvae.errors import ConfigError
from molvae.model.batch import Batch
from molvae.model.objectives import build_objective
from molvae.model.vae import MolVAE

KINDS = ("elbo", "iwae", "total_correlation", "factor", "mmd", "adversarial")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_finite_losses_and_names_its_parts(
    model: MolVAE, batch: Batch, kind: str
) -> None:
    config = ObjectiveConfig.model_validate({"kind": kind, "samples": 3, "critic_size": 8})
    objective = build_objective(config, KLConfig(), model=model.config, molecules=500)
    losses = objective(model, batch, beta=0.5)
    assert tuple(losses.parts) == objective.part_names
    assert (losses.critic is None) == (objective.critic is None)
    losses.loss.backward()
    for weight in model.parameters():
        assert weight.grad is not None
        assert torch.isfinite(weight.grad).all()
    assert float(losses.reconstruction.detach()) > 0.0
    assert float(losses.kl.detach()) >= 0.0


@pytest.mark.parametrize("name", method_names())
def test_every_method_goes_with_every_preset(name: str) -> None:
    for preset in preset_names():
        config = Config.preset(preset).method(name)
        shape, train = config.model, config.train
        build_objective(train.objective, train.kl, model=shape, molecules=10)
        # A point's KL counts as 0, from which no prior learns.
        assert shape.posterior.kind != "deterministic" or shape.prior.kind == "normal"


@pytest.mark.parametrize(
    ("objective", "kl", "model", "told"),
    [
        ({"kind": "total_correlation"}, {}, {"posterior": {"kind": "flow"}}, 'take "factor"'),
        ({"kind": "iwae"}, {}, {"posterior": {"kind": "deterministic"}}, "iwae.*deterministic"),
        ({"kind": "iwae"}, {"free_bits": 0.1}, {}, "free_bits"),
        ({}, {"free_bits": 0.1}, {"posterior": {"kind": "deterministic"}}, "free_bits.*KL"),
        ({}, {"free_bits": 0.1}, {"prior": {"kind": "mixture"}}, 'free_bits_per = "total"'),
        ({}, {"shape": "target", "target": 9.0}, {"posterior": {"kind": "deterministic"}}, "KL"),
    ],
)
def test_what_contradicts_itself_is_refused(
    objective: dict[str, object], kl: dict[str, object], model: dict[str, object], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        build_objective(
            ObjectiveConfig.model_validate(objective),
            KLConfig.model_validate(kl),
            model=ModelConfig.model_validate(model),
            molecules=10,
        )
