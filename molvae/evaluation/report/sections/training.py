"""How the model was trained: its losses and its quality over the steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from molvae.evaluation.report.charts import Frame
from molvae.evaluation.report.data import Floats, ReportData
from molvae.evaluation.report.html import Section, counted, figure, legend, panels
from molvae.evaluation.report.scales import Scale

MOST_POINTS = 300
"""Points of a curve; longer logs are averaged over stretches of steps."""

_QUALITY = {
    "token_accuracy": ("ref dashed", "token accuracy"),
    "sampled_validity": ("own dashed", "validity of samples"),
    "exact_reconstruction": ("third", "exact reconstruction"),
}
"""Values of a check, with their styles and what they are called."""
_QUALITY_KEYS = tuple(_QUALITY.values())

Events = Sequence[Mapping[str, Any]]


def training_section(data: ReportData) -> Section | None:
    """Curves of the run's log; None where there is none."""
    steps = [event for event in data.log if event.get("event") == "step"]
    checks = [event for event in data.log if event.get("event") == "validation"]
    if not steps:
        return None
    charts = [
        ("Reconstruction loss <small>nats a molecule, log scale</small>", _loss(steps, checks)),
        ("KL <small>nats a molecule</small>", _kl(steps, checks)),
        ("Weight of the KL, \N{GREEK SMALL LETTER BETA}", _weight(steps, checks)),
    ]
    if checks:
        content = legend(_QUALITY_KEYS) + _quality(steps, checks)
        charts.append(("Quality <small>share</small>", content))
    keys = [("own", "training"), ("ref", "validation")]
    end = _step_scale(steps, checks).high
    caption = (
        f"The training run over {end:,.0f} steps: training losses are means over the steps"
        f" between two records; {counted(len(checks), 'check')} on validation molecules."
        " Exact reconstruction is of greedy decoding of the posterior mean."
    )
    return Section("training", "Training", figure(legend(keys) + panels(charts), caption))


def _loss(steps: Events, checks: Events) -> str:
    y = Scale.of(_column(steps, "reconstruction"), _column(checks, "reconstruction"), log=True)
    frame = Frame(_step_scale(steps, checks), y)
    marks = _both(frame, steps, checks, "reconstruction")
    return frame.picture(*marks, label="reconstruction loss over steps", x_label="step")


def _kl(steps: Events, checks: Events) -> str:
    y = Scale.of(_column(steps, "kl"), _column(checks, "kl"), [0.0], margin=0.0)
    frame = Frame(_step_scale(steps, checks), y)
    marks = _both(frame, steps, checks, "kl")
    return frame.picture(*marks, label="KL over steps", x_label="step")


def _weight(steps: Events, checks: Events) -> str:
    values = _column(steps, "beta")
    frame = Frame(_step_scale(steps, checks), Scale.of(values, [0.0]))
    line = frame.line(*_thin(_column(steps, "step"), values), "own")
    return frame.picture(line, label="weight of the KL over steps", x_label="step")


def _quality(steps: Events, checks: Events) -> str:
    x = _column(checks, "step")
    frame = Frame(_step_scale(steps, checks), Scale(0.0, 1.0))
    marks = []
    for name, (style, _) in _QUALITY.items():
        marks.append(frame.line(x, _column(checks, name), style))
        marks.append(frame.dots(x, _column(checks, name), style.split()[0], 5))
    return frame.picture(*marks, label="quality at the checks", x_label="step")


def _both(frame: Frame, steps: Events, checks: Events, name: str) -> list[str]:
    x, y = _column(checks, "step"), _column(checks, name)
    own = frame.line(*_thin(_column(steps, "step"), _column(steps, name)), "own")
    return [own, frame.line(x, y, "ref"), frame.dots(x, y, "ref", 5)]


def _step_scale(*logged: Events) -> Scale:
    """The steps from 0 to the last record: the same axis below each curve."""
    return Scale.of([0.0], *(_column(events, "step") for events in logged))


def _column(events: Events, name: str) -> Floats:
    """Values of the events, NaN where one has none."""
    return np.array([_float(event.get(name)) for event in events], np.float64)


def _float(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _thin(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """At most `MOST_POINTS` points, each the mean of neighbors."""
    keep = np.isfinite(x) & np.isfinite(y)
    parts = min(MOST_POINTS, int(keep.sum()))
    if parts == 0:
        return x[:0], y[:0]
    return tuple(  # type: ignore[return-value]
        np.array([part.mean() for part in np.array_split(values[keep], parts)]) for values in (x, y)
    )
