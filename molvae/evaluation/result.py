"""The result of an evaluation: numbers, how they came about, and how to read them again."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from molvae.errors import EvaluationError
from molvae.evaluation.display import as_text, caution, comparable
from molvae.files import atomic_path
from molvae.versioned import read_versioned

if TYPE_CHECKING:
    from molvae.evaluation.latent import LatentDiagnostics
    from molvae.evaluation.references import Reference
    from molvae.evaluation.sets import MoleculeSet

FORMAT = "molvae-evaluation"
VERSION = 1
SUITES = ("moses", "guacamol", "latent")

Values = Mapping[str, float]


@dataclass(frozen=True)
class Evaluation:
    """Metrics of molecules or of a model, by suite and name; the mean where there are seeds."""

    source: str
    """What was evaluated."""
    suites: Mapping[str, Values]
    """"moses", "guacamol" and "latent", those that were asked for: values by name."""
    spread: Mapping[str, Values] = field(default_factory=dict)
    """Standard deviations over the seeds (N - 1), by suite; empty for one seed."""
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By suite and name: why a value is NaN, or what to know when reading it."""
    protocol: Mapping[str, Any] = field(default_factory=dict)
    """Sizes, seeds, reference, versions, machine: what the numbers belong to."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Wall-clock time by stage, summed over seeds."""
    molecules: "MoleculeSet | None" = field(default=None, repr=False, compare=False)
    """What was evaluated with the first seed; not saved."""
    reference: "Reference | None" = field(default=None, repr=False, compare=False)
    """What it was compared with; not saved."""
    diagnostics: "LatentDiagnostics | None" = field(default=None, repr=False, compare=False)
    """The latent diagnostics in full; not saved."""

    def __getitem__(self, suite: str) -> Values:
        if suite not in self.suites:
            raise KeyError(f"{suite!r} was not evaluated; there are {', '.join(self.suites)}")
        return self.suites[suite]

    def __str__(self) -> str:
        return self.as_text()

    def as_text(self, *, width: int | None = None) -> str:
        """Tables with published rows beside; as many of these as fit into `width` characters."""
        return as_text(self, width=width)

    def compare(self, other: "Evaluation") -> pd.DataFrame:
        """Both evaluations side by side: rows (suite, metric), columns this, other, difference.

        What only one of them has is NaN in the other's column. Raises `EvaluationError` where
        they were measured against different references.
        """
        references = [one.protocol.get("reference", {}).get("name") for one in (self, other)]
        if None not in references and references[0] != references[1]:
            raise EvaluationError(
                f"these do not compare: one was measured against {references[0]}, "
                f"the other against {references[1]}"
            )
        table = pd.DataFrame({"this": _flat(self.suites), "other": _flat(other.suites)})
        table = table.reindex(_keys(self.suites, other.suites))
        table.index = pd.MultiIndex.from_tuples(table.index, names=["suite", "metric"])
        return table.assign(difference=table["this"] - table["other"])

    def to_dict(self) -> dict[str, Any]:
        """The contents of the JSON file: NaN is None."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "source": self.source,
            **{suite: _plain(values) for suite, values in self.suites.items()},
            "spread": _plain(self.spread),
            "published": {suite: rows for suite in self.suites if (rows := self._published(suite))},
            "notes": _plain(self.notes),
            "protocol": _plain(self.protocol),
            "seconds": _plain(self.seconds),
        }

    def _published(self, suite: str) -> dict[str, Any] | None:
        """Published rows that may stand beside those of `suite`, and what to beware of."""
        table = comparable(self, suite)
        if table is None:
            return None
        rows = {row.model: dict(row.values) for row in table.rows}
        return {"protocol": table.protocol, "caution": caution(self, suite), "rows": rows}

    def save(self, path: str | PathLike[str]) -> None:
        """Write the evaluation as JSON; raises `OutputError`."""
        with atomic_path(Path(path)) as temporary:
            text = json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False)
            temporary.write_text(text + "\n", "utf-8")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Read what `save` wrote; raises `EvaluationError`."""
        content = _read(Path(path))
        suites = {suite: _numbers(content[suite]) for suite in SUITES if suite in content}
        return cls(
            source=str(content.get("source", "")),
            suites=suites,
            spread={suite: _numbers(values) for suite, values in content["spread"].items()},
            notes=content["notes"],
            protocol=content["protocol"],
            seconds=content["seconds"],
        )


def _read(path: Path) -> dict[str, Any]:
    content = read_versioned(
        path, name=FORMAT, version=VERSION, what="a saved evaluation", error=EvaluationError
    )
    parts = ("spread", "notes", "protocol", "seconds", *(s for s in SUITES if s in content))
    for part in parts:
        if not isinstance(content.get(part), dict):
            raise EvaluationError(f"{path} is damaged: it has no {part}")
    tables = [content[part] for part in parts[4:]] + list(content["spread"].values())
    if not all(map(_is_table, tables)):
        raise EvaluationError(f"{path} is damaged: a value is no number")
    return content


def _is_table(values: object) -> bool:
    return isinstance(values, dict) and all(
        value is None or isinstance(value, int | float) for value in values.values()
    )


def _flat(suites: Mapping[str, Values]) -> "pd.Series[float]":
    values = {(suite, name): v for suite, own in suites.items() for name, v in own.items()}
    return pd.Series(values, dtype=float)


def _keys(*suites: Mapping[str, Values]) -> list[tuple[str, str]]:
    keys = [(suite, name) for some in suites for suite, own in some.items() for name in own]
    return sorted(dict.fromkeys(keys), key=lambda key: SUITES.index(key[0]))


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else float(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
