"""Colors for the values of a map, and the bar that says what they mean."""

import math
from typing import Any, NamedTuple

import numpy as np

from molvae.chem.depiction import FONT, INK, PALE, Painter
from molvae.chem.lettering import Color, wrap_text
from molvae.chem.value_lines import decimals_for, signed

_STOPS: tuple[Color, ...] = (
    (1.0, 1.0, 0.9),
    (0.93, 0.97, 0.72),
    (0.78, 0.91, 0.71),
    (0.58, 0.83, 0.75),
    (0.50, 0.77, 0.83),
)
"""Yellow to blue (Brewer's YlGnBu without its dark end): safe for any color vision, ordered in
gray, and light enough for black bonds and for red and blue letters."""
_WIDTH = 16
_LONGEST = 320
_STEPS = 64
_LABEL_LINES = 4
_LABEL_ROOM = 96
_MOST_TICKS = 6
_LINE = 1.3 * FONT


class ColorScale(NamedTuple):
    """Values from `low` to `high` as colors."""

    low: float
    high: float
    whole: bool
    """Whether all values are counts."""

    @classmethod
    def over(cls, values: Any) -> "ColorScale | None":
        """The scale that reaches over all `values` but NaN; None where no other is left."""
        finite = np.asarray(values)[np.isfinite(values)]
        if not finite.size:
            return None
        return cls(float(finite.min()), float(finite.max()), bool((finite % 1 == 0).all()))

    def color(self, value: float) -> Color:
        """The color of one value; the one in the middle where all are the same."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        place = min(1.0, max(0.0, share)) * (len(_STOPS) - 1)
        lower = min(int(place), len(_STOPS) - 2)
        first, second = _STOPS[lower], _STOPS[lower + 1]
        rest = place - lower
        red, green, blue = ((1 - rest) * a + rest * b for a, b in zip(first, second, strict=True))
        return red, green, blue

    def ticks(self) -> list[float]:
        """A few round values, or the only one."""
        span = self.high - self.low
        if span <= 0:
            return [self.low]
        unit = 10.0 ** math.floor(math.log10(span / _MOST_TICKS))
        unit = max(1.0, unit) if self.whole else unit
        for factor in (1, 2, 5, 10, 20):
            step = unit * factor
            first = math.ceil(self.low / step - 1e-9)
            last = math.floor(self.high / step + 1e-9)
            if last - first < _MOST_TICKS:
                break
        return [number * step for number in range(first, last + 1)]


def paint_color_bar(
    painter: Painter, scale: ColorScale, label: str, left: float, top: float, height: float
) -> None:
    """A bar with `label` above it, in the middle of `height` points from `top`."""
    lines = wrap_text(label, _LABEL_ROOM, FONT, lines=_LABEL_LINES) if label else []
    length = min(_LONGEST, height - len(lines) * _LINE - 12)
    start = top + (height - length - len(lines) * _LINE) / 2
    for number, line in enumerate(lines):
        y = start + (number + 0.4) * _LINE
        painter.write(line, left, y, anchor="start", width=_LABEL_ROOM, color=INK)
    start += len(lines) * _LINE + 4
    slice_height = length / _STEPS
    for step in range(_STEPS):
        share = 1 - (step + 0.5) / _STEPS
        color = scale.color(scale.low + share * (scale.high - scale.low))
        painter.box(left, start + step * slice_height, _WIDTH, slice_height + 0.5, fill=color)
    painter.box(left, start, _WIDTH, length, line=PALE, thickness=0.8)
    ticks = scale.ticks()
    decimals = _tick_decimals(ticks)
    for tick in ticks:
        span = scale.high - scale.low
        y = start + length * (1 - ((tick - scale.low) / span if span > 0 else 0.5))
        painter.line((left + _WIDTH, y), (left + _WIDTH + 4, y), PALE)
        said = signed(f"{tick:.{decimals}f}")
        painter.write(said, left + _WIDTH + 8, y, anchor="start", width=_LABEL_ROOM, color=INK)


def _tick_decimals(ticks: list[float]) -> int:
    """As many decimals as tell the ticks apart."""
    if len(ticks) < 2:
        return decimals_for(ticks)
    return max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
