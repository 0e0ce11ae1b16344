"""What is known of a molecule beside its structure: numbers and classes, with their statistics.

A model is conditioned on attributes, or predicts them. It sees standardized numbers, or
the indices of classes, NaN where a value is missing; the attributes turn values into
these and back, and know what the training set held.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, final

import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.errors import ConfigError

MOST_CLASSES = 100
_SHOWN_CLASSES = 10

Values = npt.NDArray[np.float32]


@final
@dataclass(frozen=True)
class Attribute:
    """A number or class of a molecule, and what the training set holds of it.

    For a class the statistics of numbers are NaN; for a number there are no classes.
    """

    name: str
    kind: Literal["number", "class"]
    mean: float
    std: float
    minimum: float
    maximum: float
    low: float
    """The 1st percentile."""
    high: float
    """The 99th percentile."""
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    """Training molecules of each class."""
    known: int
    """Training molecules with a value."""
    computed: bool = False
    """Whether the values are those of the registered property of this name."""

    def standardize(self, values: Sequence[object]) -> Values:
        """(x - mean) / std, or the index of the class, (N,); NaN for missing and unknown ones."""
        if self.kind == "number":
            return ((_as_numbers(values) - self.mean) / self.std).astype(np.float32)
        index = {name: place for place, name in enumerate(self.classes)}
        names = (_class_name(value) or "" for value in values)
        places = [index.get(name, math.nan) for name in names]
        return np.array(places, np.float32)

    def target(self, value: object) -> float:
        """One standardized value; raises `ConfigError` for one that is missing or unknown."""
        standardized = float(self.standardize([value])[0])
        if not math.isfinite(standardized):
            wanted = "a number" if self.kind == "number" else f"one of {self._class_list()}"
            raise ConfigError(f"{self.name} = {value}: must be {wanted}")
        return standardized

    def covers(self, value: object) -> bool:
        """Whether `value` lies within what the training set holds."""
        if self.kind == "class":
            return _class_name(value) in self.classes
        return bool(self.minimum <= _as_numbers([value])[0] <= self.maximum)

    def restore(self, standardized: npt.ArrayLike) -> npt.NDArray[Any]:
        """The values behind `standardized` (N,): float64 numbers, or class names; None for NaN."""
        values = np.asarray(standardized, np.float64)
        if self.kind == "number":
            return values * self.std + self.mean
        names = [None if math.isnan(value) else self.classes[int(value)] for value in values]
        return np.array(names, object)

    def score(self, values: npt.ArrayLike, predictions: npt.ArrayLike) -> float | None:
        """R2 of a number, accuracy of a class, where `values` (N,) are known; both standardized.

        None where fewer than two are known, or all known ones of a number are the same.
        """
        truth, guess = np.asarray(values, np.float64), np.asarray(predictions, np.float64)
        known = np.isfinite(truth)
        truth, guess = truth[known], guess[known]
        if len(truth) < 2 or (self.kind == "number" and truth.min() == truth.max()):
            return None
        if self.kind == "class":
            return float((truth == guess).mean())
        return float(1.0 - ((truth - guess) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())

    def describe_range(self) -> str:
        """In words, what the training set holds."""
        if self.kind == "class":
            return f"one of {self._class_list()}"
        return (
            f"{self.name} from {self.minimum:.4g} to {self.maximum:.4g} "
            f"(98% between {self.low:.4g} and {self.high:.4g})"
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it: None for NaN."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: None if _is_nan(value) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The attribute that `to_dict` wrote; raises `ValueError` or `TypeError` for others."""
        given: dict[str, Any] = {n: math.nan if v is None else v for n, v in values.items()}
        given["classes"] = tuple(map(str, given.get("classes", ())))
        given["counts"] = tuple(map(int, given.get("counts", ())))
        attribute = cls(**given)
        if attribute.kind not in ("number", "class") or (attribute.kind == "class") != bool(
            attribute.classes
        ):
            raise ValueError(f"{attribute.name} is neither a number nor a class")
        if attribute.kind == "number" and not attribute.std > 0.0:
            raise ValueError(f"{attribute.name} has no spread")
        return attribute

    def _class_list(self) -> str:
        shown = ", ".join(self.classes[:_SHOWN_CLASSES])
        more = len(self.classes) - _SHOWN_CLASSES
        return shown if more <= 0 else f"{shown} and {more} more"


