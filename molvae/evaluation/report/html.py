"""Pieces of the page: sections, figures, tables and cards of molecules, all text escaped."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from molvae.chem.drawing import structure_svg

CELL = (168, 126)
"""Width and height of a structure: small enough that its labels stay readable in a card."""
NONE = "\N{EN DASH}"
"""Stands where there is no number."""


class Section(NamedTuple):
    """A part of the page with its anchor."""

    anchor: str
    title: str
    body: str
    """HTML."""


class Cell(NamedTuple):
    """What a table shows in one place."""

    html: str
    style: str = ""


def text(content: object) -> str:
    """`content` for use between tags."""
    return escape(str(content), quote=False)


def quoted(content: object) -> str:
    """`content` for use as the value of an attribute."""
    return escape(str(content), quote=True)


def number(value: float | None, decimals: int | None = None) -> str:
    """A number for a table: `decimals` of them, or as many as its size asks for."""
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else "\N{MINUS SIGN}\N{INFINITY}"
    places = _decimals(value) if decimals is None else decimals
    return signed(f"{value:,.{places}f}")


def signed(written: str) -> str:
    """A written number with a true minus sign, and with none where only zeros are left."""
    rounded_away = written.startswith("-") and not written.strip("-0.,")
    return written.removeprefix("-") if rounded_away else written.replace("-", "\N{MINUS SIGN}")


def counted(count: int, noun: str) -> str:
    """ "1 string", "2,000 strings"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def even(written: str) -> str:
    """`written`, its closing zeros hidden but as wide, so that columns stay aligned."""
    kept = written.rstrip("0").rstrip(".") if "." in written else written
    hidden = written[len(kept) :]
    return f'{text(kept)}<span class="zero">{hidden}</span>' if hidden else text(kept)


def paragraph(content: str, style: str = "") -> str:
    """A paragraph of HTML `content`."""
    return f'<p class="{style}">{content}</p>' if style else f"<p>{content}</p>"


def figure(content: str, caption: str, style: str = "") -> str:
    """A numbered figure; `caption` is HTML and says what is shown, and of how many."""
    return f'<figure class="figure {style}">{content}<figcaption>{caption}</figcaption></figure>'


def panels(charts: Iterable[tuple[str, str]], style: str = "two") -> str:
    """Charts side by side where there is room, each as (heading, HTML)."""
    parts = (f'<div class="panel"><h3>{heading}</h3>{chart}</div>' for heading, chart in charts)
    return f'<div class="panels {style}">{"".join(parts)}</div>'


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """The keys of a figure's colors, each as (style, what it stands for)."""
    parts = (f'<li><i class="key {style}"></i>{text(name)}</li>' for style, name in entries)
    return f'<ul class="legend">{"".join(parts)}</ul>'


def table(
    head: Sequence[str], rows: Iterable[tuple[str, Sequence[Cell]]], caption: str, style: str = ""
) -> str:
    """A numbered table that scrolls inside its own box; rows come as (anchor, cells).

    The first cell of a row is its heading. `head` and `caption` are HTML.
    """
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(_row(anchor, cells) for anchor, cells in rows)
    return (
        f'<figure class="table {style}"><figcaption>{caption}</figcaption>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="table">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div></figure>"
    )


def _row(anchor: str, cells: Sequence[Cell]) -> str:
    first, *others = cells
    own = f' id="{quoted(anchor)}"' if anchor else ""
    rest = "".join(f'<td class="{cell.style}">{cell.html}</td>' for cell in others)
    return f'<tr{own}><th scope="row" class="{first.style}">{first.html}</th>{rest}</tr>'


def molecule(smiles: str, *, cell: tuple[int, int] = CELL) -> str:
    """The structure of `smiles`."""
    picture = structure_svg(smiles, cell=cell)
    return f'<div class="structure" title="{quoted(smiles)}">{picture}</div>'


def card(
    smiles: str,
    *,
    note: str = "",
    facts: Sequence[tuple[str, str]] = (),
    style: str = "",
    cell: tuple[int, int] = CELL,
) -> str:
    """A molecule with `note` (HTML) below; `facts` open below while it is pointed at or tapped."""
    rows = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts
    )
    over = f'<div class="facts"><dl>{rows}</dl><code>{text(smiles)}</code></div>' if facts else ""
    reach = ' tabindex="0"' if facts else ""
    below = f'<div class="note">{note}</div>' if note else ""
    return f'<div class="card {style}"{reach}>{molecule(smiles, cell=cell)}{below}{over}</div>'


def _decimals(value: float) -> int:
    size = abs(value)
    if 0 < size < 0.001:
        return min(9, 1 - math.floor(math.log10(size)))
    return 4 if size < 10 else 2 if size < 100 else 1 if size < 10_000 else 0
