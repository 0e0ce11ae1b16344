"""The picture of `which_vae.py`: what a latent holds against how well the prior is met."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib

matplotlib.use("Agg")
from _vae_rows import LEARNED, NORMAL
from matplotlib import patheffects, ticker
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

PUBLISHED = {
    "DD-VAE, latent 64 (read by eye)": (
        (70.0, 0.20), (80.0, 0.325), (85.0, 0.465), (90.0, 0.725), (95.0, 1.165),
    ),
    "JT-VAE": ((76.7, 0.395),),
}  # fmt: skip
"""Reconstruction in % and FCD/Test, of 30,000 samples (Polykovskiy & Vetrov 2020; Jin et al.
2018; Polykovskiy et al. 2020)."""
GOAL = (80.0, 0.31)
"""At least this reconstruction, and a smaller FCD/Test."""
LINES = {NORMAL: "#c1432e", "mixture, fitted afterwards": "#d99a2b",
         "flow, fitted afterwards": "#2f6fa8",
         **dict(zip(LEARNED.values(), ("#2f8f4e", "#7b4fa3"), strict=True))}  # fmt: skip
INK, FAINT = "#333333", "#8a8a8a"

Found = Mapping[str, Any]
Side = Literal["left", "center", "right"]


def draw_frontier(rows: Sequence[Found], floor: float | None, samples: int, path: Path) -> None:
    """Draw finished `rows`; `floor` is the FCD/Test of training molecules, as many as samples."""
    figure, (near, far) = plt.subplots(
        1, 2, figsize=(11.5, 5.2), dpi=150, layout="constrained", width_ratios=(1.0, 1.15)
    )
    same = [row for row in rows if not row.get("given")]
    for axes in (near, far):
        lined = {name for line in LINES for name in _draw_line(axes, same, line, axes is near)}
        _draw_others(axes, [row for row in same if row["name"] not in lined], axes is near)
        _furnish(axes)
    if floor is not None:
        near.axhline(floor, color=FAINT, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
        near.annotate(
            f"training molecules, {samples:,}: {floor:.2f}", (0.98, floor),
            xycoords=("axes fraction", "data"), textcoords="offset points", xytext=(0, 3),
            fontsize=8, color=FAINT, ha="right",
        )  # fmt: skip
    near.set_title("the same budget for all (numbers: beta)", fontsize=10, color=INK)
    far.set_title("the frontier", fontsize=10, color=INK)
    near.set_ylabel("FCD/Test of samples from the prior (lower is better)", color=INK)
    near.margins(x=0.12, y=0.1)
    _draw_given(far, [row for row in rows if row.get("given")])
    _draw_published(far)
    _mark_goal(far)
    far.legend(fontsize=8, frameon=False, loc="lower left", labelcolor=INK)
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def points(rows: Iterable[Found]) -> list[tuple[float, float, Found]]:
    """Reconstruction in %, FCD/Test and the row, for those that have both."""
    found = [
        (100.0 * row["values"]["reconstruction"], row["values"]["fcd"], row)
        for row in rows
        if row["values"].get("fcd") is not None
        and row["values"].get("reconstruction") is not None
    ]  # fmt: skip
    return sorted(found, key=lambda point: point[:2])


def _draw_line(axes: Axes, rows: Sequence[Found], line: str, numbered: bool) -> list[str]:
    """The betas with one kind of prior, joined in their order; returns the rows drawn.

    Numbers stand at the line of N(0, I); those of the others lie above or below.
    """
    color = LINES[line]
    own = [row for row in rows if row.get("line") == line]
    found = sorted(points(own), key=lambda point: -point[2]["beta"])
    if not found:
        return []
    x, y = zip(*((point[0], point[1]) for point in found), strict=True)
    axes.plot(x, y, "-o", color=color, markersize=5, linewidth=1.6, label=line, zorder=4)
    for place, (left, height, row) in enumerate(found if numbered and line == NORMAL else ()):
        side: Side = "left" if place else "right"  # the first two are often close
        offset = (5, -9) if place else (-5, 2)
        _name(axes, f"{row['beta']:g}", left, height, color, offset=offset, side=side)
    return [row["name"] for _, _, row in found]


def _draw_others(axes: Axes, rows: Sequence[Found], named: bool) -> None:
    if found := points(rows):
        x, y = zip(*((point[0], point[1]) for point in found), strict=True)
        axes.scatter(x, y, s=16, color=INK, label="beta rising to 0.4, same budget", zorder=5)
    for height, row in _stacked(found, 1.085) if named else ():
        _name(axes, row["name"], max(x), height, INK, offset=(6, -3))


def _draw_given(axes: Axes, rows: Sequence[Found]) -> None:
    if not (found := points(rows)):
        return
    x, y = zip(*((point[0], point[1]) for point in found), strict=True)
    title = "trained longer (molecules seen)"
    axes.scatter(x, y, s=150, marker="*", color="#111111", label=title, zorder=6)
    for height, row in _stacked(found, 1.14):  # clear of what is published beside them
        _name(axes, row["name"], min(x), height, "#111111", offset=(-10, -3), side="right")


def _stacked(
    found: Iterable[tuple[float, float, Found]], apart: float
) -> Iterator[tuple[float, Found]]:
    """Heights for names in a column: the points' own, or `apart` times below the one before."""
    last = float("inf")
    for _, height, row in sorted(found, key=lambda point: -point[1]):
        last = min(height, last / apart)
        yield last, row


def _name(
    axes: Axes,
    text: str,
    x: float,
    y: float,
    color: str,
    *,
    offset: tuple[int, int],
    side: Side = "left",
) -> None:
    """Write `text` beside a point, readable over lines."""
    written = axes.annotate(
        text, (x, y), textcoords="offset points", xytext=offset, fontsize=8, color=color, ha=side,
        zorder=7,
    )  # fmt: skip
    written.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])


def _draw_published(axes: Axes) -> None:
    for (title, found), marker in zip(PUBLISHED.items(), "DX", strict=True):
        x, y = zip(*found, strict=True)
        axes.plot(
            x, y, "--", marker=marker, color="#777777", markersize=5, linewidth=1.1,
            label=f"published: {title}", zorder=2,
        )  # fmt: skip


def _mark_goal(axes: Axes) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0.08), high * 1.2)
    axes.set_xlim(-2.0, 102.0)
    bottom = axes.get_ylim()[0]
    axes.fill_between([GOAL[0], 102.0], bottom, GOAL[1], color="#2f6fa8", alpha=0.09, zorder=0)
    _name(axes, "past the published", 101.0, bottom, "#2f6fa8", offset=(0, 6), side="right")


def _furnish(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())
    axes.set_xlabel("exact reconstruction of unseen molecules, %", color=INK)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