def fit_attributes(
    table: pd.DataFrame,
    names: Sequence[str],
    *,
    classes: Sequence[str] = (),
    computed: Sequence[str] = (),
) -> tuple[Attribute, ...]:
    """The attributes in columns `names`, then `classes`, of a table of training molecules.

    A column whose values are all numbers is a number, any other a class; those in `classes`
    are classes in any case. `computed` names registered properties. Raises
    `ConfigError` for a missing or constant column, one with fewer than two values, and one
    of more than 100 classes.
    """
    for name in (*names, *classes):
        if name not in table.columns:
            raise ConfigError(f"there is no column {name!r}")
    numbers = [_fit(name, table[name], is_class=False, computed=name in computed) for name in names]
    return (*numbers, *(_fit(name, table[name], is_class=True) for name in classes))


def kinds(attributes: Sequence[Attribute]) -> tuple[int, ...]:
    """What a model is built from: 0 for each number, the number of classes for each class."""
    return tuple(len(attribute.classes) for attribute in attributes)


def standardize_table(table: pd.DataFrame, attributes: Sequence[Attribute]) -> Values:
    """What a model sees of `table` (N rows): (N, C), one column an attribute."""
    values = np.empty((len(table), len(attributes)), np.float32)
    for column, attribute in enumerate(attributes):
        values[:, column] = attribute.standardize(table[attribute.name].tolist())
    return values


def restore_table(standardized: npt.ArrayLike, attributes: Sequence[Attribute]) -> pd.DataFrame:
    """Values in their own units, from what a model says (N, C): one column an attribute."""
    values = np.asarray(standardized, np.float64).reshape(-1, len(attributes))
    columns = {a.name: a.restore(values[:, column]) for column, a in enumerate(attributes)}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(values)))


def _fit(
    name: str, column: "pd.Series[Any]", *, is_class: bool, computed: bool = False
) -> Attribute:
    values = column.tolist()
    texts = [text for text in map(_class_name, values) if text is not None]
    if len(texts) < 2:
        raise ConfigError(f"{name} has {len(texts)} values in the training set; it needs 2 or more")
    numbers = _as_numbers(values)
    known = numbers[np.isfinite(numbers)]
    if is_class or (len(known) < len(texts) and not computed):
        return _fit_class(name, Counter(texts))
    if len(known) < 2 or known.min() == known.max():
        raise ConfigError(
            f"{name} is the same for all training molecules, so nothing can be learned from it"
        )
    low, high = np.percentile(known, (1.0, 99.0))
    return Attribute(
        name=name,
        kind="number",
        mean=float(known.mean()),
        std=float(known.std()),
        minimum=float(known.min()),
        maximum=float(known.max()),
        low=float(low),
        high=float(high),
        classes=(),
        counts=(),
        known=len(known),
        computed=computed,
    )


def _fit_class(name: str, counts: Counter[str]) -> Attribute:
    if len(counts) == 1:
        raise ConfigError(
            f"{name} is {next(iter(counts))!r} for all training molecules, "
            "so nothing can be learned from it"
        )
    if len(counts) > MOST_CLASSES:
        raise ConfigError(
            f"{name} has {len(counts):,} classes, such as {next(iter(counts))!r}; "
            f"at most {MOST_CLASSES} can be told apart"
        )
    ordered = sorted(counts, key=_class_order)
    nan = math.nan
    return Attribute(
        name, "class", nan, nan, nan, nan, nan, nan,
        tuple(ordered), tuple(counts[text] for text in ordered), counts.total(),
    )  # fmt: skip


def _as_numbers(values: Sequence[object]) -> npt.NDArray[np.float64]:
    """`values` as float64; NaN for what is no finite number."""
    column = pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce")
    numbers = column.to_numpy(np.float64, na_value=math.nan)
    return np.where(np.isfinite(numbers), numbers, math.nan)


def _class_name(value: object) -> str | None:
    """The class called `value`, however a table holds it; None for a blank."""
    if value is None or value is pd.NA or _is_nan(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None


def _class_order(name: str) -> tuple[float, str]:
    """Numbers by size, then texts by letters."""
    try:
        return float(name), name
    except ValueError:
        return math.inf, name


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
