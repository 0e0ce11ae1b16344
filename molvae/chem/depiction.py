"""How one molecule looks: its coordinates, colors, and line widths, on RDKit's canvases."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from rdkit.Geometry import Point2D

from molvae.chem.layout import lay_out
from molvae.chem.lettering import Anchor, Color, Line, fit_text, letter_png, svg_text
from molvae.chem.molecule import Mol, parse

FONT = 12.5
"""Size of legends in points."""
BOND_LENGTH = 36.0
"""Longest bond in points: small molecules stay small beside large ones."""
DRAWN_BOND = 1.5
"""Length of a bond in the coordinates of a picture."""
_BOND_WIDTH = 1.3
_HIGHLIGHT_RADIUS = 0.36
_SMALLEST_LABEL, _LARGEST_LABEL = 6, 14
INK: Color = (0.16, 0.18, 0.22)
PALE: Color = (0.42, 0.45, 0.50)
WHITE: Color = (1.0, 1.0, 1.0)
FAINT: Color = (0.85, 0.87, 0.89)
CHANGED: Color = (1.0, 0.80, 0.52)
"""Behind atoms that are new: told from `KEPT` with any color vision, and in gray."""
KEPT: Color = (0.64, 0.82, 0.98)
_PALETTE = {9: (0.1, 0.55, 0.5), 16: (0.7, 0.53, 0.0), 17: (0.1, 0.6, 0.1)}
"""Darker than RDKit's colors for F, S and Cl, which fade on a projector."""
_VARIABLES = {
    "#000000": "c",
    "#0000FF": "n",
    "#FF0000": "o",
    "#198C7F": "f",
    "#B28700": "s",
    "#199919": "cl",
    "#7F4C19": "br",
    "#A01EEF": "i",
    "#FF7F00": "p",
}
"""The colors of a drawing, and the CSS variables that may take their place: `--atom-n`."""


class Painter:
    """Draws structures, shapes and text on one RDKit canvas, at places given in points.

    All structures have cells of one size. Text is written last, over everything else.
    """

    def __init__(
        self, canvas: Any, cell: tuple[int, int], scale: int, *, bond_length: float = BOND_LENGTH
    ) -> None:
        self._canvas = canvas
        self._cell = cell
        self._scale = scale
        self._lines: list[Line] = []
        set_style(canvas.drawOptions(), bond_length, scale)
        canvas.ClearDrawing()
        # From here on, no structure may wipe out its neighbors.
        canvas.drawOptions().clearBackground = False

    def draw(self, smiles: str, left: float, top: float) -> None:
        """The structure of `smiles` in the cell at `left`, `top`, or a note that it has none."""
        mol = parse(smiles)
        if mol is None:
            self.draw_placeholder(smiles, left, top)
        else:
            self.draw_mol(lay_out(mol), left, top)

    def draw_mol(
        self, mol: Mol, left: float, top: float, colors: Mapping[int, Color] | None = None
    ) -> None:
        """`mol`, which has coordinates, with `colors` behind some of its atoms."""
        marked = dict(colors or {})
        bonds = {
            bond.GetIdx(): marked[bond.GetBeginAtomIdx()]
            for bond in mol.GetBonds()
            if marked.get(bond.GetBeginAtomIdx()) == marked.get(bond.GetEndAtomIdx(), ())
        }
        self._canvas.SetOffset(round(left * self._scale), round(top * self._scale))
        self._canvas.SetLineWidth(_BOND_WIDTH * self._scale)
        self._canvas.DrawMolecule(
            mol,
            highlightAtoms=list(marked),
            highlightBonds=list(bonds),
            highlightAtomColors=marked,
            highlightBondColors=bonds,
        )
        self._canvas.SetOffset(0, 0)

    def draw_placeholder(self, smiles: str, left: float, top: float) -> None:
        """A light box in place of a structure, which says that `smiles` is not a molecule."""
        width, height = self._cell
        self.box(left + 0.1 * width, top + 0.15 * height, 0.8 * width, 0.7 * height, line=FAINT)
        middle = left + width / 2
        said = "not a molecule" if smiles.strip() else "no molecule"
        y, room = top + 0.45 * height, 0.76 * width
        self.write(said, middle, y, color=PALE, width=room)
        self.write(smiles.strip(), middle, y + 1.3 * FONT, size=0.75 * FONT, color=PALE, width=room)

    def write(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = FONT,
        color: Color = INK,
        width: float | None = None,
        anchor: Anchor = "middle",
        bold: bool = False,
        upwards: bool = False,
    ) -> None:
        """One line of `text` whose middle is at height `y`, cut to `width` or that of a cell."""
        if text.strip():
            room = self._cell[0] if width is None else width
            shown = fit_text(text, room, size, bold=bold)
            self._lines.append(Line(shown, x, y, size, color, anchor, bold, upwards))

    def box(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        *,
        fill: Color | None = None,
        line: Color | None = None,
        thickness: float = 1.0,
    ) -> None:
        """A rectangle, filled or framed or both."""
        corners = [self._place(left, top), self._place(left + width, top + height)]
        self._canvas.SetLineWidth(thickness * self._scale)
        for color, filled in ((fill, True), (line, False)):
            if color is not None:
                self._canvas.SetFillPolys(filled)
                self._canvas.SetColour(color)
                self._canvas.DrawRect(*corners, True)

    def polygon(self, points: Iterable[tuple[float, float]], fill: Color) -> None:
        """A filled shape."""
        self._canvas.SetFillPolys(True)
        self._canvas.SetLineWidth(0)
        self._canvas.SetColour(fill)
        self._canvas.DrawPolygon([self._place(x, y) for x, y in points], True)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], color: Color, width: float = 1.0
    ) -> None:
        """A straight stroke."""
        self._canvas.SetLineWidth(width * self._scale)
        self._canvas.SetColour(color)
        self._canvas.DrawLine(self._place(*start), self._place(*end), True)

    def finish(self) -> Any:
        """The picture: text of an SVG, bytes of a PNG."""
        self._canvas.FinishDrawing()
        drawing = self._canvas.GetDrawingText()
        if isinstance(drawing, bytes):
            return letter_png(drawing, self._lines, self._scale)
        head, _, tail = drawing.replace("encoding='iso-8859-1'", "encoding='UTF-8'").rpartition(
            "</svg>"
        )
        return f"{head}{svg_text(self._lines)}</svg>{tail}"

    def _place(self, x: float, y: float) -> Any:
        return Point2D(x * self._scale, y * self._scale)


