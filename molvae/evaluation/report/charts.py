"""Charts as small SVGs: lines, areas, bars and dots whose colors the page's style sheet sets.

Drawn here rather than by a plotting library, so that one picture suits light and dark pages,
text stays text in the page's own font, and thousands of dots take some ten bytes each.
"""

import html
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from molvae.evaluation.report.scales import Floats, Scale, tick_label

SHADES = 9
"""Steps of the color ramp; the style sheet has a class `q0` to `q8` for each."""
_LAYERS = 6
"""Dots are laid in so many rounds, so that no shade always lies on top."""


class Margins(NamedTuple):
    """Room around the plot for labels, in units of the picture."""

    left: float = 40
    right: float = 12
    top: float = 10
    bottom: float = 28


_MARGINS = Margins()


@dataclass(frozen=True)
class Frame:
    """A plot's axes and size; its methods give marks, and `picture` puts them together."""

    x: Scale
    y: Scale
    width: float = 360
    height: float = 220
    margins: Margins = _MARGINS

    def line(self, x: Any, y: Any, style: str) -> str:
        """A line through the points; gaps where `y` is not finite are bridged."""
        return f'<path class="line {style}" d="{self._path(self._places(x, y))}"/>'

    def area(self, x: Any, low: Any, high: Any, style: str) -> str:
        """The area between the lines `low` and `high`."""
        there, back = self._places(x, low), self._places(x, high)[::-1]
        return f'<path class="area {style}" d="{self._path(np.concatenate([there, back]))}Z"/>'

    def bars(self, heights: Any, style: str) -> str:
        """Bars side by side over the whole width, from the axis up."""
        values = np.asarray(heights, np.float64)
        edges = np.linspace(self.x.low, self.x.high, len(values) + 1)
        x = np.stack([edges[:-1], edges[:-1], edges[1:], edges[1:]], axis=1)
        floor = np.full_like(values, self.y.low)
        y = np.stack([floor, values, values, floor], axis=1)
        paths = (self._path(self._places(*bar)) for bar in zip(x, y, strict=True))
        return f'<path class="bar {style}" d="{"".join(paths)}"/>'

    def dots(self, x: Any, y: Any, style: str, size: float = 4.0) -> str:
        """A round dot at each point, all in one path."""
        places = self._places(x, y)
        drawn = "".join(f"M{_number(a)} {_number(b)}h0" for a, b in places)
        return f'<path class="dots {style}" stroke-width="{size:g}" d="{drawn}"/>'

    def shaded_dots(self, x: Any, y: Any, shades: Floats, size: float = 4.0) -> str:
        """Dots in the shade of the ramp that `shades` (0 to 1) gives, NaN in none of them."""
        own = np.nan_to_num(np.clip(shades, 0, 1) * SHADES, nan=-1)
        steps = np.minimum(own, SHADES - 1).astype(int)
        rounds = np.arange(len(steps)) % _LAYERS
        marks = []
        for turn in range(_LAYERS):
            for step in np.unique(steps[rounds == turn]):
                rows = (rounds == turn) & (steps == step)
                style = f"q{step}" if step >= 0 else "qn"
                marks.append(self.dots(np.asarray(x)[rows], np.asarray(y)[rows], style, size))
        return "".join(marks)

    def mark(self, x: float, y: float, text: str) -> str:
        """A disc with a short `text` at a point."""
        ((left, top),) = self._places([x], [y])
        return (
            f'<g class="mark"><circle cx="{_number(left)}" cy="{_number(top)}" r="10"/>'
            f'<text x="{_number(left)}" y="{_number(top + 4)}">{html.escape(text)}</text></g>'
        )

    def picture(
        self,
        *marks: str,
        label: str,
        x_label: str = "",
        y_ticks: int = 4,
        x_ticks: int = 5,
        style: str = "",
    ) -> str:
        """The chart with its axes; `label` is what a screen reader says. 0 ticks: none."""
        height = self.height + (16 if x_label else 0)
        caption = (
            f'<text class="middle" x="{_number(self._middle)}" y="{height - 4:g}">'
            f"{html.escape(x_label)}</text>"
        )
        return (
            f'<svg class="chart {style}" viewBox="0 0 {self.width:g} {height:g}" role="img"'
            f' aria-label="{html.escape(label, quote=True)}">'
            f"{self._horizontals(y_ticks)}{''.join(marks)}{self._foot(x_ticks)}"
            f"{caption if x_label else ''}</svg>"
        )

    @property
    def _middle(self) -> float:
        return (self.margins.left + self.width - self.margins.right) / 2

    def _places(self, x: Any, y: Any) -> Floats:
        """Points of the picture, (n, 2), for those values that are finite."""
        left, right, top, bottom = self.margins
        across = left + self.x.share(x) * (self.width - left - right)
        down = top + (1 - self.y.share(y)) * (self.height - top - bottom)
        places = np.stack(np.broadcast_arrays(across, down), axis=-1).reshape(-1, 2)
        return np.asarray(places[np.isfinite(places).all(axis=1)])

    @staticmethod
    def _path(places: Floats) -> str:
        points = [f"{_number(x)} {_number(y)}" for x, y in places]
        return "M" + "L".join(points) if points else ""

    def _horizontals(self, about: int) -> str:
        """Grid lines across, with their values at the left."""
        parts = []
        for tick in self.y.ticks(about) if about else []:
            ((left, y),) = self._places([self.x.low], [tick])
            across = f"M{_number(left)} {_number(y)}H{_number(self.width - self.margins.right)}"
            parts.append(f'<path class="grid" d="{across}"/>')
            text = f'x="{_number(left - 6)}" y="{_number(y + 4)}">{tick_label(tick)}'
            parts.append(f'<text class="end" {text}</text>')
        return "".join(parts)

    def _foot(self, about: int) -> str:
        """The axis at the bottom, with small strokes and values."""
        base = self.height - self.margins.bottom
        end = self.width - self.margins.right
        if about == 0:
            return ""
        parts = [f'<path class="axis" d="M{self.margins.left:g} {base:g}H{end:g}"/>']
        for tick in self.x.ticks(about):
            ((x, _),) = self._places([tick], [self.y.low])
            parts.append(f'<path class="axis" d="M{_number(x)} {base:g}v4"/>')
            text = f'x="{_number(x)}" y="{base + 17:g}">{tick_label(tick)}'
            parts.append(f'<text class="middle" {text}</text>')
        return "".join(parts)


def _number(value: float) -> str:
    """A coordinate with one decimal, none where it is zero."""
    return f"{value:.1f}".removesuffix(".0")
