"""What pictures of molecules have around their cells: titles, keys, and axes."""

from collections.abc import Sequence

from molvae.chem.depiction import FONT, PALE, Painter
from molvae.chem.lettering import Color, fit_text, text_width

MARGIN = 14
TITLE = 30
"""Height of a title in points."""
KEY = 24
"""Height of a key in points."""
_SWATCH = 13
_SPACE = 6
_GAP = 22
_SMALL = 0.88 * FONT


def paint_title(painter: Painter, title: str, width: float) -> None:
    """`title` above a picture of `width`; none where it is empty."""
    painter.write(
        title, width / 2, MARGIN + 0.4 * TITLE, size=1.3 * FONT, bold=True, width=width - 2 * MARGIN
    )


def paint_key(
    painter: Painter, items: Sequence[tuple[Color, str]], top: float, width: float
) -> None:
    """Swatches with what their colors mean, in one centered line of height `KEY`.

    Where there is not room for all, the last ones are cut.
    """
    room = width - 2 * MARGIN - len(items) * (_SWATCH + _SPACE) - (len(items) - 1) * _GAP
    shown: list[tuple[Color, str, float]] = []
    for color, said in items:
        fitting = fit_text(said, room, _SMALL)
        length = text_width(fitting, _SMALL)
        room -= length
        shown.append((color, fitting, length))
    left, y = MARGIN + room / 2, top + KEY / 2
    for color, said, length in shown:
        painter.box(left, y - _SWATCH / 2, _SWATCH, _SWATCH, fill=color)
        left += _SWATCH + _SPACE
        painter.write(said, left, y, size=_SMALL, color=PALE, anchor="start", width=length + 1)
        left += length + _GAP
