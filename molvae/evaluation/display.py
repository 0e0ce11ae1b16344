"""An evaluation as text: each suite a table, published rows beside ours, notes below."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from molvae.evaluation.latent_meanings import MEANINGS
from molvae.evaluation.published import PublishedTable, published

PUBLISHED_SAMPLES = 30_000
WIDTH = 100
LOWER_IS_BETTER = ("FCD/", "logP", "SA", "QED", "weight", "kl/", "fcd_distance")
HIGHER_IS_BETTER = (
    *("valid", "unique", "Filters", "Novelty", "novelty", "SNN", "Frag", "Scaf", "IntDiv"),
    *("kl_divergence", "fcd", "encodable", "reconstruction/", "decodings/any_exact"),
    *("predictability/", "interpolation/validity", "interpolation/tanimoto"),
)


class Results(Protocol):
    """What is shown: an `Evaluation`, whose fields these are."""

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def suites(self) -> Mapping[str, Mapping[str, float]]: ...  # noqa: D102
    @property
    def spread(self) -> Mapping[str, Mapping[str, float]]: ...  # noqa: D102
    @property
    def notes(self) -> Mapping[str, Mapping[str, str]]: ...  # noqa: D102
    @property
    def protocol(self) -> Mapping[str, Any]: ...  # noqa: D102


def as_text(evaluation: Results, *, width: int | None = None) -> str:
    """The whole evaluation for people; `width` characters limit the published columns."""
    tables = ("\n".join(_suite(evaluation, suite, width)) for suite in evaluation.suites)
    return "\n\n".join([_heading(evaluation), *tables])


def shown(value: float, spread: float | None = None) -> str:
    """`value` with four decimals (two from 100 on), and its standard deviation; "-" for NaN."""
    if math.isnan(value):
        return "-"
    if 0 < abs(value) < 0.0005:
        return f"{value:.1e}"
    decimals = 2 if abs(value) >= 100 else 4
    text = f"{value:,.{decimals}f}"
    return text if spread is None or math.isnan(spread) else f"{text} ± {spread:.{decimals}f}"


def comparable(evaluation: Results, suite: str) -> PublishedTable | None:
    """The published rows of `suite`, if `evaluation` used the reference they belong to."""
    reference = evaluation.protocol.get("reference", {})
    return published(suite) if reference.get("benchmark") == suite else None


def arrow(name: str) -> str:
    """Which way is better: "↑", "↓", or nothing where neither is."""
    if name.startswith(LOWER_IS_BETTER):
        return "↓"
    return "↑" if name.startswith(HIGHER_IS_BETTER) else ""


def caution(evaluation: Results, suite: str) -> str | None:
    """Why published rows must be read with care beside these, if they must."""
    samples = evaluation.protocol.get("samples")
    if suite != "moses" or samples in (None, PUBLISHED_SAMPLES):
        return None
    return f"here the number of samples is {samples:,}: FCD, SNN and Scaf depend on it"


def _heading(evaluation: Results) -> str:
    protocol = evaluation.protocol
    reference = protocol.get("reference", {})
    sizes = [
        f"{name} {reference[name]:,}"
        for name in ("test", "scaffold test", "training")
        if name in reference
    ]
    against = f"against {reference['name']} ({', '.join(sizes)})" if reference else ""
    count = protocol.get("samples")
    samples = "" if count is None else "1 string" if count == 1 else f"{count:,} strings"
    seeds = protocol.get("seeds", [])
    several = f"{len(seeds)} seeds" if len(seeds) > 1 else ""
    held_out = protocol.get("latent", {}).get("molecules")
    unseen = "" if held_out is None else f"{held_out:,} held-out molecules ({protocol['held out']})"
    facts = ", ".join(filter(None, (samples, several, against, unseen)))
    return f"{evaluation.source}\n{facts}" if facts else evaluation.source


def _suite(evaluation: Results, suite: str, width: int | None) -> list[str]:
    values = evaluation.suites[suite]
    spread = evaluation.spread.get(suite, {})
    table = comparable(evaluation, suite)
    columns = [
        [suite, *(f"{name} {arrow(name)}".rstrip() for name in values)],
        ["here", *(shown(value, spread.get(name)) for name, value in values.items())],
    ]
    rows = table.rows if table is not None else ()
    if suite == "latent":
        columns.append(["", *(MEANINGS.get(name, "") for name in values)])
    columns += [[row.model, *(_known(row.values, name) for name in values)] for row in rows]
    lines = _aligned(columns, width)
    if table is not None:
        lines += ["", *_wrapped("published", table.protocol)]
    if table is not None and (warning := caution(evaluation, suite)):
        lines += _wrapped("caution", warning)
    if table is None and published(suite) is not None:
        lines += ["", "published rows belong to another reference and are not shown"]
    for note, names in _by_note(evaluation.notes.get(suite, {})).items():
        lines += _wrapped(", ".join(names), note)
    return lines


def _by_note(notes: Mapping[str, str]) -> dict[str, list[str]]:
    """The names that each note is about."""
    names: dict[str, list[str]] = {}
    for name, note in notes.items():
        names.setdefault(note, []).append(name)
    return names


def _known(values: Mapping[str, float], name: str) -> str:
    return shown(values[name]) if name in values else ""


def _aligned(columns: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Lines of as many columns as fit into `width`: numbers to the right, words to the left."""
    widths = [max(map(len, column)) for column in columns]
    while width is not None and len(widths) > 2 and sum(widths) + 2 * len(widths) > width:
        widths.pop()
    is_text = [not name or place == 0 for place, (name, *_) in enumerate(columns)]
    lines = []
    for cells in zip(*columns[: len(widths)], strict=True):
        placed = (
            f"{cell:<{size}}" if words else f"{cell:>{size}}"
            for cell, size, words in zip(cells, widths, is_text, strict=False)
        )
        lines.append("  ".join(placed).rstrip())
    return lines


def _wrapped(name: str, text: str) -> list[str]:
    return textwrap.wrap(f"{name}: {text}", WIDTH, subsequent_indent="  ")
