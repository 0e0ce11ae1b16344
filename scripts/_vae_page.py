"""The tables of `which_vae.py`, written into `docs/results.md` between the markers of each."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from molvae.files import atomic_path

Found = Mapping[str, Any]


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f}"


COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "reconstruction": ("reconstructed %", _percent),
    "similarity": ("similarity", lambda value: f"{value:.2f}"),
    "valid": ("valid %", _percent),
    "valid_constrained": ("constrained %", _percent),
    "unique": ("unique %", _percent),
    "novel": ("novel %", _percent),
    "fcd": ("FCD/Test", lambda value: f"{value:.2f}"),
    "snn": ("SNN/Test", lambda value: f"{value:.3f}"),
    "kl": ("KL, nats", lambda value: f"{value:.1f}"),
    "active_units": ("active units", lambda value: f"{value:.0f}"),
    "log_likelihood": ("log p(x), nats", lambda value: f"{value:.1f}"),
    "molecules_per_second": ("molecules/s", lambda value: f"{value:,.0f}"),
}
"""By name of value: the column's title, and how a value is written."""


def write_page(
    page: Path,
    name: str,
    rows: Sequence[Found],
    failed: Mapping[str, str],
    protocol: Sequence[str],
) -> None:
    """Replace what lies between the markers of `name` in `page`; what is not between them stays."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.read_text("utf-8").split(begin)
    after = rest.split(end)[1]
    parts = [begin, *protocol, "", *tables(rows), *_failures(failed), end]
    with atomic_path(page) as temporary:
        temporary.write_text(before + "\n".join(parts) + after, "utf-8")


def tables(rows: Sequence[Found]) -> list[str]:
    """Lines of Markdown: a heading and a table for each group, in the order of `rows`."""
    lines: list[str] = []
    for group in dict.fromkeys(row["group"] for row in rows):
        own = [row for row in rows if row["group"] == group]
        lines += [f"### {group}", "", *_table(own), ""]
    return lines


def _table(rows: Sequence[Found]) -> list[str]:
    titles = ["row", *(title for title, _ in COLUMNS.values())]
    lines = [f"| {' | '.join(titles)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    for row in rows:
        cells = [_shown(row["values"].get(name), write) for name, (_, write) in COLUMNS.items()]
        asked = f"<br>`{row['text']}`" if row.get("text") else ""
        lines.append(f"| **{row['name']}**{asked} | {' | '.join(cells)} |")
    return lines


def _shown(value: float | None, write: Callable[[float], str]) -> str:
    return "-" if value is None else write(value)


def _failures(failed: Mapping[str, str]) -> list[str]:
    if not failed:
        return []
    return ["### Not measured", "", *(f"- **{name}**: {why}" for name, why in failed.items()), ""]
