"""A chart of how scores are distributed in two or three groups, and where a threshold lies."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from molvae.errors import OutputError
from molvae.files import atomic_path

Values = npt.NDArray[np.float64]

ENDINGS = (".png", ".svg")
COLORS = ("#4a5568", "#d1661f", "#2563a8")
"""Told apart with any color vision, and by their order in gray."""
INK = "#292e38"
_BINS = 60
_SHOWN = (0.001, 0.999)
"""Quantiles of all values between which the axis lies, so that one outlier does not set it."""
_TYPE: Any = {"font.size": 11, "svg.fonttype": "none", "svg.hashsalt": "molvae"}


def histogram_image(
    path: str | Path,
    groups: Mapping[str, npt.NDArray[Any]],
    threshold: float | None,
    xlabel: str,
    title: str = "",
) -> None:
    """Draw the distribution of each of `groups` to `path` (.png or .svg), labeled directly.

    Heights are shares of a group, so that groups of different sizes compare; values far out
    are counted in the last bar. What is not finite is left out. Raises `OutputError` for
    another ending and where there is no value at all.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    check_histogram(path)
    finite = {name: _finite(values) for name, values in groups.items()}
    shown = {name: values for name, values in finite.items() if values.size}
    if not shown:
        raise OutputError("there is no finite value to draw a histogram of")
    with rc_context(_TYPE):
        figure = Figure(figsize=(8, 4.2), dpi=200, layout="constrained")
        _draw(figure.subplots(), shown, threshold, xlabel, title)
        with atomic_path(path) as temporary:
            kind = Path(path).suffix.lower().lstrip(".")
            figure.savefig(temporary, format=kind, metadata={"Date": None} if kind == "svg" else {})


def check_histogram(path: str | Path) -> None:
    """Raise `OutputError` for a name that `histogram_image` cannot draw to."""
    if Path(path).suffix.lower() not in ENDINGS:
        raise OutputError(f"cannot draw to {path}: its ending must be one of {', '.join(ENDINGS)}")


def bin_edges(groups: Mapping[str, Values], threshold: float | None) -> Values:
    """Edges of bins over nearly all values of all groups, and over `threshold`."""
    values = np.concatenate(list(groups.values()))
    low, high = np.quantile(values, _SHOWN)
    if threshold is not None and math.isfinite(threshold):
        low, high = min(low, threshold), max(high, threshold)
    if low == high:
        low, high = low - 0.5, high + 0.5
    margin = 0.02 * (high - low)
    return np.linspace(low - margin, high + margin, _BINS + 1)


def shares(values: Values, edges: Values) -> Values:
    """Share of `values` in each bin; those beyond the edges count in the first or last."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return np.asarray(counts / max(1, len(values)))


def _finite(values: npt.NDArray[Any]) -> Values:
    own = np.asarray(values, np.float64).ravel()
    return own[np.isfinite(own)]


def _draw(
    axes: Any, groups: Mapping[str, Values], threshold: float | None, xlabel: str, title: str
) -> None:
    edges = bin_edges(groups, threshold)
    heights = {name: shares(values, edges) for name, values in groups.items()}
    top = max(float(own.max()) for own in heights.values())
    for name, color in zip(groups, _colors(len(groups)), strict=True):
        axes.stairs(heights[name], edges, color=color, fill=True, alpha=0.28)
        axes.stairs(heights[name], edges, color=color, linewidth=1.6)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, top * (1.22 + 0.09 * len(groups))))
    axes.set_xlabel(xlabel)
    axes.set_ylabel("share of a group (%)")
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")
    axes.set_title(title, fontsize=12, fontweight="bold", color=INK, wrap=True)
    axes.spines[["top", "right"]].set_visible(False)
    beyond = threshold is not None and math.isfinite(threshold)
    _label_groups(axes, groups, threshold if beyond else None)
    if beyond:
        _mark_threshold(axes, float(threshold or 0.0), edges)


def _colors(count: int) -> list[str]:
    return [COLORS[number % len(COLORS)] for number in range(count)]


def _label_groups(axes: Any, groups: Mapping[str, Values], threshold: float | None) -> None:
    """One line a group in its color, in the free room above the bars."""
    for number, (name, color) in enumerate(zip(groups, _colors(len(groups)), strict=True)):
        values = groups[name]
        said = f"{name} ({len(values):,})"
        if threshold is not None:
            said += f": {_percent(float((values > threshold).mean()))} above the threshold"
        axes.text(
            0.012,
            0.965 - 0.075 * number,
            said,
            transform=axes.transAxes,
            color=color,
            fontweight="bold",
            va="top",
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _mark_threshold(axes: Any, threshold: float, edges: Values) -> None:
    """A dashed line up to below the names, its value on the side with more room."""
    low, high = axes.get_ylim()
    top = high * 0.74
    axes.plot([threshold, threshold], [low, top], color=INK, linestyle="--", linewidth=1.3)
    right = threshold < (edges[0] + edges[-1]) / 2
    axes.annotate(
        f"threshold {threshold:.4g}",
        (threshold, top),
        xytext=(5 if right else -5, -2),
        textcoords="offset points",
        ha="left" if right else "right",
        va="top",
        color=INK,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5},
    )
