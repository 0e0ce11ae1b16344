"""How the properties of the molecules are spread, beside those of the reference."""

import math

import numpy as np

from molvae.evaluation.report.charts import Frame, Margins
from molvae.evaluation.report.data import Distribution, Floats, ReportData
from molvae.evaluation.report.html import (
    Section,
    counted,
    figure,
    legend,
    number,
    panels,
    text,
)
from molvae.evaluation.report.scales import Scale

_GRID = 256
_TAIL = 0.001
"""Share of the values cut from each end of an axis, so that one outlier does not squeeze it."""
_FEWEST = 20
"""Molecules below which a density would pretend to know more than there is."""
_MARGINS = Margins(left=10, right=10, top=8, bottom=26)


def properties_section(data: ReportData) -> Section | None:
    """Densities of each property; None where there are no molecules."""
    shown = [one for one in data.distributions if len(one.own)]
    if not shown:
        return None
    charts = [(_heading(one), _density_chart(one)) for one in shown]
    keys = [("area own", data.title)]
    if data.reference:
        keys.append(("ref", data.reference))
    return Section(
        "properties",
        "Properties",
        figure(legend(keys) + panels(charts, "three"), _caption(data, shown)),
    )


def _heading(one: Distribution) -> str:
    unit = f" <small>{text(one.unit)}</small>" if one.unit else ""
    if math.isnan(one.distance):
        return f"{text(one.label)}{unit}"
    return f"{text(one.label)}{unit} <small class='right'>W₁ {number(one.distance)}</small>"


def _caption(data: ReportData, shown: list[Distribution]) -> str:
    own = max(len(one.own) for one in shown)
    fewer = min(len(one.own) for one in shown)
    some = f"; TPSA and length of {fewer:,}" if fewer < own else ""
    beside = f", beside {text(data.reference)}" if data.reference else ""
    strokes = f" Fewer than {_FEWEST} molecules: a stroke for each." if own < _FEWEST else ""
    return (
        f"Distributions of {counted(own, 'valid molecule')}{_drawn(data)}, repeats kept{some}"
        f"{beside}. Gaussian kernel densities of equal area, without the outermost {_TAIL:.1%}"
        f" at each end.{strokes}{_distance(data)}"
    )


def _drawn(data: ReportData) -> str:
    """With which of several seeds the molecules were drawn."""
    seeds = data.evaluation.protocol.get("seeds") or []
    return f" of seed {seeds[0]}" if len(seeds) > 1 else ""


def _distance(data: ReportData) -> str:
    if not data.reference or all(math.isnan(one.distance) for one in data.distributions):
        return ""
    seeds = data.evaluation.protocol.get("seeds") or []
    several = ", a mean over the seeds" if len(seeds) > 1 else ""
    return f" W₁ is the Wasserstein-1 distance of the two{several}."


def _density_chart(one: Distribution) -> str:
    sets = [values for values in (one.own, one.reference) if len(values)]
    ends = np.concatenate([np.quantile(values, [_TAIL, 1 - _TAIL]) for values in sets])
    x = Scale.of(ends, margin=0.04)
    grid = np.linspace(x.low, x.high, _GRID)
    few = len(one.own) < _FEWEST
    curves = [density(values, grid) for values in (sets[1:] if few else sets)]
    top = 1.05 * max((float(curve.max()) for curve in curves), default=1.0)
    frame = Frame(x, Scale(0.0, top), 320, 170, _MARGINS)
    if few:
        marks = [frame.line([value] * 2, [0.0, top / 2], "own") for value in one.own]
    else:
        marks = [frame.area(grid, np.zeros(_GRID), curves[0], "own")]
        marks.append(frame.line(grid, curves[0], "own"))
    if len(one.reference):
        marks.append(frame.line(grid, curves[-1], "ref"))
    return frame.picture(*marks, label=_spoken(one), y_ticks=0)


def _spoken(one: Distribution) -> str:
    own = f"{one.label}: mean {number(float(one.own.mean()))}"
    if not len(one.reference):
        return own
    return f"{own}, reference {number(float(one.reference.mean()))}"


def density(values: Floats, grid: Floats) -> Floats:
    """A Gaussian kernel density of `values` on an even `grid`, by Silverman's rule.

    Values are counted on the grid first: a bandwidth below its step is not resolved. Values
    beyond the grid count towards the area only.
    """
    step = float(grid[1] - grid[0])
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    counts = np.histogram(values, bins=edges)[0].astype(np.float64)
    low, high = np.quantile(values, [0.25, 0.75])
    spread = min(float(values.std()), float(high - low) / 1.34) or float(values.std())
    width = max(0.9 * spread * len(values) ** -0.2, step)
    reach = np.arange(-int(4 * width / step) - 1, int(4 * width / step) + 2)
    kernel = np.exp(-0.5 * (reach * step / width) ** 2)
    smooth = np.convolve(counts, kernel / kernel.sum())[len(reach) // 2 :][: len(grid)]
    return np.asarray(smooth / (len(values) * step))
