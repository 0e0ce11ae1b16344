"""Maps of a grid walk: molecules over two directions of the latent space, colored by a property."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from molvae.chem.cells import BLUE, PADDING, Cell, Drawing, paint_structure
from molvae.chem.changes import Gallery, lay_out_cells
from molvae.chem.color_bar import ColorScale, paint_color_bar
from molvae.chem.depiction import FONT, PALE, WHITE, Painter
from molvae.chem.furniture import MARGIN, TITLE, paint_title
from molvae.chem.lettering import Color
from molvae.chem.molecule import parse, to_smiles
from molvae.chem.regions import Forms, Place, chain_models, repeated
from molvae.chem.sheet import Sheet, picture_ending, sheet_svg, write_sheet
from molvae.chem.value_lines import axis_number, named
from molvae.errors import OutputError

Floats = npt.NDArray[np.float64]

_SIZE = (152, 116)
_EMPTY: Color = (0.965, 0.97, 0.975)
_BORDER: Color = (0.62, 0.66, 0.70)
_AXIS = 24
"""Room for positions and, as much again, for the name of a direction."""
_ROW_AXIS = 46
"""Room for positions at the left."""
_BAR = 112
"""Room for the color bar."""
_TAG_SIZE = 0.82 * FONT
_TAG = 16
"""Room for letters above the structures."""


def map_image(
    grid: Sequence[Sequence[Cell]],
    path: str | Path,
    *,
    values: Sequence[Sequence[float]] | None = None,
    value_label: str = "",
    rows_label: str = "",
    columns_label: str = "",
    row_positions: Sequence[float] = (),
    column_positions: Sequence[float] = (),
    center: Place | None = None,
    align: bool = True,
    title: str = "",
) -> int:
    """Draw the molecules of `grid`, row 0 at the top, to `path`, and return how many.

    `values` (rows, columns), NaN where unknown, color the places; `value_label` is a property
    or names them with their unit. Positions are in standard deviations. `center`, the middle if not
    given, has a frame, and all lie as its molecule does. Neighboring places with the same
    molecule are not divided; a molecule that comes back elsewhere has a letter. Raises
    `OutputError`.
    """
    picture_ending(path)
    axes = Axes(rows_label, columns_label, tuple(row_positions), tuple(column_positions))
    sheet = _map(grid, values, value_label, axes, center, align, title)
    write_sheet(sheet, path)
    return len(sheet.entries)


def map_svg(
    grid: Sequence[Sequence[Cell]],
    *,
    values: Sequence[Sequence[float]] | None = None,
    value_label: str = "",
    rows_label: str = "",
    columns_label: str = "",
    row_positions: Sequence[float] = (),
    column_positions: Sequence[float] = (),
    center: Place | None = None,
    align: bool = True,
    title: str = "",
) -> str:
    """The picture `map_image` draws, as the text of an SVG."""
    axes = Axes(rows_label, columns_label, tuple(row_positions), tuple(column_positions))
    return sheet_svg(_map(grid, values, value_label, axes, center, align, title))


@dataclass(frozen=True)
class Axes:
    """What is written along the two sides of a map."""

    rows_label: str
    columns_label: str
    row_positions: Sequence[float]
    column_positions: Sequence[float]

    def check(self, rows: int, columns: int) -> None:
        """Raise `ValueError` where positions and grid are not as many."""
        for positions, count in ((self.row_positions, rows), (self.column_positions, columns)):
            if len(positions) not in (0, count):
                raise ValueError(f"{count} rows or columns need as many positions")


def _map(
    grid: Sequence[Sequence[Cell]],
    values: Sequence[Sequence[float]] | None,
    value_label: str,
    axes: Axes,
    center: Place | None,
    align: bool,
    title: str,
) -> Sheet:
    rows, columns = len(grid), len(grid[0]) if grid else 0
    if not rows or not columns:
        raise OutputError("there is no molecule to draw")
    if any(len(row) != columns for row in grid):
        raise ValueError("all rows of a map have as many cells")
    axes.check(rows, columns)
    cells = [cell for row in grid for cell in row]
    middle = center or (rows // 2, columns // 2)
    forms = np.array([_form(cell) for cell in cells], dtype=object).reshape(rows, columns)
    models = chain_models(forms, middle)
    gallery = lay_out_cells(cells, models, _SIZE, align=align, highlight="none")
    colored = np.full((rows, columns), np.nan) if values is None else np.array(values, np.float64)
    if colored.shape != (rows, columns):
        raise ValueError(f"a map of {rows} x {columns} needs as many values")
    return _Map(gallery, forms, repeated(forms), colored, value_label, axes, middle, title).sheet()


def _form(cell: Cell) -> str:
    """Canonical SMILES, empty where there is no molecule."""
    mol = parse(cell.smiles)
    return "" if mol is None else to_smiles(mol)


@dataclass(frozen=True)
class _Map:
    """A map that knows where its parts are."""

    gallery: Gallery
    forms: Forms
    letters: Mapping[str, str]
    values: Floats
    value_label: str
    axes: Axes
    center: Place
    title: str

    @property
    def _size(self) -> tuple[int, int]:
        """Width and height of a place: a structure, and room for a letter where there are any."""
        width, height = self.gallery.size
        return width, height + (_TAG if self.letters else 0)

    @property
    def _left(self) -> int:
        label = _AXIS if self.axes.rows_label else 0
        return MARGIN + label + (_ROW_AXIS if self.axes.row_positions else 0)

    @property
    def _top(self) -> int:
        return MARGIN + (TITLE if self.title else 0)

    def sheet(self) -> Sheet:
        rows, columns = self.forms.shape
        bar = _BAR if np.isfinite(self.values).any() else 0
        axes = _AXIS * (bool(self.axes.columns_label) + bool(self.axes.column_positions))
        return Sheet(
            width=self._left + columns * self._size[0] + MARGIN + bar,
            height=self._top + rows * self._size[1] + axes + MARGIN,
            cell=_SIZE,
            paint=self._paint,
            entries=tuple(drawing.entry() for drawing in self.gallery.drawings),
            title=self.title,
            bond_length=self.gallery.bond_length,
        )

    def _paint(self, painter: Painter) -> None:
        rows, columns = self.forms.shape
        scale = ColorScale.over(self.values)
        paint_title(painter, self.title, 2 * self._left + columns * self._size[0])
        for place in np.ndindex(self.forms.shape):
            self._paint_ground(painter, place, scale)
        for place in np.ndindex(self.forms.shape):
            self._paint_borders(painter, place)
        for index, drawing in enumerate(self.gallery.drawings):
            place = divmod(index, columns)
            self._paint_place(painter, drawing, place)
        left, top = self._corner(self.center)
        painter.box(left, top, *self._size, line=BLUE, thickness=3.0)
        self._paint_axes(painter)
        if scale is not None:
            right = self._left + columns * self._size[0] + MARGIN
            paint_color_bar(
                painter, scale, named(self.value_label), right, self._top, rows * self._size[1]
            )

    def _corner(self, place: Place) -> tuple[int, int]:
        return self._left + place[1] * self._size[0], self._top + place[0] * self._size[1]

    def _paint_ground(self, painter: Painter, place: Place, scale: ColorScale | None) -> None:
        known = scale is not None and np.isfinite(self.values[place]) and self.forms[place]
        color = WHITE if self.forms[place] else _EMPTY
        painter.box(
            *self._corner(place),
            *self._size,
            fill=scale.color(self.values[place]) if scale is not None and known else color,
        )

    def _paint_borders(self, painter: Painter, place: Place) -> None:
        """Lines at the sides where another molecule begins."""
        row, column = place
        left, top = self._corner(place)
        right, bottom = left + self._size[0], top + self._size[1]
        sides = {
            (row - 1, column): ((left, top), (right, top)),
            (row + 1, column): ((left, bottom), (right, bottom)),
            (row, column - 1): ((left, top), (left, bottom)),
            (row, column + 1): ((right, top), (right, bottom)),
        }
        for (i, j), side in sides.items():
            inside = 0 <= i < self.forms.shape[0] and 0 <= j < self.forms.shape[1]
            if not inside or not self.forms[place] or self.forms[i, j] != self.forms[place]:
                painter.line(*side, _BORDER, 0.8)

    def _paint_place(self, painter: Painter, drawing: Drawing, place: Place) -> None:
        left, top = self._corner(place)
        width, height = self._size
        if drawing.mol is None:
            painter.write("no molecule", left + width / 2, top + height / 2, color=PALE)
            return
        paint_structure(painter, drawing, left, top + height - self.gallery.size[1])
        letter = self.letters.get(self.forms[place], "")
        middle = top + 0.65 * _TAG
        painter.write(letter, left + PADDING, middle, size=_TAG_SIZE, anchor="start", bold=True)

    def _paint_axes(self, painter: Painter) -> None:
        rows, columns = self.forms.shape
        width, height = columns * self._size[0], rows * self._size[1]
        y = self._top + height
        for column, position in enumerate(self.axes.column_positions):
            x = self._left + (column + 0.5) * self._size[0]
            painter.write(axis_number(position), x, y + 0.55 * _AXIS, color=PALE)
        for row, position in enumerate(self.axes.row_positions):
            middle = self._top + (row + 0.5) * self._size[1]
            painter.write(axis_number(position), self._left - 8, middle, color=PALE, anchor="end")
        below = y + _AXIS * (0.5 + bool(self.axes.column_positions))
        painter.write(self.axes.columns_label, self._left + width / 2, below, width=width)
        painter.write(
            self.axes.rows_label,
            MARGIN + _AXIS / 2,
            self._top + height / 2,
            width=height,
            upwards=True,
        )
