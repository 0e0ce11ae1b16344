"""A page of molecules in plain HTML: everything it shows is inside it, no network needed."""

import html
from collections.abc import Sequence
from string import Template
from typing import NamedTuple


class Card(NamedTuple):
    """One molecule on the page."""

    picture: str
    """The structure as the text of an SVG."""
    smiles: str
    legend: str


class Entry(NamedTuple):
    """One molecule in the list below a picture."""

    label: str
    smiles: str
    legend: str


_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
  body { margin: 24px; background: #f4f5f7; color: #292e38;
         font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
  h1 { font-size: 18px; font-weight: 600; margin: 0 0 16px; }
  .grid { display: grid; gap: 12px; max-width: calc($columns * 260px);
          grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); }
  figure { margin: 0; padding: 8px; background: #fff; border: 1px solid #e1e4e8;
           border-radius: 8px; text-align: center; }
  figure svg { width: 100%; height: auto; }
  figcaption { white-space: pre-line; }
  code { display: block; margin-top: 4px; color: #6b7280; font-size: 11px;
         overflow-wrap: anywhere; user-select: all; }
</style>
</head>
<body>
<h1>$title</h1>
<div class="grid">
$cards
</div>
</body>
</html>
""")


_PICTURE_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
  body { margin: 24px; background: #f4f5f7; color: #292e38;
         font: 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
  .picture { background: #fff; border: 1px solid #e1e4e8; border-radius: 8px; padding: 8px;
             overflow-x: auto; text-align: center; }
  .picture svg { max-width: 100%; height: auto; }
  table { margin-top: 20px; border-collapse: collapse; }
  td { padding: 4px 20px 4px 0; border-top: 1px solid #e1e4e8; vertical-align: top; }
  td:nth-child(3) { color: #6b7280; }
  code { overflow-wrap: anywhere; user-select: all; }
</style>
</head>
<body>
<div class="picture">$picture</div>
<table>
$rows
</table>
</body>
</html>
""")


def write_picture_page(picture: str, entries: Sequence[Entry], title: str) -> str:
    """An HTML page of one SVG, `picture`, and the molecules in it as text to copy."""
    rows = "\n".join(map(_row, entries))
    named = html.escape(title or f"{len(entries):,} molecule{'s' * (len(entries) != 1)}")
    return _PICTURE_PAGE.substitute(title=named, picture=picture, rows=rows)


def _row(entry: Entry) -> str:
    label, smiles, legend = map(html.escape, entry)
    return f"<tr><td>{label}</td><td><code>{smiles}</code></td><td>{legend}</td></tr>"


def write_page(cards: Sequence[Card], *, total: int, columns: int) -> str:
    """An HTML page of `cards`; where `total` is larger, it says that these are the first."""
    count = f"{len(cards):,} molecule{'s' * (len(cards) != 1)}"
    title = count if total == len(cards) else f"The first {len(cards):,} of {total:,} molecules"
    return _PAGE.substitute(title=title, columns=columns, cards="\n".join(map(_figure, cards)))


def _figure(card: Card) -> str:
    legend = f"<figcaption>{html.escape(card.legend)}</figcaption>" if card.legend else ""
    return f"<figure>{card.picture}{legend}<code>{html.escape(card.smiles)}</code></figure>"
