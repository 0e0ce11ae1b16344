"""How one molecule looks: its coordinates, colors, and line widths, on RDKit's canvases."""

import re
from typing import Any
from xml.etree import ElementTree

from rdkit.Chem import rdDepictor
from rdkit.Geometry import Point2D

from molvae.chem.molecule import Mol, parse, shorten

FONT = 12.5
"""Size of legends in points."""
_BOND_LENGTH = 24
"""Longest bond in points: small molecules stay small beside large ones."""
_BOND_WIDTH = 1.3
_SMALLEST_LABEL, _LARGEST_LABEL = 6, 14
_INK = (0.16, 0.18, 0.22)
_PALE = (0.55, 0.58, 0.63)
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
_CHARACTER_WIDTH = 0.56
"""Mean width of a character, as a share of the font size."""


class Painter:
    """Draws structures and text on one RDKit canvas, at places given in points."""

    def __init__(self, canvas: Any, cell: tuple[int, int], scale: int) -> None:
        self._canvas = canvas
        self._cell = cell
        self._scale = scale
        self._set_options(canvas.drawOptions())
        canvas.ClearDrawing()
        # From here on, no structure may wipe out its neighbors.
        canvas.drawOptions().clearBackground = False

    def draw(self, smiles: str, left: float, top: float) -> None:
        """The structure of `smiles` in the cell at `left`, `top`, or a note that it has none."""
        mol = parse(smiles)
        if mol is None:
            self._draw_placeholder(smiles, left, top)
            return
        self._canvas.SetOffset(round(left * self._scale), round(top * self._scale))
        self._canvas.DrawMolecule(_with_coordinates(mol))
        self._canvas.SetOffset(0, 0)

    def write(
        self, text: str, x: float, y: float, *, size: float = FONT, pale: bool = False
    ) -> None:
        """One line of `text` centered at `x`, `y`, cut to the width of a cell."""
        if not text.strip():
            return
        fitting = int(self._cell[0] / (_CHARACTER_WIDTH * size))
        self._canvas.SetFontSize(size * self._scale)
        self._canvas.SetColour(_PALE if pale else _INK)
        place = Point2D(x * self._scale, y * self._scale)
        self._canvas.DrawString(shorten(text, max(4, fitting)), place, 0, True)

    def finish(self) -> Any:
        """The picture: text of an SVG, bytes of a PNG."""
        self._canvas.FinishDrawing()
        return self._canvas.GetDrawingText()

    def _set_options(self, options: Any) -> None:
        options.padding = 0.06
        options.updateAtomPalette(_PALETTE)
        options.fixedBondLength = _BOND_LENGTH * self._scale
        options.bondLineWidth = _BOND_WIDTH * self._scale
        options.scaleBondWidth = False
        options.minFontSize = _SMALLEST_LABEL * self._scale
        options.maxFontSize = _LARGEST_LABEL * self._scale

    def _draw_placeholder(self, smiles: str, left: float, top: float) -> None:
        width, height = self._cell
        corners = (
            (left + 0.1 * width, top + 0.15 * height),
            (left + 0.9 * width, top + 0.85 * height),
        )
        self._canvas.SetFillPolys(False)
        self._canvas.SetLineWidth(self._scale)
        self._canvas.SetColour(_PALE)
        self._canvas.DrawRect(
            *(Point2D(x * self._scale, y * self._scale) for x, y in corners), True
        )
        middle = left + width / 2
        self.write("not a molecule", middle, top + 0.45 * height, pale=True)
        fitting = int(0.75 * width / (_CHARACTER_WIDTH * 0.8 * FONT))
        self.write(
            shorten(smiles, fitting), middle, top + 0.58 * height, size=0.8 * FONT, pale=True
        )


def _with_coordinates(mol: Mol) -> Mol:
    copy = Mol(mol)
    rdDepictor.Compute2DCoords(copy, useRingTemplates=True)
    rdDepictor.NormalizeDepiction(copy)
    rdDepictor.StraightenDepiction(copy)
    return copy


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
