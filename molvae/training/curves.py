"""Pictures of a run: loss, KL and quality over its steps."""

from pathlib import Path
from typing import Any

from molvae.files import atomic_path
from molvae.training.logs import read_log

INK, BLUE, ORANGE, GREEN, GREY = "#222222", "#2563a8", "#d1661f", "#2f8f4e", "#9a9a9a"


def draw_curves(run: Path, path: Path) -> None:
    """Write the curves of `run` to `path` (PNG or SVG by its ending); nothing to draw, no file."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FormatStrFormatter

    events = list(read_log(run))
    steps = [event for event in events if event["event"] == "step"]
    if not steps:
        return
    checks = [event for event in events if event["event"] == "validation"]
    figure = Figure(figsize=(11, 3.4), dpi=150, layout="constrained")
    reconstruction, kl, quality = figure.subplots(1, 3)
    _line(reconstruction, steps, "reconstruction", "training", BLUE)
    _line(reconstruction, checks, "reconstruction", "validation", ORANGE, marker="o")
    reconstruction.set(title="Reconstruction loss (nats a molecule)", yscale="log")
    for axis_format in (
        reconstruction.yaxis.set_major_formatter,
        reconstruction.yaxis.set_minor_formatter,
    ):
        axis_format(FormatStrFormatter("%.3g"))
    _line(kl, steps, "kl", "training", BLUE)
    _line(kl, checks, "kl", "validation", ORANGE, marker="o")
    kl.set(title="KL (nats a molecule)")
    _weight(kl, steps)
    _line(quality, checks, "token_accuracy", "token accuracy", GREY, marker="o")
    _line(quality, checks, "exact_reconstruction", "exact reconstruction", ORANGE, marker="o")
    sampled = [event for event in checks if event["sampled_validity"] is not None]
    _line(quality, sampled, "sampled_validity", "validity of samples", GREEN, marker="o")
    quality.set(title="Quality (share)", ylim=(0, 1.02))
    for axes in (reconstruction, kl, quality):
        _tidy(axes)
    reconstruction.legend(frameon=False, fontsize=8)
    if checks:
        quality.legend(frameon=False, fontsize=8, loc="center right")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip("."))


def _line(
    axes: Any, events: list[dict[str, Any]], key: str, label: str, color: str, **how: Any
) -> None:
    x, y = [event["step"] for event in events], [event[key] for event in events]
    if x:
        axes.plot(x, y, label=label, color=color, linewidth=1.4, markersize=3.5, **how)


def _weight(axes: Any, steps: list[dict[str, Any]]) -> None:
    """beta, on an axis of its own at the right."""
    right = axes.twinx()
    right.plot([e["step"] for e in steps], [e["beta"] for e in steps], color=GREY, linestyle=":")
    right.set_ylabel("beta (dotted)", color=GREY)
    right.tick_params(colors=GREY)
    right.set_ylim(bottom=0)
    right.spines[["top", "left", "right"]].set_visible(False)


def _tidy(axes: Any) -> None:
    axes.set_xlabel("step")
    axes.title.set_fontsize(10)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
