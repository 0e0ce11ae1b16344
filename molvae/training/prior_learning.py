"""A prior learns from latents: maximum likelihood, the best average of its weights kept."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from molvae.errors import TrainingError
from molvae.model.device import resolve_dtype
from molvae.model.flows.networks import Network
from molvae.model.posteriors import Draw
from molvae.model.priors import Prior
from molvae.training.latents import Latents

BATCH_SIZES = (64, 1_024)
STEPS_PER_EPOCH = 16
"""Few molecules come in smaller batches, within `BATCH_SIZES`."""
STEPS = 10_000
"""Batches at most, unless epochs are said."""
CHECK_STEPS = 50
"""A check on the molecules held back comes after each epoch, and at least this many steps."""
PATIENCE = 10
"""Checks without a better one after which learning stops."""
LEARNING_RATE = 2e-3
WARMUP_STEPS = 100
CLIP_NORM = 5.0
AVERAGE = 0.999
"""Share of the running mean of the weights that a step keeps; less in the first steps."""
AT_ONCE = 2_048
"""Latents whose density is computed at once."""
START_LATENTS = 100_000
"""Latents at most by which centers and scales are found before the first step."""


class PriorCheck(NamedTuple):
    """A look at the molecules held back, `progress` (0 to 1) into learning."""

    step: int
    epoch: float
    progress: float
    nats: float
    """Mean log q(z|x) - log p(z)."""
    best: bool
    """Whether it is the lowest so far."""


@dataclass(frozen=True)
class Pace:
    """How long a prior learns and in what strides; without limits `STEPS` batches.

    `batch_size` None is chosen by the number of molecules.
    """

    max_minutes: float | None = None
    max_epochs: float | None = None
    max_steps: int | None = None
    batch_size: int | None = None
    learning_rate: float = LEARNING_RATE


def mean_nats(prior: Prior, draw: Draw) -> float:
    """Mean log q(z|x) - log p(z) of latents in main memory, in nats: KL(q || p), estimated."""
    device = next(iter(prior.state_dict().values()), draw.z).device
    with torch.inference_mode():
        parts = [prior.log_prob(z.to(device)).double().cpu() for z in torch.split(draw.z, AT_ONCE)]
    return float((draw.log_q.double() - torch.cat(parts)).mean())


@final
class PriorLearner:
    """Fits `prior` to draws from `latents` by Adam, the rate falling as a cosine.

    What is kept is the running mean of the weights (Polyak & Juditsky 1992) at the check
    with the fewest nats on `held`.
    """

    def __init__(
        self, prior: Prior, latents: Latents, held: Draw, pace: Pace, *, seed: int
    ) -> None:
        self._prior, self._latents, self._held, self._pace = prior, latents, held, pace
        self._generator = torch.Generator().manual_seed(seed)
        self._parameters = [one for one in prior.parameters() if one.requires_grad]
        self._average = _copies(self._parameters)
        self._best, self._best_nats, self._unimproved = self._average, math.inf, 0
        self._device = self._parameters[0].device
        self._dtype = resolve_dtype("auto", self._device)
        smallest, largest = BATCH_SIZES
        size = min(max(smallest, len(latents) // STEPS_PER_EPOCH), largest)
        self._batch_size = min(pace.batch_size or size, len(latents))
        self.step = 0

    @property
    def epoch(self) -> float:
        """How often each molecule was learned from."""
        return self.step * self._batch_size / len(self._latents)

    def start(self) -> None:
        """Give the prior centers and scales that suit the latents, before the first step."""
        rows = torch.randperm(len(self._latents), generator=self._generator)[:START_LATENTS]
        self._prior.start_at(self._latents.draw(rows, self._generator).z.to(self._device))
        self._average = _copies(self._parameters)

    def learn(
        self,
        stopped: Callable[[], bool],
        on_check: Callable[[PriorCheck], None],
        on_step: Callable[[int, float], None],
    ) -> float:
        """Learn until the limits are reached, nothing gets better, or `stopped`; the best nats.

        `on_step` is told the steps done and which share of the way (0 to 1) they are.
        Raises `TrainingError` where densities are no longer finite.
        """
        optimizer = torch.optim.Adam(self._parameters, self._pace.learning_rate, fused=True)
        started_at = time.monotonic()
        progress = 0.0
        self._check(progress, on_check)
        every = max(CHECK_STEPS, self._steps_per_epoch)
        for rows in self._batches():
            progress = self._progress((time.monotonic() - started_at) / 60.0)
            if progress >= 1.0 or stopped() or self._unimproved >= PATIENCE:
                break
            self._take_step(optimizer, rows, progress)
            on_step(self.step, progress)
            if self.step % every == 0:
                self._check(progress, on_check)
        if self.step % every:
            self._check(progress, on_check)
        _put(self._parameters, self._best)
        return self._best_nats

    @property
    def _steps_per_epoch(self) -> int:
        return -(-len(self._latents) // self._batch_size)

    def _batches(self) -> Iterator[Tensor]:
        while True:
            order = torch.randperm(len(self._latents), generator=self._generator)
            yield from torch.split(order, self._batch_size)

    def _progress(self, minutes: float) -> float:
        pace, shares = self._pace, [0.0]
        if pace.max_minutes is not None:
            shares.append(minutes / pace.max_minutes)
        if pace.max_epochs is not None:
            shares.append(self.step / (pace.max_epochs * self._steps_per_epoch))
        if pace.max_steps is not None or len(shares) == 1:
            shares.append(self.step / (pace.max_steps or STEPS))
        return max(shares)

    def _take_step(self, optimizer: torch.optim.Optimizer, rows: Tensor, progress: float) -> None:
        warmth = min(1.0, (self.step + 1) / WARMUP_STEPS)
        falling = 0.5 * (1.0 + math.cos(math.pi * progress))
        for group in optimizer.param_groups:
            group["lr"] = self._pace.learning_rate * warmth * falling
        z = self._latents.draw(rows, self._generator).z.to(self._device)
        optimizer.zero_grad(set_to_none=True)
        with _computing_in(self._prior, self._dtype):
            loss = -self._prior.log_prob(z).mean()
            loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._parameters, CLIP_NORM)
        optimizer.step()
        self.step += 1
        kept = min(AVERAGE, self.step / (10.0 + self.step))
        with torch.no_grad():
            for mean, value in zip(self._average, self._parameters, strict=True):
                mean.lerp_(value, 1.0 - kept)

    def _check(self, progress: float, on_check: Callable[[PriorCheck], None]) -> None:
        with _holding(self._parameters, self._average):
            nats = mean_nats(self._prior, self._held)
        if not math.isfinite(nats):
            raise TrainingError(
                f"the prior's densities are no longer finite after {self.step:,} steps; "
                "give fewer layers or a lower learning rate"
            )
        best = nats < self._best_nats
        self._unimproved = 0 if best else self._unimproved + 1
        if best:
            self._best, self._best_nats = _copies(self._average), nats
        on_check(PriorCheck(self.step, self.epoch, progress, nats, best))


def _copies(tensors: list[nn.Parameter] | list[Tensor]) -> list[Tensor]:
    return [tensor.detach().clone() for tensor in tensors]


@torch.no_grad()
def _put(parameters: list[nn.Parameter], values: list[Tensor]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.copy_(value)


@contextmanager
def _computing_in(prior: Prior, dtype: torch.dtype) -> Iterator[None]:
    """While entered, the networks of priors have this precision."""
    networks = [module for module in prior.modules() if isinstance(module, Network)]
    for network in networks:
        network.dtype = dtype
    try:
        yield
    finally:
        for network in networks:
            network.dtype = torch.float32


@contextmanager
def _holding(parameters: list[nn.Parameter], values: list[Tensor]) -> Iterator[None]:
    """While entered, the parameters have these values."""
    own = _copies(parameters)
    _put(parameters, values)
    try:
        yield
    finally:
        _put(parameters, own)