def set_style(options: Any, bond_length: float, scale: int) -> None:
    """Set RDKit's drawing `options`: bonds of at most `bond_length` points of `scale` pixels."""
    options.padding = 0.04
    options.updateAtomPalette(_PALETTE)
    options.fixedBondLength = bond_length / DRAWN_BOND * scale  # of one unit, not of a bond
    options.bondLineWidth = _BOND_WIDTH * scale
    options.scaleBondWidth = False
    options.minFontSize = _SMALLEST_LABEL * scale
    options.maxFontSize = _LARGEST_LABEL * scale
    options.standardColoursForHighlightedAtoms = True
    options.highlightRadius = _HIGHLIGHT_RADIUS
    options.highlightBondWidthMultiplier = round(
        1.7 * _HIGHLIGHT_RADIUS / DRAWN_BOND * bond_length / _BOND_WIDTH
    )


def themed_paths(svg: str) -> str:
    """The strokes of RDKit's `svg` in far fewer characters, colored by CSS variables.

    Paths that look alike become one. A nitrogen is `var(--atom-n, #0000FF)`: a page may set
    the variables anew for a dark background, and without them the usual colors hold.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for path in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        groups.setdefault(_looks(path), []).append(_shortened(path.get("d", "")))
    return "".join(
        f'<path fill="{_variable(fill)}" stroke="{_variable(stroke)}"'
        f' stroke-width="{width}" d="{"".join(parts)}"/>'
        for (fill, stroke, width), parts in groups.items()
    )


def _looks(path: ElementTree.Element) -> tuple[str, str, str]:
    """Fill, stroke and line width, which RDKit writes as attributes or as a style."""
    style = dict(re.findall(r"([a-z-]+):([^;]+)", path.get("style", "")))
    look = {**style, **path.attrib}
    width = look.get("stroke-width", "0").removesuffix("px")
    return look.get("fill", "none"), look.get("stroke", "none"), width


def _shortened(path: str) -> str:
    """The same path: one decimal, and no blank that can be missed."""
    return re.sub(r"\.0(?!\d)", "", re.sub(r"\s*([A-Z,])\s*", r"\1", path.strip()))


def _variable(color: str) -> str:
    name = _VARIABLES.get(color)
    return f"var(--atom-{name},{color})" if name else color
