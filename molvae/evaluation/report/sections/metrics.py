"""The numbers: headline figures, and each suite with the published rows beside it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from molvae.evaluation.display import arrow, caution, comparable
from molvae.evaluation.guacamol import SIZE
from molvae.evaluation.published import PublishedTable
from molvae.evaluation.report.data import ReportData
from molvae.evaluation.report.glossary import TITLES, term
from molvae.evaluation.report.html import (
    Cell,
    Section,
    counted,
    even,
    number,
    paragraph,
    quoted,
    table,
    text,
)
from molvae.evaluation.result import Evaluation

HEADLINES = (
    ("moses", "valid"),
    ("moses", "unique@10000"),
    ("moses", "Novelty"),
    ("moses", "FCD/Test"),
    ("latent", "reconstruction/exact"),
    ("latent", "kl"),
    ("latent", "active_units"),
    ("moses", "SNN/Test"),
    ("moses", "IntDiv"),
    ("moses", "Filters"),
    ("guacamol", "kl_divergence"),
    ("guacamol", "fcd"),
)
"""In order of preference; the first `MOST_HEADLINES` that were measured are shown."""
MOST_HEADLINES = 8
_WORDS = {"\N{UPWARDS ARROW}": "higher", "\N{DOWNWARDS ARROW}": "lower"}


def anchor(suite: str, name: str) -> str:
    """The anchor of a metric on the page: moses-FCD-Test."""
    return f"{suite}-{name}".replace("/", "-").replace("@", "-").replace(" ", "-")


def headlines(data: ReportData) -> str:
    """The few figures that say most, as tiles that lead to their rows."""
    suites = data.evaluation.suites
    known = [(s, name) for s, name in HEADLINES if not math.isnan(_value(suites, s, name))]
    tiles = "".join(_tile(data.evaluation, *place) for place in known[:MOST_HEADLINES])
    return f'<div class="tiles">{tiles}</div>' if tiles else ""


def suite_section(data: ReportData, suite: str) -> Section | None:
    """The table of `suite`; None where it was not measured."""
    evaluation = data.evaluation
    values = evaluation.suites.get(suite)
    if not values:
        return None
    rows = comparable(evaluation, suite)
    names = _shown_names(suite, values)
    models = [row.model for row in rows.rows] if rows is not None else []
    lines = [(anchor(suite, name), _cells(evaluation, suite, name, rows)) for name in names]
    head = ["metric", "this report", *map(text, models), "what it says"]
    style = "metrics" if models else "metrics short"
    body = table(head, lines, _caption(evaluation, suite, rows), style)
    return Section(suite, TITLES.get(suite, suite), body + _notes(evaluation, suite))


def _tile(evaluation: Evaluation, suite: str, name: str) -> str:
    what = term(suite, name)
    spread = _spread(evaluation, suite, name)
    value = number(evaluation.suites[suite][name], what.decimals)
    note = evaluation.notes.get(suite, {}).get(name, "")
    hint = f' title="{quoted(note)}"' if note else ""
    sign = arrow(name)
    way = f' <i class="arrow">{sign}</i>' if sign else ""
    return (
        f'<a class="tile" href="#{quoted(anchor(suite, name))}"{hint}>'
        f"<b>{value}{'<sup>*</sup>' if note else ''}</b>"
        f"<span>{text(what.title)}{way}{f'<small>{spread}</small>' if spread else ''}</span></a>"
    )


def _value(suites: Mapping[str, Mapping[str, float]], suite: str, name: str) -> float:
    return suites.get(suite, {}).get(name, math.nan)


def _shown_names(suite: str, values: Mapping[str, float]) -> list[str]:
    """The metrics in their order, but what others are made of, and the unexplained, last."""

    def place(name: str) -> int:
        return 2 if not term(suite, name).meaning else int(name.startswith("kl/"))

    return sorted(values, key=place)


def _cells(
    evaluation: Evaluation, suite: str, name: str, rows: PublishedTable | None
) -> Sequence[Cell]:
    what = term(suite, name)
    own = number(evaluation.suites[suite][name], what.decimals)
    spread = _spread(evaluation, suite, name)
    mark = _mark(evaluation, suite, name)
    others = [
        Cell(even(number(row.values[name], 4)) if name in row.values else "", "num")
        for row in (rows.rows if rows is not None else ())
    ]
    return (
        Cell(_heading(suite, name)),
        Cell(f"{own}{mark}{f'<small> {spread}</small>' if spread else ''}", "num own"),
        *others,
        Cell(text(what.meaning), "meaning"),
    )


def _heading(suite: str, name: str) -> str:
    link = f'<a href="#{quoted(anchor(suite, name))}">{text(term(suite, name).title)}</a>'
    sign = arrow(name)
    if not sign:
        return link
    return f'{link} <span class="arrow" title="{_WORDS[sign]} is better">{sign}</span>'


def _spread(evaluation: Evaluation, suite: str, name: str) -> str:
    """ "± 0.0012" over the seeds, if there were several."""
    deviation = evaluation.spread.get(suite, {}).get(name, math.nan)
    return "" if math.isnan(deviation) else f"± {number(deviation)}"


def _noted(evaluation: Evaluation, suite: str) -> dict[str, list[str]]:
    """Each note, and the metrics it is about; first those of the first rows."""
    notes = evaluation.notes.get(suite, {})
    noted: dict[str, list[str]] = {}
    for name in _shown_names(suite, evaluation.suites[suite]):
        if name in notes:
            noted.setdefault(notes[name], []).append(name)
    return noted


def _mark(evaluation: Evaluation, suite: str, name: str) -> str:
    for place, names in enumerate(_noted(evaluation, suite).values(), 1):
        if name in names:
            return f'<sup><a href="#note-{suite}-{place}">{place}</a></sup>'
    return ""


def _notes(evaluation: Evaluation, suite: str) -> str:
    items = [
        f'<li id="note-{suite}-{place}"><b>{_titles(suite, names)}.</b> {text(note)}</li>'
        for place, (note, names) in enumerate(_noted(evaluation, suite).items(), 1)
    ]
    others = [
        f"<li>{text(note)}</li>"
        for name, note in evaluation.notes.get(suite, {}).items()
        if name not in evaluation.suites[suite]
    ]
    listed = "".join([*items, *others])
    return f'<ol class="notes">{listed}</ol>' if listed else ""


def _titles(suite: str, names: Sequence[str]) -> str:
    return text(", ".join(term(suite, name).title for name in names))


def reference_name(evaluation: Evaluation) -> str:
    """The name of the reference, also of an evaluation that was saved."""
    if evaluation.reference is not None:
        return evaluation.reference.name
    about: Any = evaluation.protocol.get("reference", "")
    return str(about.get("name", "")) if isinstance(about, Mapping) else str(about)


def _caption(evaluation: Evaluation, suite: str, rows: PublishedTable | None) -> str:
    parts = [text(_how(evaluation, suite))]
    if rows is not None:
        parts.append(f"Published rows: {text(rows.protocol)} ({text(rows.source)}).")
        parts.append(_warning(evaluation, suite))
    elif suite != "latent":
        parts.append(
            "No published figures are shown: they were measured against another reference,"
            " and do not compare."
        )
    return " ".join(part for part in parts if part)


def _how(evaluation: Evaluation, suite: str) -> str:
    if suite == "latent":
        return _how_latent(evaluation.protocol)
    seeds = evaluation.protocol.get("seeds") or []
    drawn = f"seed {seeds[0]}" if len(seeds) == 1 else ""
    drawn = f"mean ± SD over {len(seeds)} seeds" if len(seeds) > 1 else drawn
    against = f"against {reference_name(evaluation)}" if reference_name(evaluation) else ""
    parts = (_sizes(evaluation.protocol.get("samples"), suite), drawn, against)
    return f"{', '.join(filter(None, parts))}."


def _how_latent(protocol: Mapping[str, Any]) -> str:
    count = protocol.get("latent", {}).get("encoded")
    of = counted(count, "held-out molecule") if isinstance(count, int) else "held-out molecules"
    which = f" ({protocol['held out']})" if "held out" in protocol else ""
    return f"Measured on {of}{which}."


def _sizes(samples: Any, suite: str) -> str:
    if suite == "guacamol":
        return f"Up to {SIZE:,} molecules for each benchmark"
    return counted(samples, "string") if isinstance(samples, int) else "Strings"


def _warning(evaluation: Evaluation, suite: str) -> str:
    said = caution(evaluation, suite)
    return f'<strong class="warn">Compare with care: {text(said)}.</strong>' if said else ""


def numbers_missing(data: ReportData) -> str:
    """A line for a page without any suite."""
    return "" if data.evaluation.suites else paragraph("Nothing was measured.")
