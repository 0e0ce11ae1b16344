"""The places of a picture of molecules: what each shows, laid out, and painted alike in all."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from molvae.chem.depiction import FAINT, FONT, INK, PALE, Painter
from molvae.chem.lettering import Color, text_width, wrap_text
from molvae.chem.molecule import Mol, shorten
from molvae.chem.pages import Entry
from molvae.chem.value_lines import ValueLines

Highlight = Literal["changes", "given", "none"]
"""Which atoms get a color: those that changed, those that the cells give, or none."""

BLUE: Color = (0.13, 0.38, 0.66)
PADDING = 8
"""Between the frame of a cell and what is in it."""
_LINE = 1.35 * FONT
_SMALL = 0.82 * FONT
_BAR_HEIGHT = 5
_BAR_WIDTH = 0.5
_MOST_NOTE_LINES = 2


@dataclass(frozen=True)
class Cell:
    """One place of a picture: a molecule, and what is said of it."""

    smiles: str
    """Empty for a place without molecule."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Numbers by the name of a property or any other; NaN is left out."""
    label: str = ""
    """In bold above the structure."""
    note: str = ""
    """Small, below everything else; at most two lines."""
    share: float | None = None
    """Share of the attempts that were valid, 0 to 1, drawn as a bar."""
    similarity: float | None = None
    """Tanimoto similarity to the query of a neighborhood."""
    highlight: tuple[int, ...] = ()
    """Atoms that get a color where the picture is asked for the given ones."""


class Drawing(NamedTuple):
    """A cell with all that has been worked out for it."""

    cell: Cell
    mol: Mol | None
    """The molecule with coordinates; None where there is none."""
    colors: Mapping[int, Color]
    """Colors behind atoms."""

    def entry(self) -> Entry:
        """The molecule as a line of a list."""
        parts = [f"{name} {value:.4g}" for name, value in self.cell.values.items()]
        parts += [self.cell.note] * bool(self.cell.note)
        return Entry(self.cell.label, self.cell.smiles, "   ".join(parts))


class Frame:
    """Where the parts of a cell are, alike for all cells of a picture."""

    def __init__(self, drawings: Sequence[Drawing], size: tuple[int, int], values: ValueLines):
        self._size = size
        self._values = values
        cells = [drawing.cell for drawing in drawings]
        width = size[0] - 2 * PADDING
        notes = [wrap_text(cell.note, width, _SMALL, lines=_MOST_NOTE_LINES) for cell in cells]
        self._above = round(1.5 * FONT) if any(cell.label for cell in cells) else PADDING
        self._bar = round(_LINE) if any(cell.share is not None for cell in cells) else 0
        self._note_lines = max(map(len, notes), default=0)

    @property
    def width(self) -> int:
        """Width of a cell in points."""
        return self._size[0]

    @property
    def height(self) -> int:
        """Height of a cell in points, with label, values, bar and note."""
        notes = round(self._note_lines * 1.3 * _SMALL)
        values = round(self._values.count * _LINE)
        return self._above + self._size[1] + values + self._bar + notes + PADDING

    def paint(
        self,
        painter: Painter,
        drawing: Drawing,
        values: Sequence[str],
        left: float,
        top: float,
        *,
        marked: bool = False,
    ) -> None:
        """Draw one cell; `values` are its lines, and `marked` gives it a strong frame."""
        color, thickness = (BLUE, 2.0) if marked else (FAINT, 1.0)
        painter.box(left, top, self.width, self.height, line=color, thickness=thickness)
        middle, room = left + self.width / 2, self.width - 2 * PADDING
        painter.write(
            drawing.cell.label,
            middle,
            top + 0.95 * FONT,
            bold=True,
            color=BLUE if marked else INK,
            width=room,
        )
        paint_structure(painter, drawing, left, top + self._above)
        y = top + self._above + self._size[1]
        for number, line in enumerate(values):
            painter.write(line, middle, y + (number + 0.5) * _LINE, width=room)
        y += self._values.count * _LINE
        if drawing.cell.share is not None:
            self._paint_share(painter, drawing.cell.share, left, y)
        self._paint_note(painter, drawing.cell.note, middle, y + self._bar)

    def _paint_share(self, painter: Painter, share: float, left: float, top: float) -> None:
        if math.isnan(share):
            return
        said = f"{100 * share:.0f}% valid"
        length = _BAR_WIDTH * self.width - PADDING
        whole = length + 6 + text_width(said, _SMALL)
        start, y = left + (self.width - whole) / 2, top + self._bar / 2
        painter.box(start, y - _BAR_HEIGHT / 2, length, _BAR_HEIGHT, fill=FAINT)
        if share > 0:
            filled = length * min(1.0, share)
            painter.box(start, y - _BAR_HEIGHT / 2, filled, _BAR_HEIGHT, fill=BLUE)
        painter.write(said, start + length + 6, y, size=_SMALL, color=PALE, anchor="start")

    def _paint_note(self, painter: Painter, note: str, middle: float, top: float) -> None:
        room = self.width - 2 * PADDING
        for number, line in enumerate(wrap_text(note, room, _SMALL, lines=_MOST_NOTE_LINES)):
            y = top + (number + 0.5) * 1.3 * _SMALL
            painter.write(line, middle, y, size=_SMALL, color=PALE, width=room)


def paint_structure(painter: Painter, drawing: Drawing, left: float, top: float) -> None:
    """The structure of `drawing`, or a light box that says why there is none."""
    if drawing.mol is None:
        painter.draw_placeholder(shorten(drawing.cell.smiles), left, top)
    else:
        painter.draw_mol(drawing.mol, left, top, drawing.colors)
