"""The latent space: a map of it, ways through it, and what its diagnostics look like."""

import math

import numpy as np

from molvae.evaluation.latent import LatentDiagnostics
from molvae.evaluation.report.charts import SHADES, Frame, Margins
from molvae.evaluation.report.data import Floats, LatentMap, ReportData
from molvae.evaluation.report.html import (
    Section,
    card,
    counted,
    figure,
    number,
    panels,
    text,
)
from molvae.evaluation.report.scales import Scale

_SHADED = (0.02, 0.98)
"""Quantiles of the property between which the ramp of colors runs."""
_MAP_WIDTH = 420
_FLATTEST = 0.7
"""Least height of the map as a share of its width."""
_STRIP_CELL = (104, 104)
"""As large as it stands on a wide page, so that its labels are not shrunk."""
_STRIPS = 3
"""Interpolations that are shown."""
_BINS = 20
"""Stretches of latent distance with as many pairs each."""
_MOST_PAIRS = 1_500
"""Pairs drawn as dots; all count towards the lines."""


def latent_section(data: ReportData) -> Section | None:
    """Map, interpolations and diagnostics; None where there is none of them."""
    found = data.diagnostics
    parts = [
        _map_figure(data.latent_map) if data.latent_map is not None else "",
        _interpolations(found) if found is not None else "",
        _diagnostics(found) if found is not None else "",
    ]
    return Section("latent-space", "Latent space", "".join(parts)) if any(parts) else None


def _map_figure(shown: LatentMap) -> str:
    low, high = _range(shown.values)
    shades = (shown.values - low) / (high - low) if high > low else shown.values * 0 + 0.5
    frame = _map_frame(shown.places)
    marks = [frame.shaded_dots(shown.places[:, 0], shown.places[:, 1], shades)]
    for place, (row, _) in enumerate(shown.marked, 1):
        marks.append(
            frame.mark(float(shown.places[row, 0]), float(shown.places[row, 1]), str(place))
        )
    chart = frame.picture(
        *marks,
        label=f"latent means on two principal components, colored by {shown.label}",
        x_ticks=0,
        y_ticks=0,
    )
    digits = 0 if high - low > 20 else 1 if high - low > 2 else 2
    ramp = "".join(f'<i class="q{step}"></i>' for step in range(SHADES))
    heading = (
        f'<div class="ramp"><span>{text(shown.label)}</span><span>{number(low, digits)}</span>'
        f'<span class="steps">{ramp}</span><span>{number(high, digits)}</span></div>'
    )
    cards = "".join(
        _marked(place, row, smiles, shown) for place, (row, smiles) in enumerate(shown.marked, 1)
    )
    content = (
        f'<div class="map"><div class="panel">{heading}{chart}</div>'
        f'<div class="cards small">{cards}</div></div>'
    )
    caption = (
        f"Posterior means of {counted(len(shown.places), 'held-out molecule')} on their first two"
        f" principal components (across {shown.variance[0]:.1%} of the variance, up"
        f" {shown.variance[1]:.1%}), colored by {text(shown.label)}"
        f" (the ramp runs from the {_SHADED[0]:.0%} to the {_SHADED[1]:.0%} quantile)."
        f" Numbers mark {len(shown.marked)} molecules far from each other."
    )
    return figure(content, caption)


def _map_frame(places: Floats) -> Frame:
    """A frame in which one unit is as long across as it is up, and not too flat."""
    low, high = places.min(axis=0), places.max(axis=0)
    spans = np.maximum(high - low, 1e-9) * 1.06
    across = float(max(spans))
    up = max(float(spans[1]), _FLATTEST * across)
    middle = (low + high) / 2
    x = Scale(float(middle[0]) - across / 2, float(middle[0]) + across / 2)
    y = Scale(float(middle[1]) - up / 2, float(middle[1]) + up / 2)
    return Frame(x, y, _MAP_WIDTH, _MAP_WIDTH * up / across, Margins(0, 0, 0, 0))


def _marked(place: int, row: int, smiles: str, shown: LatentMap) -> str:
    value = number(float(shown.values[row]), 2)
    note = f'<span class="badge">{place}</span><span>{text(shown.label)} <b>{value}</b></span>'
    return card(smiles, note=note)


def _range(values: Floats) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = np.quantile(finite, _SHADED)
    return float(low), float(high)


