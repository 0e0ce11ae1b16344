"""Numbers under molecules: named, with units, as many digits as they deserve, and what changed."""

import math
from collections.abc import Mapping, Sequence

from molvae.chem.lettering import fit_text, text_width
from molvae.chem.properties import find_property

_MINUS = "\N{MINUS SIGN}"
_TEMPLATES = (" {value}{unit}{delta}", " {value}{delta}", " {value}")


class ValueLines:
    """The lines under each molecule of a picture: one a name, in the same order everywhere.

    `values` are those of each molecule; `before`, where given, has for each the index of
    the molecule that its values are compared with, or None. Units, differences and the rest
    of a name are left out, in this order, where a line would be wider than `width` points.
    """

    def __init__(
        self,
        values: Sequence[Mapping[str, float]],
        *,
        before: Sequence[int | None] = (),
        width: float,
        size: float,
    ) -> None:
        names = list(dict.fromkeys(name for own in values for name in own))
        self.count = len(names)
        columns = [_column(name, values, before, width, size) for name in names]
        self._rows = list(zip(*columns, strict=True)) if columns else [()] * len(values)

    def of(self, index: int) -> Sequence[str]:
        """The lines of one molecule, of which some may be empty."""
        return self._rows[index]


def _column(
    name: str,
    values: Sequence[Mapping[str, float]],
    before: Sequence[int | None],
    width: float,
    size: float,
) -> list[str]:
    """The line of `name` under each molecule."""
    known = find_property(name)
    numbers = [float(own.get(name, math.nan)) for own in values]
    decimals = decimals_for(numbers)
    deltas = [_delta(numbers, index, before, decimals) for index in range(len(numbers))]
    label, unit = (known.label, known.unit) if known else (name, "")
    written = [signed(f"{number:.{decimals}f}") for number in numbers]
    for template in _TEMPLATES:
        ends = [
            template.format(value=value, unit=f" {unit}" if unit else "", delta=delta)
            if math.isfinite(number)
            else ""
            for number, value, delta in zip(numbers, written, deltas, strict=True)
        ]
        left = width - max(text_width(end, size) for end in ends)
        if text_width(label, size) <= left:
            break
    return [f"{fit_text(label, left, size)}{end}" if end else "" for end in ends]


def named(name: str) -> str:
    """What an axis says: label and unit of a property, `name` itself for anything else."""
    known = find_property(name)
    if known is None:
        return name
    return f"{known.label} ({known.unit})" if known.unit else known.label


def _delta(
    numbers: Sequence[float], index: int, before: Sequence[int | None], decimals: int
) -> str:
    model = before[index] if before else None
    if model is None or not math.isfinite(numbers[model]):
        return ""
    change = f"{numbers[index] - numbers[model]:+.{decimals}f}"
    return f" ({signed(change)})" if change.strip("+-0.") else ""


def decimals_for(numbers: Sequence[float]) -> int:
    """Decimals with which `numbers` are told apart: three digits, none where all are whole."""
    finite = [abs(number) for number in numbers if math.isfinite(number)]
    if not finite or all(number == round(number) for number in finite):
        return 0
    largest = max(finite)
    if largest >= 100:
        return 0
    if largest >= 10:
        return 1
    return 2 if largest >= 0.1 else 3


def axis_number(position: float) -> str:
    """A position along an axis with its sign: "+1.5", "0"."""
    return signed(f"{position:+.2f}".rstrip("0").rstrip(".")) if round(position, 2) else "0"


def signed(written: str) -> str:
    """A written number with a true minus sign, and with none where only zeros are left."""
    rounded_away = written.startswith("-") and not written.strip("-0.,")
    return written.removeprefix("-") if rounded_away else written.replace("-", _MINUS)
