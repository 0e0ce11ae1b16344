"""What every suite hands back: values by name, and for each NaN the reason."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Progress = Callable[[str, int, int], None]
"""Told the stage, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Measured:
    """Values of a suite by their names."""

    values: dict[str, float]
    notes: dict[str, str] = field(default_factory=dict)
    """A sentence by name of value: why it is NaN, or what to know when reading it."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall-clock time by stage."""


class Sheet:
    """Collects values, notes and times while a suite is at work."""

    def __init__(self) -> None:
        self._values: dict[str, float] = {}
        self._notes: dict[str, str] = {}
        self._seconds: dict[str, float] = {}

    def put(self, name: str, value: float, note: str | None = None) -> None:
        """Enter `value`, with a sentence about it."""
        self._values[name] = float(value)
        if note is not None:
            self._notes[name] = note

    def lack(self, name: str, reason: str) -> None:
        """Enter that there is no value, and why."""
        self.put(name, math.nan, reason)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time spent inside to `stage`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            self._seconds[stage] = self._seconds.get(stage, 0.0) + spent

    def measured(self) -> Measured:
        """All that was entered."""
        return Measured(dict(self._values), dict(self._notes), dict(self._seconds))