def _interpolations(found: LatentDiagnostics) -> str:
    if not found.interpolations:
        return ""
    shown = found.interpolations[:_STRIPS]
    strips = "".join(_strip(path) for path in shown)
    lines = counted(len(found.interpolations), "straight line")
    first = "" if len(shown) == len(found.interpolations) else f"The first {len(shown)} of "
    caption = (
        f"{first}{lines} in latent space, one a row, from the posterior mean of a held-out"
        f" molecule (0%) to that of another (100%), decoded greedily at {len(shown[0])} even"
        " points. Faded: the same molecule as at the point before. On a wide screen, point at"
        " one to enlarge it."
    )
    return figure(strips, caption)


def _strip(path: tuple[str | None, ...]) -> str:
    last = max(1, len(path) - 1)
    before = (None, *path)
    cards = "".join(
        card(
            smiles or "",
            note=f"{step / last:.0%}",
            style="same" if smiles is not None and smiles == before[step] else "",
            cell=_STRIP_CELL,
        )
        for step, smiles in enumerate(path)
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="interpolation">'
        f'<div class="strip" style="--steps:{len(path)}">{cards}</div></div>'
    )


def _diagnostics(found: LatentDiagnostics) -> str:
    charts = []
    if len(found.kl_per_dimension):
        charts.append(("KL by dimension <small>nats, sorted</small>", _kl_chart(found)))
    if len(found.pair_distances):
        heading = "Similarity of pairs <small>Tanimoto</small>"
        charts.append((heading, _pair_chart(found)))
    if len(found.radii):
        heading = "Similarity around a mean <small>Tanimoto</small>"
        charts.append((heading, _radius_chart(found)))
    if not charts:
        return ""
    caption = (
        f"Diagnostics on {counted(len(found.smiles), 'held-out molecule')}:{_kl_words(found)}"
        f" {counted(len(found.pair_distances), 'random pair')} ({_dots(found)}line and band:"
        f" median and quartiles of {_BINS} stretches with as many pairs each); and how alike"
        " greedy decodings are to the one at the mean, by the distance from it"
        f"{'' if math.isnan(_chance(found)) else ' (dashed: two random held-out molecules)'}."
    )
    return figure(panels(charts, "three"), caption)


def _kl_words(found: LatentDiagnostics) -> str:
    count = len(found.kl_per_dimension)
    words = f" the mean KL to N(0, 1) of each of {count} dimensions, largest first;"
    return words if count else ""


def _dots(found: LatentDiagnostics) -> str:
    count = len(found.pair_distances)
    return "" if count <= _MOST_PAIRS else f"dots: {_MOST_PAIRS:,} of them; "


def _chance(found: LatentDiagnostics) -> float:
    """Mean similarity of two random held-out molecules; NaN where it was not measured."""
    return found.values.get("smoothness/chance", math.nan)


def _kl_chart(found: LatentDiagnostics) -> str:
    values = np.sort(found.kl_per_dimension)[::-1]
    frame = Frame(Scale(0, len(values)), Scale.of(values, [0.0]), 340, 220)
    return frame.picture(
        frame.bars(values, "own"), label="KL by dimension, sorted", x_label="dimension"
    )


def _pair_chart(found: LatentDiagnostics) -> str:
    x, y = found.pair_distances, found.pair_similarities
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = x[keep], y[keep]
    frame = Frame(Scale.of(x, margin=0.02), Scale.of(y, [0.0], margin=0.0), 340, 220)
    marks = [frame.dots(x[:_MOST_PAIRS], y[:_MOST_PAIRS], "faint", 2.5)]
    middle, quartiles = _binned(x, y)
    if len(middle):
        marks.append(frame.area(middle, quartiles[:, 0], quartiles[:, 2], "own"))
        marks.append(frame.line(middle, quartiles[:, 1], "own"))
    return frame.picture(
        *marks, label="Tanimoto similarity against latent distance", x_label="latent distance"
    )


def _radius_chart(found: LatentDiagnostics) -> str:
    frame = Frame(Scale.of(found.radii, [0.0]), Scale(0.0, 1.0), 340, 220)
    marks = [
        frame.line([frame.x.low, frame.x.high], [_chance(found)] * 2, "ref dashed"),
        frame.line(found.radii, found.radius_similarities, "own"),
        frame.dots(found.radii, found.radius_similarities, "own", 6),
    ]
    return frame.picture(
        *marks, label="similarity of decodings by radius", x_label="distance from the mean"
    )


def _binned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Mean `x` (bins,) and quartiles of `y` (bins, 3) of stretches with as many points each."""
    order = np.argsort(x, kind="stable")
    parts = [part for part in np.array_split(order, _BINS) if len(part) > 3]
    middle = np.array([x[part].mean() for part in parts])
    quartiles = np.array([np.quantile(y[part], [0.25, 0.5, 0.75]) for part in parts])
    return middle, quartiles.reshape(-1, 3)
