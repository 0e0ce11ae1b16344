"""All that changes while a model is trained, saved so that going on is going on."""

import json
import math
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from molvae.checkpoint import host_tensors, read_tensors
from molvae.config import Config, OptimizerConfig
from molvae.data.batches import Cursor
from molvae.errors import ModelError
from molvae.files import atomic_folder
from molvae.model.objectives import Losses, Objective
from molvae.model.vae import MolVAE
from molvae.training.collapse import CollapseWatch
from molvae.training.control import KLController
from molvae.training.ema import WeightAverage
from molvae.training.records import ValidationRecord

STATE_VERSION = 1
RUNNING = ("loss", "reconstruction", "kl", "gradient_norm", "steps", "heads")
CRITIC_BETAS = (0.5, 0.9)
"""Short memories, for what the critic learns moves (Kim & Mnih 2018, appendix A)."""
MODEL, OPTIMIZER, FACTS = "model.safetensors", "optimizer.safetensors", "state.json"
AVERAGE, OBJECTIVE = "average.safetensors", "objective.safetensors"
CRITIC = "critic."


@dataclass
class TrainState:
    """The model, its optimizers, its random numbers, and the place in the data and the clock."""

    model: MolVAE
    objective: Objective
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    running: Tensor
    """Sums since the last record, in the order of `running_names`; on the model's device."""
    watch: CollapseWatch
    critic_optimizer: torch.optim.Optimizer | None = None
    controller: KLController | None = None
    average: WeightAverage | None = None
    step: int = 0
    cursor: Cursor = field(default_factory=Cursor)
    elapsed_seconds: float = 0.0
    molecules_seen: int = 0
    best_objective: float = math.inf
    validations_since_best: int = 0
    last_validation: ValidationRecord | None = None

    @property
    def measured(self) -> MolVAE:
        """The model that is validated and saved: with averaged weights, where they are kept."""
        return self.model if self.average is None else self.average.model

    @property
    def running_names(self) -> tuple[str, ...]:
        """What `running` sums: `RUNNING`, then the parts of the objective."""
        return RUNNING + self.objective.part_names

    def add(self, losses: Losses, gradient_norm: Tensor) -> None:
        """Add a step to the running sums."""
        sums = (losses.loss, losses.reconstruction, losses.kl, gradient_norm)
        parts = (losses.parts[name] for name in self.objective.part_names)
        one = torch.ones_like(gradient_norm)
        self.running += torch.stack((*sums, one, losses.heads, *parts)).detach()

    @property
    def is_validated(self) -> bool:
        """Whether the weights are those of the last validation."""
        return self.last_validation is not None and self.last_validation.step == self.step

    def save(self, folder: Path) -> None:
        """Write a checkpoint to `folder`; raises `OutputError`, leaving nothing half-written."""
        facts = {
            "version": STATE_VERSION,
            "step": self.step,
            "cursor": list(self.cursor),
            "elapsed_seconds": self.elapsed_seconds,
            "molecules_seen": self.molecules_seen,
            "best_objective": self.best_objective if math.isfinite(self.best_objective) else None,
            "validations_since_best": self.validations_since_best,
            "last_validation": self.last_validation and self.last_validation._asdict(),
            "controller": self.controller and self.controller.facts(),
            "watch": self.watch.facts(),
        }
        with atomic_folder(folder, overwrite=True) as temporary:
            save_file(host_tensors(self.model), temporary / MODEL)
            save_file(self._moving_tensors(), temporary / OPTIMIZER)
            for name, module in self._companions():
                save_file(host_tensors(module), temporary / name)
            (temporary / FACTS).write_text(json.dumps(facts, indent=1) + "\n", "utf-8")

    def restore(self, folder: Path) -> None:
        """Take everything from the checkpoint in `folder`; raises `ModelError`."""
        facts = _read_facts(folder)
        try:
            self.model.load_state_dict(read_tensors(folder / MODEL))
            self._restore_moving(read_tensors(folder / OPTIMIZER))
            for name, module in self._companions():
                averages_now = name == AVERAGE and not (folder / name).exists()
                file = MODEL if averages_now else name  # a mean that starts where the run is
                module.load_state_dict(read_tensors(folder / file))
            self.cursor = Cursor(*facts["cursor"])
            self.step = int(facts["step"])
            self.elapsed_seconds = float(facts["elapsed_seconds"])
            self.molecules_seen = int(facts["molecules_seen"])
            self.validations_since_best = int(facts["validations_since_best"])
            last = facts["last_validation"]
            self.last_validation = None if last is None else ValidationRecord(**last)
            if self.controller is not None and facts.get("controller"):
                self.controller.restore(facts["controller"])
            if facts.get("watch"):
                self.watch.restore(facts["watch"])
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"the checkpoint {folder} does not fit this run's configuration, or is damaged"
            ) from error
        best = facts.get("best_objective")
        self.best_objective = math.inf if best is None else float(best)

    def _companions(self) -> list[tuple[str, torch.nn.Module]]:
        """What has weights beside the model, and in which file a checkpoint keeps them."""
        found: list[tuple[str, torch.nn.Module]] = []
        if self.average is not None:
            found.append((AVERAGE, self.average.model))
        if self.objective.critic is not None:
            found.append((OBJECTIVE, self.objective))
        return found

    def _moving_tensors(self) -> dict[str, Tensor]:
        tensors = {"generator": self.generator.get_state(), "running": self.running.cpu()}
        tensors |= _optimizer_tensors(self.optimizer)
        if self.critic_optimizer is not None:
            critic = _optimizer_tensors(self.critic_optimizer)
            tensors |= {f"{CRITIC}{name}": value for name, value in critic.items()}
        return tensors

    def _restore_moving(self, tensors: dict[str, Tensor]) -> None:
        self.generator.set_state(tensors.pop("generator"))
        running = tensors.pop("running")
        self.running[: len(running)] = running  # checkpoints of molvae 0.1.0 know no heads
        critic = [key for key in tensors if key.startswith(CRITIC)]
        moments = {key.removeprefix(CRITIC): tensors.pop(key) for key in critic}
        _restore_optimizer(self.optimizer, tensors)
        if self.critic_optimizer is not None:
            _restore_optimizer(self.critic_optimizer, moments)


