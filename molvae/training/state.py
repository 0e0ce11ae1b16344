"""All that changes while a model is trained, saved so that going on is going on."""

import json
import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from molvae.checkpoint import host_tensors, read_tensors
from molvae.config import OptimizerConfig
from molvae.data.batches import Cursor
from molvae.errors import ModelError
from molvae.files import atomic_folder
from molvae.model.objectives import Objective
from molvae.model.vae import MolVAE
from molvae.training.records import ValidationRecord

STATE_VERSION = 1
RUNNING = ("loss", "reconstruction", "kl", "gradient_norm", "steps", "heads")


@dataclass
class TrainState:
    """The model, its optimizer, its random numbers, and the place in the data and the clock."""

    model: MolVAE
    objective: Objective
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    running: Tensor
    """Sums since the last record, in the order of `RUNNING`; on the model's device."""
    step: int = 0
    cursor: Cursor = field(default_factory=Cursor)
    elapsed_seconds: float = 0.0
    molecules_seen: int = 0
    best_objective: float = math.inf
    validations_since_best: int = 0
    last_validation: ValidationRecord | None = None

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
        }
        with atomic_folder(folder, overwrite=True) as temporary:
            save_file(host_tensors(self.model), temporary / "model.safetensors")
            save_file(self._moving_tensors(), temporary / "optimizer.safetensors")
            (temporary / "state.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")

    def restore(self, folder: Path) -> None:
        """Take everything from the checkpoint in `folder`; raises `ModelError`."""
        facts = _read_facts(folder)
        try:
            self.model.load_state_dict(read_tensors(folder / "model.safetensors"))
            self._restore_moving(read_tensors(folder / "optimizer.safetensors"))
            self.cursor = Cursor(*facts["cursor"])
            self.step = int(facts["step"])
            self.elapsed_seconds = float(facts["elapsed_seconds"])
            self.molecules_seen = int(facts["molecules_seen"])
            self.validations_since_best = int(facts["validations_since_best"])
            last = facts["last_validation"]
            self.last_validation = None if last is None else ValidationRecord(**last)
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"the checkpoint {folder} does not fit this run's configuration, or is damaged"
            ) from error
        best = facts.get("best_objective")
        self.best_objective = math.inf if best is None else float(best)

    def _moving_tensors(self) -> dict[str, Tensor]:
        tensors = {"generator": self.generator.get_state(), "running": self.running.cpu()}
        for index, values in self.optimizer.state_dict()["state"].items():
            for name, value in values.items():
                tensors[f"{index}.{name}"] = value.detach().cpu().contiguous()
        return tensors

    def _restore_moving(self, tensors: dict[str, Tensor]) -> None:
        self.generator.set_state(tensors.pop("generator"))
        running = tensors.pop("running")
        self.running[: len(running)] = running  # checkpoints of molvae 0.1.0 know no heads
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            index, _, name = key.partition(".")
            slots.setdefault(int(index), {})[name] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": slots, "param_groups": groups})


def new_state(
    model: MolVAE, objective: Objective, config: OptimizerConfig, *, seed: int
) -> TrainState:
    """The state before the first step."""
    device = model.embedding.weight.device
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.name]
    optimizer = kind(
        model.parameters(),
        lr=config.learning_rate,
        betas=config.betas,
        weight_decay=config.weight_decay,
        fused=True,
    )
    generator = torch.Generator(device).manual_seed(seed)
    return TrainState(
        model, objective, optimizer, generator, torch.zeros(len(RUNNING), device=device)
    )


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
