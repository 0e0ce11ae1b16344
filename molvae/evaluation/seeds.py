"""From the measurements of several seeds to one: means, deviations, and what to know of them."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from molvae.evaluation.records import Measured


def means(measured: Sequence[Measured]) -> dict[str, float]:
    """The mean of each value; NaN where one seed has none."""
    return {name: float(np.mean(_column(name, measured))) for name in measured[0].values}


def deviations(measured: Sequence[Measured]) -> dict[str, float]:
    """The standard deviation of each value (N - 1)."""
    return {name: float(np.std(_column(name, measured), ddof=1)) for name in measured[0].values}


def notes(measured: Sequence[Measured]) -> dict[str, str]:
    """The notes of all seeds: one that they share, or the first that says why a value is NaN."""
    names = dict.fromkeys(name for one in measured for name in one.notes)
    return {name: _note(name, measured) for name in names}


def _note(name: str, measured: Sequence[Measured]) -> str:
    said = {place: one.notes[name] for place, one in enumerate(measured) if name in one.notes}
    if len(said) == len(measured) and len(set(said.values())) == 1:
        return said[0]
    missing = [place for place in said if math.isnan(measured[place].values.get(name, 0.0))]
    place = missing[0] if missing else min(said)
    return f"{said[place]} (seed {place + 1} of {len(measured)})"


def _column(name: str, measured: Sequence[Measured]) -> list[float]:
    return [one.values[name] for one in measured]


def summed_seconds(measured: Iterable[Measured]) -> dict[str, float]:
    """The time of each stage, over seeds and suites."""
    seconds: dict[str, float] = {}
    for one in measured:
        for stage, spent in one.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    return seconds
