"""How alike the molecules of a walk are: Morgan fingerprints, each worked out once."""

from collections.abc import Iterable, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

from molvae.chem import morgan, parse, tanimoto

Similarities = npt.NDArray[np.float64]


@final
class Fingerprints:
    """Morgan fingerprints (radius 2, 2,048 bits) of SMILES, kept for the next comparison."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def to(self, target: str | None, smiles: Sequence[str | None]) -> Similarities:
        """Tanimoto similarity (N,) of each of `smiles` to `target`; NaN where one is missing."""
        values = np.full(len(smiles), np.nan)
        present = [row for row, one in enumerate(smiles) if one is not None]
        if target is not None and present:
            self._learn([target, *(one for one in smiles if one is not None)])
            found = [self._known[str(smiles[row])] for row in present]
            values[present] = tanimoto(self._known[target], found)
        return values

    def to_previous(self, smiles: Sequence[str | None]) -> Similarities:
        """Similarity (N,) of each molecule to the one before; NaN for the first and the missing."""
        pairs = zip([None, *smiles], smiles, strict=False)
        return np.array([self.to(before, [after])[0] for before, after in pairs])

    def _learn(self, smiles: Iterable[str]) -> None:
        for one in smiles:
            if one not in self._known:
                self._known[one] = morgan(_parsed(one))


def _parsed(smiles: str) -> Any:
    mol = parse(smiles)
    if mol is None:
        raise ValueError(f"{smiles!r} is not a molecule")
    return mol


def mean_known(values: Similarities) -> float:
    """The mean of those that are not missing, NaN where all are."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
