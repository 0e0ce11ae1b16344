"""Pictures of single dimensions of the latent space: one row each, from one end to the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from molvae.chem.cells import PADDING, Cell, Frame, Highlight
from molvae.chem.changes import Gallery, lay_out_cells
from molvae.chem.depiction import CHANGED, FONT, PALE, Painter
from molvae.chem.furniture import KEY, MARGIN, TITLE, paint_key, paint_title
from molvae.chem.lettering import text_width, wrap_text
from molvae.chem.sheet import Sheet, picture_ending, sheet_svg, write_sheet
from molvae.chem.value_lines import ValueLines, axis_number
from molvae.errors import OutputError

_SIZE = (152, 116)
_GAP = 6
_AXIS = 24
_LABEL_WIDTH = 130
_LABEL_LINES = 4
_LINE = 1.35 * FONT


def traverse_image(
    rows: Sequence[Sequence[Cell]],
    path: str | Path,
    *,
    row_labels: Sequence[str],
    positions: Sequence[float] | Sequence[str],
    positions_label: str = "position (standard deviations)",
    align: bool = True,
    highlight: Highlight = "changes",
    title: str = "",
) -> int:
    """Draw one row of molecules a dimension to `path`, and return how many molecules.

    All rows have a cell for each of `positions`. Molecules are compared outwards: each with
    its neighbor on the side of the middle column, which has a frame. Raises `OutputError`.
    """
    picture_ending(path)
    sheet = _traversal(rows, row_labels, positions, positions_label, align, highlight, title)
    write_sheet(sheet, path)
    return len(sheet.entries)


def traverse_svg(
    rows: Sequence[Sequence[Cell]],
    *,
    row_labels: Sequence[str],
    positions: Sequence[float] | Sequence[str],
    positions_label: str = "position (standard deviations)",
    align: bool = True,
    highlight: Highlight = "changes",
    title: str = "",
) -> str:
    """The picture `traverse_image` draws, as the text of an SVG."""
    return sheet_svg(
        _traversal(rows, row_labels, positions, positions_label, align, highlight, title)
    )


def _traversal(
    rows: Sequence[Sequence[Cell]],
    row_labels: Sequence[str],
    positions: Sequence[float] | Sequence[str],
    positions_label: str,
    align: bool,
    highlight: Highlight,
    title: str,
) -> Sheet:
    if not rows or not rows[0]:
        raise OutputError("there is no molecule to draw")
    if len(row_labels) != len(rows) or any(len(row) != len(positions) for row in rows):
        raise ValueError("a traversal has a label for each row, and a position for each cell")
    cells = [cell for row in rows for cell in row]
    columns = len(positions)
    models = [outward(divmod(index, columns), columns) for index in range(len(cells))]
    gallery = lay_out_cells(cells, models, _SIZE, align=align, highlight=highlight)
    values = ValueLines(
        [cell.values for cell in cells], width=gallery.size[0] - 2 * PADDING, size=FONT
    )
    written = tuple(p if isinstance(p, str) else axis_number(p) for p in positions)
    axes = _Axes(tuple(row_labels), written, positions_label)
    frame = Frame(gallery.drawings, gallery.size, values)
    return _Traversal(gallery, values, frame, axes).sheet(title, key=highlight == "changes")


def outward(place: tuple[int, int], columns: int) -> list[int]:
    """The indices that a cell follows: inwards along its row, then the middles of rows above."""
    row, column = place
    middle = columns // 2
    step = 1 if column < middle else -1
    own = [row * columns + between for between in range(column + step, middle + step, step)]
    above = [upper * columns + middle for upper in range(row - 1, -1, -1)]
    return [*(own if column != middle else ()), *above]


class _Axes(NamedTuple):
    rows: Sequence[str]
    columns: Sequence[str]
    label: str


class _Traversal(NamedTuple):
    """Rows of cells, their labels at the left and the positions above."""

    gallery: Gallery
    values: ValueLines
    frame: Frame
    axes: _Axes

    def sheet(self, title: str, *, key: bool) -> Sheet:
        top = MARGIN + (TITLE if title else 0)
        head = top + _AXIS * (1 + bool(self.axes.label))
        left = MARGIN + self._label_width() + 10
        across, down = self.frame.width + _GAP, self.frame.height + _GAP
        columns = len(self.axes.columns)
        width = left + columns * across - _GAP + MARGIN
        bottom = head + len(self.axes.rows) * down - _GAP

        def paint(painter: Painter) -> None:
            paint_title(painter, title, width)
            self._paint_axes(painter, left, top, head)
            for index, drawing in enumerate(self.gallery.drawings):
                row, column = divmod(index, columns)
                place = left + column * across, head + row * down
                middle = column == columns // 2
                self.frame.paint(painter, drawing, self.values.of(index), *place, marked=middle)
            if key:
                said = "changed against the neighbor on the side of the middle"
                paint_key(painter, [(CHANGED, said)], bottom + MARGIN / 2, width)

        return Sheet(
            width=width,
            height=bottom + MARGIN + (KEY if key else 0),
            cell=self.gallery.size,
            paint=paint,
            entries=tuple(drawing.entry() for drawing in self.gallery.drawings),
            title=title,
            bond_length=self.gallery.bond_length,
        )

    def _label_width(self) -> int:
        words = [line for label in self.axes.rows for line in _wrapped(label)]
        return round(max((text_width(word, FONT, bold=True) for word in words), default=0)) + 1

    def _paint_axes(self, painter: Painter, left: int, top: int, head: int) -> None:
        across, down = self.frame.width + _GAP, self.frame.height + _GAP
        width = len(self.axes.columns) * across - _GAP
        painter.write(self.axes.label, left + width / 2, top + _AXIS / 2, width=width, color=PALE)
        for column, said in enumerate(self.axes.columns):
            middle = left + column * across + self.frame.width / 2
            painter.write(said, middle, head - _AXIS / 2, bold=True)
        for row, label in enumerate(self.axes.rows):
            lines = _wrapped(label)
            middle = head + row * down + self.frame.height / 2
            for number, line in enumerate(lines):
                y = middle + (number - (len(lines) - 1) / 2) * _LINE
                painter.write(line, left - 10, y, anchor="end", bold=True, width=_LABEL_WIDTH + 20)


def _wrapped(label: str) -> list[str]:
    return wrap_text(label, _LABEL_WIDTH * 0.88, FONT, lines=_LABEL_LINES)  # bold is wider
