"""What becomes of raw samples: which are molecules, which are new, which are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from molvae.chem import are_known, parse, property_table, to_smiles
from molvae.chem.expression import Expression

Checked = list[str | None]
"""Canonical SMILES of each raw string, None where it is no molecule."""


def check(raw: Sequence[str]) -> Checked:
    """Parse each raw string once; needs no model, so that a worker process can do it."""
    return [None if mol is None else to_smiles(mol) for mol in map(parse, raw)]


@dataclass(frozen=True)
class Wanted:
    """What a sample must be to be kept."""

    valid: bool = True
    unique: bool = True
    novel: bool = False
    where: tuple[Expression, ...] = ()

    @property
    def names(self) -> list[str]:
        """The properties that `where` is about."""
        return sorted({name for expression in self.where for name in expression.names})


@dataclass
class Sieve:
    """Keeps the wanted of the samples poured in, and counts the raw ones."""

    wanted: Wanted
    training_keys: np.ndarray | None
    drawn: int = 0
    valid: int = 0
    kept: list[str] = field(default_factory=list)
    kept_valid: list[bool] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _new: int = 0

    @property
    def validity(self) -> float:
        """Valid share of all that was drawn."""
        return self.valid / self.drawn if self.drawn else np.nan

    @property
    def uniqueness(self) -> float:
        """Distinct share of the valid."""
        return len(self._seen) / self.valid if self.valid else np.nan

    @property
    def novelty(self) -> float:
        """Share of the distinct valid that is not in the training set; NaN if that is not known."""
        if self.training_keys is None or not self._seen:
            return np.nan
        return self._new / len(self._seen)

    def pour(self, raw: Sequence[str], checked: Checked) -> None:
        """Count `raw` samples and keep the wanted ones, in their order."""
        fresh = self._count(checked)
        candidates = [row for row in range(len(raw)) if self._may_stay(row, checked, fresh)]
        texts = [checked[row] or raw[row] for row in candidates]
        for row, text, passes in zip(candidates, texts, self._passes(texts), strict=True):
            if passes:
                self.kept.append(text)
                self.kept_valid.append(checked[row] is not None)

    def keep(self, places: np.ndarray) -> None:
        """Of what is kept, keep only the molecules at `places`, (K,)."""
        self.kept = [self.kept[place] for place in places]
        self.kept_valid = [self.kept_valid[place] for place in places]

    def _count(self, checked: Checked) -> dict[int, bool]:
        """Rows seen for the first time, with whether each is new to the training set."""
        self.drawn += len(checked)
        self.valid += sum(smiles is not None for smiles in checked)
        first: dict[str, int] = {}
        for row, smiles in enumerate(checked):
            if smiles is not None and smiles not in self._seen:
                first.setdefault(smiles, row)
        self._seen.update(first)
        new = ~self.known(list(first))
        self._new += int(new.sum())
        return {row: bool(is_new) for row, is_new in zip(first.values(), new, strict=True)}

    def known(self, smiles: Sequence[str]) -> np.ndarray:
        """Whether each canonical SMILES is a training molecule; False if that is not known."""
        if self.training_keys is None:
            return np.zeros(len(smiles), dtype=bool)
        return are_known(smiles, self.training_keys)

    def _may_stay(self, row: int, checked: Checked, fresh: dict[int, bool]) -> bool:
        smiles = checked[row]
        if smiles is None:
            return not self.wanted.valid
        if self.wanted.unique and row not in fresh:
            return False
        if self.wanted.novel:
            return fresh[row] if row in fresh else not self.known([smiles])[0]
        return True

    def _passes(self, smiles: Sequence[str]) -> np.ndarray:
        keep = np.ones(len(smiles), dtype=bool)
        names = self.wanted.names
        if not names or not smiles:
            return keep
        table: pd.DataFrame = property_table(smiles, names, workers=1)
        for expression in self.wanted.where:
            keep &= expression.mask(table)
        return keep
