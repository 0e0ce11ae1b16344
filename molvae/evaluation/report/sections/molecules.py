"""Molecules one by one: a grid of samples, and the nearest known ones of a few."""

from collections.abc import Sequence

from molvae.evaluation.report.data import Neighborhood, NeighborRow, ReportData
from molvae.evaluation.report.html import Section, card, counted, figure, text

_VISIBLE = ("QED", "logP", "SA score")
"""Properties that stand below a structure at all times, by label."""


def molecules_section(data: ReportData) -> Section | None:
    """The first distinct molecules; None where there are none."""
    if not data.samples:
        return None
    cards = "".join(
        card(one.smiles, note=_note(one.facts), facts=_others(one.facts)) for one in data.samples
    )
    caption = (
        f"The first {counted(len(data.samples), 'distinct valid molecule')}, in the order they"
        " came: none was picked. Point at one, tap it, or reach it with the Tab key for more"
        " of its properties and its SMILES."
    )
    return Section("molecules", "Molecules", figure(f'<div class="cards">{cards}</div>', caption))


def neighbors_section(data: ReportData) -> Section | None:
    """Samples beside what is most similar to them; None where nothing was searched."""
    near = data.neighborhood
    if near is None:
        return None
    heads = "".join(f"<span>nearest of {text(title)}</span>" for title in near.sets)
    rows = "".join(_row(row, near.sets) for row in near.rows)
    content = (
        f'<div class="neighbors sets{len(near.sets)}">'
        f'<div class="heads"><span>sample</span>{heads}</div>{rows}</div>'
    )
    caption = (
        f"{_shown(near)} to their nearest of {text(near.sets[0])}, most similar first, with"
        " the Tanimoto similarity of Morgan fingerprints (radius 2, 1,024 bits). 1 is a copy, or"
        " a molecule with the same fingerprint."
    )
    return Section("neighbors", "Nearest neighbors", figure(content, caption))


def _shown(near: Neighborhood) -> str:
    if len(near.rows) == near.compared:
        return f"{counted(near.compared, 'distinct sample')}, by the similarity"
    return (
        f"{len(near.rows)} of the first {near.compared} distinct samples, at even quantiles of the"
        " similarity"
    )


def _note(facts: Sequence[tuple[str, str]]) -> str:
    values = dict(facts)
    shown = (
        f"<span>{text(name.split()[0])}<b>{text(values[name])}</b></span>"
        for name in _VISIBLE
        if name in values
    )
    return f'<div class="three-facts">{"".join(shown)}</div>'


def _others(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [fact for fact in facts if fact[0] not in _VISIBLE]


def _row(row: NeighborRow, titles: tuple[str, ...]) -> str:
    cells = [card(row.smiles, note="sample", style="sample")]
    for one, title in zip(row.neighbors, titles, strict=True):
        meter = f'<span class="meter"><i style="width:{100 * one.similarity:.0f}%"></i></span>'
        said = f'<span class="near">nearest of {text(title)}</span>'
        note = f"{meter}<b>{one.similarity:.2f}</b>{said}"
        cells.append(card(one.smiles, note=note))
    return f'<div class="row">{"".join(cells)}</div>'
