"""The molecules of a report: those shown one by one, and how their properties are spread."""

import math
from collections.abc import Sequence

import numpy as np

from molvae.checkpoint import SavedModel
from molvae.chem import are_known, get_property, property_table
from molvae.evaluation.report.data import Distribution, Floats, Sample
from molvae.evaluation.report.html import number
from molvae.evaluation.result import Evaluation
from molvae.evaluation.sets import MoleculeSet

SHOWN = 24
"""Molecules in the grid."""
SHOWN_PROPERTIES = (
    "logp",
    "qed",
    "sa",
    "molecular_weight",
    "tpsa",
    "hbd",
    "hba",
    "rotatable_bonds",
)
_NAMES = {"logP": "logp", "SA": "sa", "QED": "qed", "weight": "molecular_weight"}
"""The properties of MOSES, and their names in `molvae.chem`."""
PROPERTY_MOLECULES = 5_000
"""Molecules of each set whose further properties are computed for the report."""


def distinct_rows(smiles: Sequence[str], limit: int) -> list[int]:
    """Rows of the first `limit` distinct ones of `smiles`, in order; no more is read."""
    first: dict[str, int] = {}
    for row, text in enumerate(smiles):
        if len(first) == limit:
            break
        first.setdefault(text, row)
    return list(first.values())


def pick_samples(
    evaluation: Evaluation, saved: SavedModel | None, *, workers: int | None = None
) -> tuple[Sample, ...]:
    """The first `SHOWN` distinct valid molecules, in the order they came."""
    molecules = evaluation.molecules
    if molecules is None:
        return ()
    smiles = [molecules.smiles[row] for row in distinct_rows(molecules.smiles, SHOWN)]
    table = property_table(smiles, SHOWN_PROPERTIES, workers=workers)
    novel = _novelty(smiles, evaluation, saved)
    return tuple(
        Sample(text, (*_facts(values), *new))
        for text, values, new in zip(smiles, table.to_numpy(np.float64), novel, strict=True)
    )


def distributions(
    evaluation: Evaluation, *, seed: int = 0, workers: int | None = None
) -> tuple[Distribution, ...]:
    """The MOSES properties of all molecules, TPSA and SMILES length of some of them."""
    molecules, reference = evaluation.molecules, evaluation.reference
    if molecules is None or not len(molecules.smiles):
        return ()
    distances = evaluation.suites.get("moses", {})
    known = reference.test.properties if reference is not None else {}
    found = [
        Distribution(
            get_property(name).label,
            get_property(name).unit,
            _finite(molecules.properties[title]),
            _finite(known.get(title, np.zeros(0))),
            distances.get(title, math.nan),
        )
        for title, name in _NAMES.items()
    ]
    others = _some(reference.test.smiles, seed) if reference is not None else []
    return (*found, *_further(molecules, others, seed, workers))


def _further(
    molecules: MoleculeSet, others: list[str], seed: int, workers: int | None
) -> list[Distribution]:
    """What the evaluation did not compute, of random molecules of each set."""
    own = _some(molecules.smiles, seed)
    tpsa = [_property("tpsa", smiles, workers) for smiles in (own, others)]
    length = [np.array([len(text) for text in smiles], np.float64) for smiles in (own, others)]
    shown = get_property("tpsa")
    return [
        Distribution(shown.label, shown.unit, tpsa[0], tpsa[1], math.nan),
        Distribution("SMILES length", "characters", length[0], length[1], math.nan),
    ]


def _property(name: str, smiles: list[str], workers: int | None) -> Floats:
    return _finite(property_table(smiles, [name], workers=workers)[name].to_numpy(np.float64))


def _some(smiles: Sequence[str], seed: int) -> list[str]:
    if len(smiles) <= PROPERTY_MOLECULES:
        return list(smiles)
    rows = np.random.default_rng(seed).choice(len(smiles), PROPERTY_MOLECULES, replace=False)
    return [smiles[int(row)] for row in np.sort(rows)]


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _facts(values: Floats) -> list[tuple[str, str]]:
    shown = []
    for name, value in zip(SHOWN_PROPERTIES, values.tolist(), strict=True):
        prop = get_property(name)
        shown.append((prop.label, f"{_short(value)} {prop.unit}".strip()))
    return shown


def _short(value: float) -> str:
    return number(value, 0 if value.is_integer() or abs(value) >= 100 else 2)


def _novelty(
    smiles: list[str], evaluation: Evaluation, saved: SavedModel | None
) -> list[tuple[tuple[str, str], ...]]:
    """For each whether it is in the training set, of the model or else of the reference."""
    training = evaluation.reference.training if evaluation.reference is not None else None
    if saved is not None and saved.training_keys is not None:
        known = are_known(smiles, saved.training_keys)
    elif saved is None and training is not None:
        known = training.known(smiles)
    else:
        return [()] * len(smiles)
    return [(("in training set", "yes" if one else "no"),) for one in known]
