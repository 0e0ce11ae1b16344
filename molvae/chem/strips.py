"""Pictures of a path from one molecule to another: a strip, with what changes at each step."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from molvae.chem.cells import PADDING, Cell, Frame, Highlight
from molvae.chem.changes import Gallery, lay_out_cells, models_of
from molvae.chem.depiction import CHANGED, FONT, PALE, Painter
from molvae.chem.furniture import KEY, MARGIN, TITLE, paint_key, paint_title
from molvae.chem.molecule import parse, to_smiles
from molvae.chem.sheet import Sheet, picture_ending, sheet_svg, write_sheet
from molvae.chem.value_lines import ValueLines
from molvae.errors import OutputError

_SIZE = (190, 150)
_GAP = 26
"""Between the cells of a strip: room for an arrow."""


def strip_image(
    cells: Sequence[Cell],
    path: str | Path,
    *,
    columns: int = 5,
    align: bool = True,
    highlight: Highlight = "changes",
    deltas: bool = True,
    title: str = "",
) -> int:
    """Draw a path of molecules to `path` (.png, .svg or .html), and return how many.

    Arrows lead from cell to cell; the first and the last are marked as start and end. Each
    molecule lies as the one before it and has a color behind the atoms that are not in the
    common substructure; `deltas` adds to its values by how much they changed. What is not
    a molecule is a light box, and is passed over in comparing. Raises `OutputError`.
    """
    picture_ending(path)
    write_sheet(_strip(cells, columns, align, highlight, deltas, title), path)
    return len(cells)


def strip_svg(
    cells: Sequence[Cell],
    *,
    columns: int = 5,
    align: bool = True,
    highlight: Highlight = "changes",
    deltas: bool = True,
    title: str = "",
) -> str:
    """The picture `strip_image` draws, as the text of an SVG."""
    return sheet_svg(_strip(cells, columns, align, highlight, deltas, title))


def _strip(
    cells: Sequence[Cell],
    columns: int,
    align: bool,
    highlight: Highlight,
    deltas: bool,
    title: str,
) -> Sheet:
    if not cells:
        raise OutputError("there is no molecule to draw")
    if columns < 1:
        raise ValueError("columns must be at least 1")
    models = [range(index - 1, -1, -1) for index in range(len(cells))]
    before = models_of(cells, models)
    named = _labeled(cells, before)
    gallery = lay_out_cells(named, models, _SIZE, align=align, highlight=highlight)
    values = ValueLines(
        [cell.values for cell in cells],
        before=before if deltas else (),
        width=gallery.size[0] - 2 * PADDING,
        size=FONT,
    )
    frame = Frame(gallery.drawings, gallery.size, values)
    strip = _Strip(gallery, values, frame, min(columns, len(cells)))
    return strip.sheet(title, key=highlight == "changes")


def _labeled(cells: Sequence[Cell], before: Sequence[int | None]) -> list[Cell]:
    """The cells with labels, and a note at those that repeat the molecule before."""
    named = {0: "start", len(cells) - 1: "end"}
    mols = [parse(cell.smiles) for cell in cells]
    forms = [to_smiles(mol) if mol is not None else "" for mol in mols]
    return [
        replace(
            cell,
            label=cell.label or (named.get(index, str(index)) if len(cells) > 1 else ""),
            note=cell.note or ("unchanged" if _repeats(index, before, forms) else ""),
        )
        for index, cell in enumerate(cells)
    ]


def _repeats(index: int, before: Sequence[int | None], forms: Sequence[str]) -> bool:
    model = before[index]
    return model is not None and forms[model] == forms[index]


class _Strip(NamedTuple):
    """The cells of a path in rows, with arrows between them."""

    gallery: Gallery
    values: ValueLines
    frame: Frame
    columns: int

    def sheet(self, title: str, *, key: bool) -> Sheet:
        rows = -(-len(self.gallery.drawings) // self.columns)
        head = TITLE if title else 0
        pitch = self.frame.height + MARGIN
        foot = KEY if key else 0
        width = self.columns * (self.frame.width + _GAP) + _GAP

        def paint(painter: Painter) -> None:
            paint_title(painter, title, width)
            for index in range(len(self.gallery.drawings)):
                row, column = divmod(index, self.columns)
                left = _GAP + column * (self.frame.width + _GAP)
                self._paint_one(painter, index, left, MARGIN + head + row * pitch)
            if key:
                said = "changed against the molecule before"
                paint_key(painter, [(CHANGED, said)], MARGIN + head + rows * pitch, width)

        return Sheet(
            width=width,
            height=2 * MARGIN + head + rows * pitch + foot - MARGIN,
            cell=self.gallery.size,
            paint=paint,
            entries=tuple(drawing.entry() for drawing in self.gallery.drawings),
            title=title,
            bond_length=self.gallery.bond_length,
        )

    def _paint_one(self, painter: Painter, index: int, left: float, top: float) -> None:
        last = len(self.gallery.drawings) - 1
        drawing = self.gallery.drawings[index]
        marked = index in (0, last)
        self.frame.paint(painter, drawing, self.values.of(index), left, top, marked=marked)
        middle = top + self.frame.height / 2
        if index < last:
            _paint_arrow(painter, left + self.frame.width + 3, middle, _GAP - 6)
        if index and index % self.columns == 0:
            _paint_arrow(painter, left - _GAP + 3, middle, _GAP - 6)


def _paint_arrow(painter: Painter, left: float, y: float, length: float) -> None:
    tip = left + length
    painter.line((left, y), (tip - 6, y), PALE, 1.4)
    painter.polygon([(tip - 8, y - 4.5), (tip - 8, y + 4.5), (tip, y)], PALE)
