"""A picture before it has a format: its size and what is painted; written as PNG, SVG or HTML."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rdkit.Chem.Draw import rdMolDraw2D

from molvae.chem.depiction import BOND_LENGTH, Painter
from molvae.chem.molecule import quiet
from molvae.chem.pages import Entry, write_picture_page
from molvae.errors import OutputError
from molvae.files import atomic_path

ENDINGS = (".png", ".svg", ".html")
SHARPNESS = 2
"""Pixels of a PNG for each point of the layout, so that it stays crisp on a slide."""
_LARGEST_SIDE = 30_000
"""Pixels; the drawing library fails a little above."""


class Sheet(NamedTuple):
    """What all formats of a picture share; lengths in points."""

    width: int
    height: int
    cell: tuple[int, int]
    """Width and height of a structure."""
    paint: Callable[[Painter], None]
    entries: tuple[Entry, ...]
    """The molecules, in reading order, for a page on which they can be copied."""
    title: str = ""
    bond_length: float = BOND_LENGTH


def picture_ending(path: str | Path) -> str:
    """The ending of `path`, if a picture can be written to it; raises `OutputError` otherwise."""
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise OutputError(f"cannot draw to {path}: its ending must be one of {', '.join(ENDINGS)}")
    return ending


def write_sheet(sheet: Sheet, path: str | Path, *, page: Callable[[], str] | None = None) -> None:
    """Write `sheet` in the format that the ending of `path` names; an earlier file is replaced.

    `page` makes the HTML, if not the picture as a whole above the list of its molecules.
    Raises `OutputError` for another ending or a PNG too large.
    """
    ending = picture_ending(path)
    with quiet():
        if ending == ".png":
            content = sheet_png(sheet)
        elif ending == ".svg":
            content = sheet_svg(sheet).encode()
        else:
            content = (page or (lambda: _page(sheet)))().encode()
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def sheet_svg(sheet: Sheet) -> str:
    """The text of an SVG, for a notebook or a page."""
    canvas = rdMolDraw2D.MolDraw2DSVG(sheet.width, sheet.height, *sheet.cell)
    with quiet():
        painter = Painter(canvas, sheet.cell, scale=1, bond_length=sheet.bond_length)
        sheet.paint(painter)
        text: str = painter.finish()
    return text


def sheet_png(sheet: Sheet) -> bytes:
    """The bytes of a PNG; raises `OutputError` where it is too large to be drawn."""
    width, height = SHARPNESS * sheet.width, SHARPNESS * sheet.height
    if max(width, height) > _LARGEST_SIDE:
        raise OutputError(
            f"a PNG of {len(sheet.entries):,} molecules would be {width:,} x {height:,} pixels;"
            " draw fewer, or write .html"
        )
    canvas = rdMolDraw2D.MolDraw2DCairo(
        width, height, SHARPNESS * sheet.cell[0], SHARPNESS * sheet.cell[1]
    )
    with quiet():
        painter = Painter(canvas, sheet.cell, SHARPNESS, bond_length=sheet.bond_length)
        sheet.paint(painter)
        data: bytes = painter.finish()
    return data


def _page(sheet: Sheet) -> str:
    svg = sheet_svg(sheet)
    return write_picture_page(svg[svg.index("<svg") :], sheet.entries, sheet.title)
