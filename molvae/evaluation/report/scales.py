"""The axes of a chart: where a value lies, and where round numbers are marked."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MANTISSAS = (1.0, 2.0, 5.0)
_FEWEST_LOG_TICKS, _MOST_LOG_TICKS = 3, 6


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, *values: Any, log: bool = False, margin: float = 0.0) -> Self:
        """The axis that holds all finite `values`, with a `margin` (a share) at both ends.

        On a logarithmic axis only positive values count, and the margin is left out.
        """
        flat = np.concatenate([np.ravel(np.asarray(part, np.float64)) for part in values])
        flat = flat[np.isfinite(flat) & ((flat > 0) | (not log))]
        low, high = (float(flat.min()), float(flat.max())) if len(flat) else (1.0, 2.0)
        if low == high:
            around = abs(low) / 10 or 1.0
            low, high = low - around, high + around
        extra = 0.0 if log else margin * (high - low)
        return cls(low - extra, high + extra, log)

    def share(self, values: Any) -> Floats:
        """How far along the axis each of `values` lies, 0 at `low` and 1 at `high`."""
        numbers = np.asarray(values, np.float64)
        if not self.log:
            return np.asarray((numbers - self.low) / (self.high - self.low))
        span = math.log(self.high / self.low)
        return np.asarray(np.log(np.maximum(numbers, self.low) / self.low) / span)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values on the axis, near `about` of them."""
        ticks = self._log_ticks() if self.log else []
        if len(ticks) >= _FEWEST_LOG_TICKS:
            return ticks
        step = _round_step((self.high - self.low) / max(1, about))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [index * step for index in range(first, last + 1)]

    def _log_ticks(self) -> list[float]:
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        ticks = [mantissa * 10.0**power for power in powers for mantissa in _MANTISSAS]
        inside = [tick for tick in ticks if self.low <= tick <= self.high]
        if len(inside) <= _MOST_LOG_TICKS:
            return inside
        return [tick for tick in (10.0**power for power in powers) if tick in inside]


def tick_label(value: float) -> str:
    """A tick in few characters: 0.25, 40, 12,000."""
    if value == 0:
        return "0"
    text = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.6g}"
    return text.replace("-", "\N{MINUS SIGN}")


def _round_step(step: float) -> float:
    """The smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not below `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= step * (1 - 1e-9))
