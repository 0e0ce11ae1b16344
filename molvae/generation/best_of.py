"""Best of several: of each few molecules drawn for the same targets, the one that came nearest."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from molvae.chem import property_table
from molvae.errors import GenerationError
from molvae.generation.conditions import Target, computed_names

Floats = npt.NDArray[np.float64]


def check_best_of(best_of: int, targets: Sequence[Target]) -> None:
    """Raise `GenerationError` where there is nothing by which one could be the best."""
    if best_of < 1:
        raise GenerationError(f"best_of = {best_of}: must be 1 or more")
    if best_of > 1 and not computed_names(targets):
        raise GenerationError(
            f"best_of = {best_of} compares molecules with their targets; "
            "give a condition that can be computed from a molecule, such as logp"
        )


def nearest_of_each(
    smiles: Sequence[str], targets: Sequence[Target], best_of: int
) -> npt.NDArray[np.intp]:
    """Of each `best_of` consecutive molecules, the place of the one nearest to all targets."""
    distances = _distances(smiles, targets)
    starts = range(0, len(distances), best_of)
    places = [start + int(distances[start : start + best_of].argmin()) for start in starts]
    return np.array(places, np.intp)


def _distances(smiles: Sequence[str], targets: Sequence[Target]) -> Floats:
    """Sum of squared deviations in the training set's standard deviations, (N,); inf if unknown."""
    table = property_table(smiles, computed_names(targets))
    total = np.zeros(len(smiles))
    for attribute, value in targets:
        if attribute.computed:
            aim = attribute.target(value)
            total += (attribute.standardize(table[attribute.name].tolist()) - aim) ** 2
    return np.where(np.isnan(total), np.inf, total)
