"""The numbers: headline figures, and each suite with the published rows beside it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from molvae.evaluation.display import arrow, caution, comparable
from molvae.evaluation.published import PublishedTable
from molvae.evaluation.report.data import ReportData
from molvae.evaluation.report.glossary import TITLES, term
from molvae.evaluation.report.html import (
    Cell,
    Section,
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
    return (
        f'<a class="tile" href="#{quoted(anchor(suite, name))}"><b>{value}</b>'
        f"{f'<small>{spread}</small>' if spread else ''}<span>{text(what.title)}</span></a>"
    )


def _value(suites: Mapping[str, Mapping[str, float]], suite: str, name: str) -> float:
    return suites.get(suite, {}).get(name, math.nan)


def _shown_names(suite: str, values: Mapping[str, float]) -> list[str]:
    """The metrics that are explained, in their order, then the others."""
    known = [name for name in values if term(suite, name).meaning]
    return [*known, *(name for name in values if name not in known)]


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


def _noted(evaluation: Evaluation, suite: str) -> list[str]:
    values = evaluation.suites[suite]
    notes = evaluation.notes.get(suite, {})
    return [name for name in _shown_names(suite, values) if name in notes]


def _mark(evaluation: Evaluation, suite: str, name: str) -> str:
    noted = _noted(evaluation, suite)
    if name not in noted:
        return ""
    place = noted.index(name) + 1
    return f'<sup><a href="#note-{suite}-{place}">{place}</a></sup>'


def _notes(evaluation: Evaluation, suite: str) -> str:
    notes = evaluation.notes.get(suite, {})
    items = [
        f'<li id="note-{suite}-{place}"><b>{text(term(suite, name).title)}.</b>'
        f" {text(notes[name])}</li>"
        for place, name in enumerate(_noted(evaluation, suite), 1)
    ]
    others = [
        f"<li>{text(note)}</li>"
        for name, note in notes.items()
        if name not in evaluation.suites[suite]
    ]
    listed = "".join([*items, *others])
    return f'<ol class="notes">{listed}</ol>' if listed else ""


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
    protocol = evaluation.protocol
    if suite == "latent":
        count = len(evaluation.diagnostics.smiles) if evaluation.diagnostics is not None else 0
        of = f"{count:,} held-out molecules" if count else "held-out molecules"
        return f"Measured on {of} ({protocol['held out']})." if "held out" in protocol else of
    samples = protocol.get("samples")
    strings = f"{samples:,} strings" if isinstance(samples, int) and suite == "moses" else "Strings"
    drawn = _seeds(protocol.get("seeds") or [])
    against = f"against {reference_name(evaluation)}" if reference_name(evaluation) else ""
    return f"{', '.join(filter(None, (strings, drawn, against)))}."


def _seeds(seeds: Sequence[int]) -> str:
    """How often was drawn; a file was not."""
    if len(seeds) > 1:
        return f"mean ± SD over {len(seeds)} seeds"
    return f"seed {seeds[0]}" if seeds else ""


def _warning(evaluation: Evaluation, suite: str) -> str:
    said = caution(evaluation, suite)
    return f'<strong class="warn">Compare with care: {text(said)}.</strong>' if said else ""


def numbers_missing(data: ReportData) -> str:
    """A line for a page without any suite."""
    return "" if data.evaluation.suites else paragraph("Nothing was measured.")
