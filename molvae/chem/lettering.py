"""Text in pictures: measured before it is placed, cut or wrapped to fit, and then written.

RDKit's own lettering knows neither the width of a text nor letters beyond ASCII ("Å²"), so
words are written here with the font that comes with matplotlib; an SVG names the same font
and one as wide, and its text stays text.
"""

import functools
import html
import io
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

Color = tuple[float, float, float]
"""Red, green and blue, 0 to 1."""
Anchor = Literal["start", "middle", "end"]

_FAMILY = "DejaVu Sans, Verdana, Geneva, sans-serif"
_BASELINE = 0.36
"""From the middle of a line down to its baseline, as a share of the size."""
_MEASURED_AT = 100
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_PIXELS_AN_INCH = 96


class Line(NamedTuple):
    """One line of text: `x` is where its anchor is, `y` its middle; in points."""

    text: str
    x: float
    y: float
    size: float
    color: Color
    anchor: Anchor = "middle"
    bold: bool = False
    upwards: bool = False
    """Turned by a quarter, to be read from below."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of `text` in points."""
    return float(_font(_MEASURED_AT, bold).getlength(text)) * size / _MEASURED_AT


def fit_text(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """`text`, cut and closed by an ellipsis where it is wider than `width`."""
    if text_width(text, size, bold=bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        fits = text_width(text[:middle].rstrip() + _ELLIPSIS, size, bold=bold) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + _ELLIPSIS


def wrap_text(text: str, width: float, size: float, *, lines: int) -> list[str]:
    """`text` in at most `lines` lines, broken at blanks where it can be, cut where it must."""
    rows: list[str] = []
    for paragraph in text.splitlines():
        row = ""
        for word in paragraph.split():
            joined = f"{row} {word}" if row else word
            if row and text_width(joined, size) > width:
                rows.append(row)
                row = word
            else:
                row = joined
        rows.append(row)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], " ".join(rows[lines - 1 :])]
    return [fit_text(row, width, size) for row in rows]


def svg_text(lines: list[Line]) -> str:
    """The lines as elements of an SVG."""
    return "".join(map(_svg_line, lines))


def _svg_line(line: Line) -> str:
    x, y = line.x, line.y + _BASELINE * line.size
    turn = ""
    if line.upwards:
        x, y = line.x + _BASELINE * line.size, line.y
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"'
    weight = ' font-weight="bold"' if line.bold else ""
    color = "#{:02X}{:02X}{:02X}".format(*(round(255 * part) for part in line.color))
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{_FAMILY}" font-size="{line.size:g}px"'
        f' text-anchor="{line.anchor}" fill="{color}"{weight}{turn}>'
        f"{html.escape(line.text, quote=False)}</text>\n"
    )


def letter_png(data: bytes, lines: list[Line], scale: int) -> bytes:
    """The PNG `data`, of `scale` pixels a point, with the lines written on it."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for line in lines:
        if line.upwards:
            _write_upwards(picture, line, scale)
        else:
            _write(draw, line, line.x * scale, line.y * scale, scale)
    out = io.BytesIO()
    resolution = _PIXELS_AN_INCH * scale
    picture.save(out, "PNG", dpi=(resolution, resolution))
    return out.getvalue()


def _write(draw: ImageDraw.ImageDraw, line: Line, x: float, y: float, scale: int) -> None:
    side = {"start": "l", "middle": "m", "end": "r"}[line.anchor]
    draw.text(
        (x, y + _BASELINE * line.size * scale),
        line.text,
        fill=tuple(round(255 * part) for part in line.color),
        font=_font(line.size * scale, line.bold),
        anchor=f"{side}s",
    )


def _write_upwards(picture: Image.Image, line: Line, scale: int) -> None:
    """A centered line, drawn as a mask of its own that is turned and laid on `picture`."""
    width = round(text_width(line.text, line.size, bold=line.bold) * scale) + 4
    height = round(1.6 * line.size * scale)
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).text(
        (width / 2, height / 2 + _BASELINE * line.size * scale),
        line.text,
        fill=255,
        font=_font(line.size * scale, line.bold),
        anchor="ms",
    )
    turned = mask.transpose(Image.Transpose.ROTATE_90)
    place = round(line.x * scale - height / 2), round(line.y * scale - width / 2)
    picture.paste(tuple(round(255 * part) for part in line.color), place, turned)


@functools.lru_cache(maxsize=64)
def _font(size: float, bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(
        str(_font_folder() / name), size, layout_engine=ImageFont.Layout.BASIC
    )


@functools.cache
def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
