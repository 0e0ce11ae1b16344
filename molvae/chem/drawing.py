"""Pictures of molecules in a grid, with a legend under each: PNG, SVG, or one HTML page."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rdkit.Chem.Draw import rdMolDraw2D

from molvae.chem.depiction import FONT, Painter, themed_paths
from molvae.chem.molecule import parse, quiet, shorten
from molvae.chem.pages import Card, Entry, write_page
from molvae.chem.sheet import Sheet, sheet_svg, write_sheet
from molvae.chem.sheet import picture_ending as picture_ending
from molvae.errors import OutputError

_MARGIN = 12
_LINE = 1.4 * FONT


@dataclass(frozen=True)
class Grid:
    """What is drawn, and how large: the layout that all formats share."""

    smiles: tuple[str, ...]
    legends: tuple[str, ...]
    columns: int
    cell: tuple[int, int]
    """Width and height of a structure in points; its legend comes below."""
    total: int
    """Molecules given, of which the first are drawn."""

    @property
    def legend_height(self) -> int:
        """Room below each structure, for the longest legend."""
        lines = max((legend.count("\n") + 1 for legend in self.legends if legend), default=0)
        return round(lines * _LINE)

    @property
    def width(self) -> int:
        """Width of the picture."""
        return self.columns * self.cell[0] + 2 * _MARGIN

    @property
    def height(self) -> int:
        """Height of the picture."""
        rows = -(-len(self.smiles) // self.columns)
        return rows * (self.cell[1] + self.legend_height + _MARGIN) + 2 * _MARGIN


def grid_image(
    smiles: Sequence[str],
    path: str | Path,
    *,
    legends: Sequence[str] | None = None,
    columns: int = 6,
    limit: int = 100,
    cell: tuple[int, int] = (220, 180),
) -> int:
    """Draw the first `limit` of `smiles` to `path` and return how many that were.

    The ending of `path` chooses the format: .png, .svg, or .html (one page that needs no
    network). `legends`, one for each molecule, may have several lines; `cell` is the width
    and height of a structure in points. What is not a molecule is drawn as a box that says
    so. Raises `OutputError` for another ending, nothing to draw, or a PNG too large.
    """
    picture_ending(path)
    grid = _lay_out(smiles, legends, columns, limit, cell)
    write_sheet(_sheet(grid), path, page=lambda: _page(grid))
    return len(grid.smiles)


def grid_svg(
    smiles: Sequence[str],
    *,
    legends: Sequence[str] | None = None,
    columns: int = 6,
    limit: int = 100,
    cell: tuple[int, int] = (220, 180),
) -> str:
    """The picture `grid_image` draws, as the text of an SVG, for a notebook or a page."""
    return sheet_svg(_sheet(_lay_out(smiles, legends, columns, limit, cell)))


def structure_svg(smiles: str, *, cell: tuple[int, int] = (200, 150)) -> str:
    """The structure of `smiles` as a small SVG without background, for a page of many.

    `cell` is its width and height in points. Its colors are CSS variables (`--atom-c` for
    carbon and bonds, `--atom-n`, `--atom-o`, ...; `--atom-none` for what is said of a string
    that is not a molecule), so that the same picture suits a light and a dark page. Screen
    readers read out the SMILES.
    """
    with quiet():
        inside = _draw_themed(smiles, cell) if parse(smiles) is not None else _say_none(cell)
    said = html.escape(shorten(smiles) or "nothing", quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {cell[0]} {cell[1]}"'
        f' role="img" aria-label="{said}">{inside}</svg>'
    )


def _draw_themed(smiles: str, cell: tuple[int, int]) -> str:
    painter = Painter(rdMolDraw2D.MolDraw2DSVG(*cell), cell, scale=1)
    painter.draw(smiles, 0, 0)
    return themed_paths(painter.finish())


def _say_none(cell: tuple[int, int]) -> str:
    width, height = cell
    return (
        f'<text x="{width / 2:g}" y="{height / 2:g}" text-anchor="middle" font-size="{FONT}"'
        ' fill="var(--atom-none,#8c949f)">not a molecule</text>'
    )


def _lay_out(
    smiles: Sequence[str],
    legends: Sequence[str] | None,
    columns: int,
    limit: int,
    cell: tuple[int, int],
) -> Grid:
    if legends is not None and len(legends) != len(smiles):
        raise ValueError(f"{len(smiles)} molecules need as many legends, not {len(legends)}")
    if columns < 1 or limit < 1 or min(cell) < 1:
        raise ValueError("columns, limit and cell must be at least 1")
    if not smiles:
        raise OutputError("there is no molecule to draw")
    shown = tuple(smiles[:limit])
    below = tuple(legends[:limit]) if legends else ("",) * len(shown)
    return Grid(shown, below, min(columns, len(shown)), cell, len(smiles))


def _sheet(grid: Grid) -> Sheet:
    entries = tuple(Entry("", *pair) for pair in zip(grid.smiles, grid.legends, strict=True))
    return Sheet(grid.width, grid.height, grid.cell, lambda painter: _paint(grid, painter), entries)


def _paint(grid: Grid, painter: Painter) -> None:
    width, height = grid.cell
    for index, (smiles, legend) in enumerate(zip(grid.smiles, grid.legends, strict=True)):
        row, column = divmod(index, grid.columns)
        left = _MARGIN + column * width
        top = _MARGIN + row * (height + grid.legend_height + _MARGIN)
        painter.draw(smiles, left, top)
        for number, line in enumerate(legend.split("\n")):
            painter.write(line, left + width / 2, top + height + (number + 0.5) * _LINE)


def _page(grid: Grid) -> str:
    cards = [
        Card(_draw_single(smiles, grid.cell), smiles, legend)
        for smiles, legend in zip(grid.smiles, grid.legends, strict=True)
    ]
    return write_page(cards, total=grid.total, columns=grid.columns)


def _draw_single(smiles: str, cell: tuple[int, int]) -> str:
    painter = Painter(rdMolDraw2D.MolDraw2DSVG(*cell), cell, scale=1)
    painter.draw(smiles, 0, 0)
    text: str = painter.finish()
    return text[text.index("<svg") :]
