"""Pictures of the neighborhood of a molecule: itself first, then its neighbors by similarity."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from molvae.chem.cells import PADDING, Cell, Drawing, Frame, Highlight
from molvae.chem.changes import Gallery, lay_out_cells
from molvae.chem.depiction import CHANGED, FONT, KEPT, Painter
from molvae.chem.fingerprints import tanimoto_pairs
from molvae.chem.furniture import KEY, MARGIN, TITLE, paint_key, paint_title
from molvae.chem.lettering import Color
from molvae.chem.molecule import Mol, parse, shorten
from molvae.chem.sheet import Sheet, picture_ending, sheet_svg, write_sheet
from molvae.chem.substructure import parse_smarts
from molvae.chem.value_lines import ValueLines
from molvae.errors import MoleculeError

_SIZE = (180, 140)
_GAP = 8


def neighbors_image(
    query: Cell | str,
    cells: Sequence[Cell],
    path: str | Path,
    *,
    keep: str | None = None,
    columns: int = 6,
    limit: int = 50,
    align: bool = True,
    highlight: Highlight = "changes",
    title: str = "",
) -> int:
    """Draw `query` and the `limit` of `cells` most like it to `path`, and return how many.

    Sorted by `similarity`, which is worked out where a cell has none (Tanimoto of Morgan
    fingerprints); what is not a molecule comes last. All lie as the query does, with a
    color behind the atoms that it does not have, and another behind those that match the
    SMARTS `keep`. Raises `OutputError`, and `MoleculeError` for a query or SMARTS that is
    none.
    """
    picture_ending(path)
    sheet = _neighborhood(query, cells, keep, columns, limit, align, highlight, title)
    write_sheet(sheet, path)
    return len(sheet.entries)


def neighbors_svg(
    query: Cell | str,
    cells: Sequence[Cell],
    *,
    keep: str | None = None,
    columns: int = 6,
    limit: int = 50,
    align: bool = True,
    highlight: Highlight = "changes",
    title: str = "",
) -> str:
    """The picture `neighbors_image` draws, as the text of an SVG."""
    return sheet_svg(_neighborhood(query, cells, keep, columns, limit, align, highlight, title))


def _neighborhood(
    query: Cell | str,
    cells: Sequence[Cell],
    keep: str | None,
    columns: int,
    limit: int,
    align: bool,
    highlight: Highlight,
    title: str,
) -> Sheet:
    if columns < 1 or limit < 0:
        raise ValueError("columns must be at least 1, and limit at least 0")
    pattern = None if keep is None else parse_smarts(keep)
    center = Cell(query) if isinstance(query, str) else query
    if parse(center.smiles) is None:
        raise MoleculeError(f"the query {shorten(center.smiles)!r} is not a molecule")
    shown = _by_similarity(center, cells)[:limit]
    everything = [replace(center, label=center.label or "query"), *map(_labeled, shown)]
    models = [(), *((0,) for _ in shown)]
    gallery = lay_out_cells(everything, models, _SIZE, align=align, highlight=highlight)
    if pattern is not None:
        marked = [_mark(drawing, pattern) for drawing in gallery.drawings]
        gallery = gallery._replace(drawings=marked)
    numbers = [cell.values for cell in everything]
    values = ValueLines(numbers, width=gallery.size[0] - 2 * PADDING, size=FONT)
    frame = Frame(gallery.drawings, gallery.size, values)
    key: list[tuple[Color, str]] = []
    if highlight == "changes" and shown:
        key.append((CHANGED, "not in the query"))
    if keep is not None:
        key.append((KEPT, f"kept: {shorten(keep)}"))
    grid = _Neighborhood(gallery, values, frame, min(columns, len(everything)), tuple(key))
    return grid.sheet(title)


def _by_similarity(query: Cell, cells: Sequence[Cell]) -> list[Cell]:
    """The cells with their similarities, the most similar first."""
    measured = tanimoto_pairs([query.smiles] * len(cells), [cell.smiles for cell in cells])
    likeness = [
        float(own) if cell.similarity is None else cell.similarity
        for cell, own in zip(cells, measured, strict=True)
    ]
    order = np.argsort(-np.nan_to_num(likeness, nan=-1.0), kind="stable")
    return [replace(cells[index], similarity=likeness[index]) for index in order]


def _labeled(cell: Cell) -> Cell:
    if cell.similarity is None or np.isnan(cell.similarity):
        return cell
    likeness = f"Tanimoto {cell.similarity:.2f}"
    return replace(cell, label=f"{cell.label}  {likeness}" if cell.label else likeness)


def _mark(drawing: Drawing, pattern: Mol) -> Drawing:
    if drawing.mol is None:
        return drawing
    matches = drawing.mol.GetSubstructMatches(pattern, useChirality=True)
    kept = dict.fromkeys((atom for match in matches for atom in match), KEPT)
    return drawing._replace(colors={**drawing.colors, **kept})


class _Neighborhood(NamedTuple):
    """The cells in rows, the query first."""

    gallery: Gallery
    values: ValueLines
    frame: Frame
    columns: int
    key: tuple[tuple[Color, str], ...]

    def sheet(self, title: str) -> Sheet:
        drawings = self.gallery.drawings
        across, down = self.frame.width + _GAP, self.frame.height + _GAP
        rows = -(-len(drawings) // self.columns)
        top = MARGIN + (TITLE if title else 0)
        width = 2 * MARGIN + self.columns * across - _GAP
        bottom = top + rows * down - _GAP

        def paint(painter: Painter) -> None:
            paint_title(painter, title, width)
            for index, drawing in enumerate(drawings):
                row, column = divmod(index, self.columns)
                place = MARGIN + column * across, top + row * down
                lines = self.values.of(index)
                self.frame.paint(painter, drawing, lines, *place, marked=index == 0)
            paint_key(painter, self.key, bottom + MARGIN / 2, width)

        return Sheet(
            width=width,
            height=bottom + MARGIN + (KEY if self.key else 0),
            cell=self.gallery.size,
            paint=paint,
            entries=tuple(drawing.entry() for drawing in drawings),
            title=title,
            bond_length=self.gallery.bond_length,
        )
