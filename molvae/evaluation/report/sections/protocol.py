"""How everything was measured, how long it took, and what is not on the page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from molvae.evaluation.report.data import ReportData
from molvae.evaluation.report.html import Cell, Section, table, text


def protocol_section(data: ReportData) -> Section:
    """Versions, seeds, sizes and machine; times by stage; what was left out and why."""
    evaluation = data.evaluation
    facts = [("source", evaluation.source), *_flat(evaluation.protocol), *_flat(data.protocol)]
    rows = [("", [Cell(text(name)), Cell(text(value))]) for name, value in facts]
    body = table(["what", "how"], rows, "What the numbers of this page belong to.", "plain")
    return Section("protocol", "Protocol", _left_out(data) + body + _times(evaluation.seconds))


def _left_out(data: ReportData) -> str:
    if not data.missing:
        return ""
    items = "".join(
        f"<li><b>{text(one.title)}</b>: {text(one.reason)}.</li>" for one in data.missing
    )
    return f'<div class="left-out"><p>Not on this page:</p><ul>{items}</ul></div>'


def _times(seconds: Mapping[str, float]) -> str:
    if not seconds:
        return ""
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    rows = [("", [Cell(text(name)), Cell(f"{spent:,.1f}", "num")]) for name, spent in ordered]
    total = sum(seconds.values())
    caption = f"Wall-clock time by stage, {total:,.0f} s together."
    return table(["stage", "seconds"], rows, caption, "plain narrow")


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested facts as lines: "versions, rdkit"."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}, ")
        elif value is not None:
            yield f"{prefix}{name}", _worded(value, is_count="seed" not in name)


def _worded(value: Any, *, is_count: bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and is_count:
        return f"{value:,}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)
