"""Targets a model is given: read, checked against what it was trained on, and compared with
what came out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.chem import property_table
from molvae.data.attributes import Attribute, standardize_table
from molvae.errors import ConfigError, GenerationError

Value = float | str
"""A number, or the name of a class; a number may also be given as text."""
Conditions = Mapping[str, Value]
"""Targets by name; what is not named is free."""
Floats = npt.NDArray[np.float32]
NOT_CONDITIONAL = (
    "this model was trained without conditions; train one with, for example, "
    "molvae train --condition logp,qed"
)


class Target(NamedTuple):
    """One attribute and the value it shall have."""

    attribute: Attribute
    value: Value

    @property
    def note(self) -> str:
        """What to know of a target where the training set holds little or nothing; else ""."""
        return _range_note(self.attribute, self.value)


@dataclass(frozen=True)
class ConditionResult:
    """A target, and what came out: NaN where that cannot be computed from a molecule.

    `mad` is the mean of |value - target|, `sd` the standard deviation of the values; `low`
    and `high` are the 1st and 99th percentile of the training set, NaN for a class.
    """

    name: str
    target: Value
    mean: float
    mad: float
    sd: float
    low: float
    high: float
    note: str


def read_targets(conditions: Conditions | None, known: Sequence[Attribute]) -> tuple[Target, ...]:
    """`conditions` as targets, in the order given; `known` is what the model was trained with.

    Raises `GenerationError` for a condition the model does not know, naming those it does,
    and `ConfigError` for a value that is no number or no class of the condition.
    """
    if not conditions:
        return ()
    if not known:
        raise GenerationError(NOT_CONDITIONAL)
    by_name = {attribute.name: attribute for attribute in known}
    for name in conditions:
        if name not in by_name:
            raise GenerationError(f"unknown condition {name!r}; {describe_known(known)}")
    return tuple(
        Target(by_name[name], _readable(by_name[name], value)) for name, value in conditions.items()
    )


def target_row(targets: Sequence[Target], known: Sequence[Attribute]) -> Floats:
    """What the model is told: standardized values (C,), NaN for what is free."""
    given = {target.attribute.name: target for target in targets}
    values = [
        attribute.target(given[attribute.name].value) if attribute.name in given else math.nan
        for attribute in known
    ]
    return np.array(values, np.float32)


def target_rows(table: pd.DataFrame, known: Sequence[Attribute], count: int) -> Floats:
    """What the model is told for each of `count` molecules: (N, C), NaN for what is free.

    `table` has one row for each and columns by name; blanks and columns left out are free.
    Raises `GenerationError` for another number of rows or a column that is no condition,
    and `ConfigError` for a value that cannot be read.
    """
    if not known:
        raise GenerationError(NOT_CONDITIONAL)
    if len(table) != count:
        raise GenerationError(f"{len(table)} rows of conditions for {count}: give one for each")
    for name in table.columns:
        if name not in {attribute.name for attribute in known}:
            raise GenerationError(f"unknown condition {str(name)!r}; {describe_known(known)}")
    full = table.reindex(columns=[attribute.name for attribute in known])
    rows = standardize_table(full, known)
    _check_readable(full, rows, known)
    return rows


def check_guidance(guidance: float, known: Sequence[Attribute], *, given: bool) -> None:
    """Raise `GenerationError` for a guidance that is impossible, or has nothing to strengthen."""
    if not math.isfinite(guidance) or guidance < 0.0:
        raise GenerationError(f"guidance = {guidance:g}: must be 0 or more")
    if guidance == 1.0 or given:
        return
    if not known:
        raise GenerationError(f"guidance = {guidance:g} needs conditions, and {NOT_CONDITIONAL}")
    raise GenerationError(
        f"guidance = {guidance:g} strengthens conditions, and none is given; "
        f"{describe_known(known)}"
    )


def describe_known(known: Sequence[Attribute]) -> str:
    """What a model can be asked for, with its ranges."""
    ranges = [
        f"{attribute.name}, {attribute.describe_range()}"
        if attribute.kind == "class"
        else attribute.describe_range()
        for attribute in known
    ]
    return f"this model knows {'; '.join(ranges)}"


def computed_names(targets: Sequence[Target]) -> list[str]:
    """Names of the targets whose values can be computed from a molecule."""
    return [target.attribute.name for target in targets if target.attribute.computed]


def own_conditions(smiles: Sequence[str], known: Sequence[Attribute]) -> pd.DataFrame:
    """The condition values of molecules: properties computed, everything else missing (N, C)."""
    computed = [attribute.name for attribute in known if attribute.computed]
    if not computed:
        return pd.DataFrame(index=range(len(smiles)), columns=[a.name for a in known], dtype=object)
    table = property_table(smiles, computed)
    return table.reindex(columns=[attribute.name for attribute in known])


def compare(targets: Sequence[Target], table: pd.DataFrame) -> tuple[ConditionResult, ...]:
    """Each target beside the column of its name in `table`."""
    return tuple(_compare(target, table) for target in targets)


def results_lines(results: Sequence[ConditionResult]) -> list[str]:
    """The results as aligned lines of text, notes below."""
    lines = [("condition", "target", "mean", "MAD", "SD")]
    lines += [(r.name, shown(r.target), shown(r.mean), shown(r.mad), shown(r.sd)) for r in results]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    aligned = [
        "  ".join(
            [line[0].ljust(widths[0]), *(line[i].rjust(widths[i]) for i in range(1, len(widths)))]
        ).rstrip()
        for line in lines
    ]
    return [*aligned, *(result.note for result in results if result.note)]


def shown(value: Value) -> str:
    """A target or a statistic for people: three decimals for small numbers, "-" for NaN."""
    if isinstance(value, str):
        return value
    if math.isnan(value):
        return "-"
    return (
        f"{value:.3f}" if abs(value) < 10 else f"{value:.2f}" if abs(value) < 1e4 else f"{value:g}"
    )


def _readable(attribute: Attribute, value: object) -> Value:
    """`value` as the attribute understands it; raises `ConfigError`."""
    try:
        place = attribute.target(value)
    except ConfigError as error:
        raise ConfigError(f"cannot read the condition {error}") from error
    if attribute.kind == "class":
        return attribute.classes[int(place)]
    return float(value)  # type: ignore[arg-type]


def _check_readable(table: pd.DataFrame, rows: Floats, known: Sequence[Attribute]) -> None:
    """Raise `ConfigError` for a value that is there and was read as missing."""
    lost = np.isnan(rows) & table.notna().to_numpy()
    if lost.any():
        row, column = (int(place) for place in np.argwhere(lost)[0])
        _readable(known[column], table.iloc[row, column])


def _range_note(attribute: Attribute, value: Value) -> str:
    if attribute.kind == "class" or isinstance(value, str):
        return ""
    name = attribute.name
    if not attribute.covers(value):
        return (
            f"{name} = {value:g} is outside what the model was trained on "
            f"({attribute.minimum:.4g} to {attribute.maximum:.4g})"
        )
    if not attribute.low <= value <= attribute.high:
        return (
            f"{name} = {value:g} is rare in the training set: "
            f"98% lie between {attribute.low:.4g} and {attribute.high:.4g}"
        )
    return ""


def _compare(target: Target, table: pd.DataFrame) -> ConditionResult:
    attribute, value = target
    notes = [target.note]
    mean = mad = sd = math.nan
    if attribute.computed and attribute.kind == "number":
        values = table[attribute.name].dropna().to_numpy(np.float64)
        if len(values):
            mean, sd = float(values.mean()), float(values.std())
            mad = float(np.abs(values - float(value)).mean())
    else:
        notes.append(
            f"{attribute.name} is a column of the training data and cannot be computed from a "
            "molecule: whether the target was met is not known"
        )
    note = "; ".join(filter(None, notes))
    return ConditionResult(
        attribute.name, value, mean, mad, sd, attribute.low, attribute.high, note
    )
