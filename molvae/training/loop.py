"""The training loop: steps, validations and checkpoints until the budget is spent."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from molvae.config import TrainConfig
from molvae.data.batches import Batches, Cursor
from molvae.errors import TrainingError
from molvae.files import atomic_path
from molvae.model.objectives import Losses
from molvae.training.logs import RunLog
from molvae.training.records import Listener, StepRecord, ValidationRecord
from molvae.training.schedules import kl_weight, learning_rate
from molvae.training.state import (
    TrainState,
    checkpoint_folder,
    checkpoints,
    prune_checkpoints,
)
from molvae.training.stop import StopRequest

RECORD_EVERY = 10
"""Steps between two records; the accelerator is waited for only then."""


@dataclass(frozen=True)
class Loop:
    """Trains `state` on `batches`; everything it needs from outside comes in as a function."""

    run: Path
    config: TrainConfig
    state: TrainState
    batches: Batches
    dtype: torch.dtype
    log: RunLog
    listener: Listener
    validate: Callable[[int], ValidationRecord]
    save_model: Callable[[str, ValidationRecord | None], None]
    describe_rows: Callable[[Cursor], str]
    seed: int
    validates_first: bool = False
    """Whether the weights that training starts with are measured, and may stay the best."""

    def fit(self) -> str:
        """Train until a limit, early stopping or a stop request; returns the reason.

        Raises `KeyboardInterrupt` after saving when a stop was requested, and
        `TrainingError` when the loss is not finite.
        """
        clock = _Clock(self.state)
        with StopRequest() as stop, torch.random.fork_rng():
            if self.validates_first and self.state.step == 0:
                self._validate()
            reason = self._finished()
            while reason is None and not stop.requested:
                self._step()
                clock.tick()
                if self.state.step % RECORD_EVERY == 0:
                    self._record(clock)
                if self.state.step % self.config.validation.every_steps == 0:
                    self._validate()
                if self.state.step % self.config.checkpoint_every_steps == 0:
                    self._checkpoint()
                clock.tick()
                reason = self._finished()
            self._close(reason)
        self.listener.on_end(reason or f"interrupted; saved at step {self.state.step}")
        if reason is None:
            raise KeyboardInterrupt
        return reason

    @property
    def progress(self) -> float:
        """Share of the run that is done: the largest of its limits' shares."""
        state, config = self.state, self.config
        epochs = state.cursor.epoch + state.cursor.batch / self.batches.per_epoch
        shares = [
            state.step / config.max_steps if config.max_steps else 0.0,
            epochs / config.max_epochs if config.max_epochs else 0.0,
            state.elapsed_seconds / (60.0 * config.max_minutes) if config.max_minutes else 0.0,
        ]
        return min(1.0, max(shares))

    def _finished(self) -> str | None:
        if self.progress >= 1.0:
            return "the budget is spent"
        patience = self.config.validation.patience
        if patience and self.state.validations_since_best >= patience:
            return f"no better validation objective in {patience} validations"
        return None

    def _step(self) -> None:
        state, progress = self.state, self.progress
        self._follow_schedules(progress)
        # Dropout draws from the global numbers: of this step alone, so that resuming is exact.
        torch.manual_seed(hash((self.seed, state.step)) & 0x7FFF_FFFF)
        batch = self.batches.batch(state.cursor)
        losses = state.objective(
            state.model,
            batch,
            beta=self._beta(progress),
            dtype=self.dtype,
            generator=state.generator,
        )
        state.add(losses, self._descend(losses))
        state.step += 1
        state.molecules_seen += len(batch.lengths)
        state.cursor = self.batches.after(state.cursor)
        if state.average is not None:
            state.average.update(state.model, state.step)

    def _follow_schedules(self, progress: float) -> None:
        """What changes over the run beside beta: the learning rate and what the decoder reads."""
        rate = learning_rate(self.state.step, progress, self.config.optimizer)
        for group in self.state.optimizer.param_groups:
            group["lr"] = rate
        self.state.model.own_inputs = self.config.scheduled_sampling * progress

    def _beta(self, progress: float) -> float:
        controller = self.state.controller
        return kl_weight(progress, self.config.kl) if controller is None else controller.beta

    def _descend(self, losses: Losses) -> Tensor:
        """Move the model, then the critic if there is one; returns the model's gradient norm."""
        state = self.state
        state.optimizer.zero_grad(set_to_none=True)
        losses.loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(
            state.model.parameters(), self.config.optimizer.clip_norm
        )
        self._check_here(losses.loss.detach(), norm)
        state.optimizer.step()
        if state.critic_optimizer is not None and losses.critic is not None:
            state.critic_optimizer.zero_grad(set_to_none=True)
            losses.critic.backward()  # type: ignore[no-untyped-call]
            state.critic_optimizer.step()
        return norm

    def _check_here(self, loss: Tensor, norm: Tensor) -> None:
        """On a CPU, where looking costs nothing, stop before a bad update is made."""
        if loss.device.type == "cpu" and not math.isfinite(float(loss) + float(norm)):
            self._stop_not_finite([self.state.cursor])

    def _record(self, clock: "_Clock") -> None:
        state = self.state
        self._check_running()
        means, parts = self._means()
        progress = self.progress
        record = StepRecord(
            step=state.step,
            epoch=state.cursor.epoch,
            progress=progress,
            beta=self._beta(progress),
            learning_rate=state.optimizer.param_groups[0]["lr"],
            parts=parts or None,
            **means,
        )
        if state.controller is not None:
            state.controller.update(record.kl)
        rate = clock.rate()
        eta = state.elapsed_seconds * (1.0 - progress) / progress if progress else math.inf
        self.log.step(record, rate=rate)
        self.listener.on_step(record, rate=rate, eta_seconds=eta)

    def _means(self) -> tuple[dict[str, float], dict[str, float]]:
        """Of the steps since the last record, by name, and those of the objective's parts."""
        state = self.state
        sums = dict(zip(state.running_names, state.running.tolist(), strict=True))
        state.running.zero_()
        steps = sums.pop("steps")
        means = {name: value / steps for name, value in sums.items()}
        return means, {name: means.pop(name) for name in state.objective.part_names}

    def _check_running(self) -> None:
        """On an accelerator, where looking means waiting, the sums since the last record tell."""
        if bool(torch.isfinite(self.state.running).all()):
            return
        cursors = [self.state.cursor]
        for _ in range(RECORD_EVERY):
            cursors.append(self.batches.before(cursors[-1]))
        self._stop_not_finite(cursors[:0:-1])

    def _stop_not_finite(self, cursors: list[Cursor]) -> None:
        path = self.run / f"not-finite-step-{self.state.step}.smi"
        with atomic_path(path) as temporary:
            temporary.write_text("".join(map(self.describe_rows, cursors)), "utf-8")
        good = checkpoints(self.run)
        last = f"the last good checkpoint is {good[-1]}" if good else "there is no checkpoint yet"
        raise TrainingError(
            f"the loss is not finite at step {self.state.step}; the molecules are in {path}; "
            f"{last}; resume with a lower train.optimizer.learning_rate"
        )

    def _validate(self) -> None:
        state = self.state
        record = self.validate(state.step)
        warns = state.watch.look(record, self._beta(self.progress))
        best = record.objective < state.best_objective
        if best:
            state.best_objective = record.objective
            state.validations_since_best = 0
            self.save_model("best", record)
        else:
            state.validations_since_best += 1
        state.last_validation = record
        self.log.validation(record)
        self.listener.on_validation(record, best=best)
        if warns and state.watch.warning is not None:
            self.log.warning(state.step, state.watch.warning)
            self.listener.on_warning(state.watch.warning)

    def _checkpoint(self) -> None:
        self._check_running()
        self.state.save(checkpoint_folder(self.run, self.state.step))
        prune_checkpoints(self.run, self.config.keep_checkpoints)

    def _close(self, reason: str | None) -> None:
        """Save the run's last state; a run that ended by itself is measured there."""
        state = self.state
        if reason is not None and not state.is_validated:
            self._validate()
        self._checkpoint()
        self.save_model("last", state.last_validation if state.is_validated else None)


class _Clock:
    """Adds the time that passes to the state, and tells the recent rate."""

    WINDOW_SECONDS = 20.0

    def __init__(self, state: TrainState) -> None:
        self._state = state
        self._now = time.perf_counter()
        self._marks = [(self._now, state.molecules_seen)]

    def tick(self) -> None:
        now = time.perf_counter()
        self._state.elapsed_seconds += now - self._now
        self._now = now

    def rate(self) -> float:
        """Molecules a second over the last seconds, pauses for validation included."""
        self._marks.append((self._now, self._state.molecules_seen))
        while len(self._marks) > 2 and self._now - self._marks[1][0] > self.WINDOW_SECONDS:
            self._marks.pop(0)
        started, seen = self._marks[0]
        return (self._state.molecules_seen - seen) / max(1e-9, self._now - started)