def new_state(model: MolVAE, objective: Objective, config: Config) -> TrainState:
    """The state before the first step."""
    device, train = model.embedding.weight.device, config.train
    critic = objective.critic
    target = train.kl.target
    return TrainState(
        model,
        objective,
        _optimizer(model.parameters(), train.optimizer),
        torch.Generator(device).manual_seed(config.seed),
        torch.zeros(len(RUNNING) + len(objective.part_names), device=device),
        CollapseWatch(config),
        None if critic is None else _critic_optimizer(critic, train.objective.critic_rate),
        None if target is None else KLController(target),
        WeightAverage(model, train.ema) if train.ema else None,
    )


def _optimizer(
    parameters: Iterable[torch.nn.Parameter], config: OptimizerConfig
) -> torch.optim.Optimizer:
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.name]
    optimizer: torch.optim.Optimizer = kind(
        parameters,
        lr=config.learning_rate,
        betas=config.betas,
        weight_decay=config.weight_decay,
        fused=True,
    )
    return optimizer


def _critic_optimizer(critic: torch.nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(critic.parameters(), lr=rate, betas=CRITIC_BETAS, fused=True)


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Its moments, each under `number of the weight.name`."""
    return {
        f"{index}.{name}": value.detach().cpu().contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, _, name = key.partition(".")
        slots.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})


def checkpoint_folder(run: Path, step: int) -> Path:
    """Where the checkpoint of `step` lies in a run."""
    return run / "checkpoints" / f"step-{step:08d}"


def checkpoints(run: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    found = (run / "checkpoints").glob("step-*")
    return sorted(path for path in found if (path / "state.json").is_file())


def latest_checkpoint(run: Path) -> Path | None:
    """The newest checkpoint of a run, or None when it has none yet."""
    return next(reversed(checkpoints(run)), None)


def prune_checkpoints(run: Path, keep: int) -> None:
    """Remove all but the newest `keep` checkpoints of a run."""
    for folder in checkpoints(run)[:-keep]:
        shutil.rmtree(folder, ignore_errors=True)


def _read_facts(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / "state.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"the checkpoint {folder} is missing or damaged") from error
    if not isinstance(facts, dict) or facts.get("version") != STATE_VERSION:
        raise ModelError(f"the checkpoint {folder} is of another version of molvae")
    return facts
