"""The MOSES suite (Polykovskiy et al. 2020): how a generated set differs from test sets.

Definitions and order of operations are the reference implementation's (molsets 0.3.1): all
that follows `valid` looks at every valid molecule as read from its canonical SMILES, repeats
kept. `docs/metrics.md` has the formulas.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from molvae.errors import EvaluationError
from molvae.evaluation.chemnet import FEATURES
from molvae.evaluation.frechet import Gaussian, frechet_distance, gaussian
from molvae.evaluation.records import Measured, Progress, Sheet
from molvae.evaluation.reference_sets import Reference, SetStatistics
from molvae.evaluation.sets import PROPERTIES, MoleculeSet
from molvae.evaluation.similarity import mean_similarities, nearest_similarity

UNIQUE_AT = (1_000, 10_000)
_AGAINST_TEST = ("FCD", "SNN", "Frag", "Scaf")
_PARTS = {"Frag": "BRICS fragment", "Scaf": "scaffold of two or more rings"}

Floats = npt.NDArray[np.float64]


def moses_metrics(
    generated: MoleculeSet,
    reference: Reference,
    *,
    unique_at: Sequence[int] = UNIQUE_AT,
    device: str = "auto",
    progress: Progress | None = None,
) -> Measured:
    """All MOSES metrics of `generated`, by the reference implementation's names.

    `unique_at` are the k of `unique@k`. Metrics against the scaffold test set are left out
    where `reference` has none. A value that does not exist is NaN, with the reason among the
    notes. Raises `EvaluationError` for a k below 1 and `ModelError` without ChemNet's weights.
    """
    sheet = Sheet()
    tests = _test_sets(reference)
    _enter_valid(sheet, generated)
    if not generated.smiles:
        for name in _names_after_valid(_checked(unique_at), tests):
            sheet.lack(name, "there is no valid molecule")
        return sheet.measured()
    smiles = [generated.rewritten.get(text, text) for text in generated.smiles]
    _enter_uniqueness(sheet, smiles, _checked(unique_at))
    with sheet.timed("FCD"):
        cloud = gaussian(smiles, device=device, progress=progress) if len(smiles) > 1 else None
    mixtures = sum("." in text for text in smiles)
    for suffix, test in tests.items():
        _enter_frechet(sheet, f"FCD/{suffix}", cloud, test, mixtures)
        _enter_nearest(sheet, f"SNN/{suffix}", generated, test, device, progress)
        _enter_cosine(sheet, "Frag", suffix, generated.fragments, test.fragments)
        _enter_cosine(sheet, "Scaf", suffix, generated.scaffolds, test.scaffolds)
    _enter_diversity(sheet, generated, device, progress)
    sheet.put("Filters", float(generated.passes_filters.mean()))
    for name in PROPERTIES:
        _enter_distance(sheet, name, generated.properties[name], reference.test)
    _enter_novelty(sheet, smiles, reference)
    return sheet.measured()


def cosine(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Cosine similarity of two tables of counts; a name that one lacks counts 0 there.

    NaN where one of them is empty.
    """
    if not first or not second:
        return math.nan
    shared = sum(count * second.get(name, 0) for name, count in first.items())
    squares = (sum(count * count for count in table.values()) for table in (first, second))
    return shared / math.prod(math.sqrt(square) for square in squares)


def wasserstein(first: Floats, second: Floats) -> float:
    """Wasserstein-1 distance of two samples, (n,) and (m,), both ascending; NaN for an empty one.

    The area between the two cumulative distributions.
    """
    if len(first) == 0 or len(second) == 0:
        return math.nan
    steps = np.sort(np.concatenate([first, second]), kind="stable")
    below = [np.searchsorted(own, steps[:-1], side="right") / len(own) for own in (first, second)]
    return float(np.abs(below[0] - below[1]) @ np.diff(steps))


def _test_sets(reference: Reference) -> dict[str, SetStatistics]:
    """The sets compared with, by the ending of their metrics' names."""
    tests = {"Test": reference.test}
    if reference.scaffold_test is not None:
        tests["TestSF"] = reference.scaffold_test
    return tests


def _names_after_valid(unique_at: Sequence[int], suffixes: Iterable[str]) -> list[str]:
    return [
        *(f"unique@{k}" for k in unique_at),
        *(f"{name}/{suffix}" for suffix in suffixes for name in _AGAINST_TEST),
        *("IntDiv", "IntDiv2", "Filters"),
        *PROPERTIES,
        "Novelty",
    ]


def _checked(unique_at: Sequence[int]) -> Sequence[int]:
    if any(k < 1 for k in unique_at):
        raise EvaluationError(f"unique@k needs k of 1 or more, not {list(unique_at)}")
    return unique_at


def _enter_valid(sheet: Sheet, generated: MoleculeSet) -> None:
    if generated.total == 0:
        sheet.lack("valid", "there is nothing to evaluate")
    else:
        sheet.put("valid", len(generated.smiles) / generated.total)


def _enter_uniqueness(sheet: Sheet, smiles: Sequence[str], unique_at: Sequence[int]) -> None:
    for k in unique_at:
        first = smiles[:k]
        note = None if len(first) == k else f"over all {len(first):,} valid molecules: fewer than k"
        sheet.put(f"unique@{k}", len(set(first)) / len(first), note)


def _enter_frechet(
    sheet: Sheet, name: str, cloud: Gaussian | None, test: SetStatistics, mixtures: int
) -> None:
    if cloud is None:
        return sheet.lack(name, "a covariance needs two valid molecules or more; there is one")
    if test.gaussian.count < 2:
        return sheet.lack(name, f"a covariance needs two molecules or more; {test.name} has fewer")
    with sheet.timed("FCD"):
        distance = frechet_distance(cloud, test.gaussian)
    few = min(cloud.count, test.gaussian.count)
    return sheet.put(name, distance, _frechet_note(few, mixtures))


def _frechet_note(few: int, mixtures: int) -> str | None:
    """What to know of a distance from `few` molecules or with `mixtures` of several."""
    notes = []
    if few <= FEATURES:
        notes.append(f"biased upward: {few:,} molecules for a covariance of {FEATURES} dimensions")
    if mixtures:
        notes.append(f"mixtures ({mixtures:,}) are read whole, by molsets their first part only")
    return "; ".join(notes) or None


def _enter_nearest(
    sheet: Sheet,
    name: str,
    generated: MoleculeSet,
    test: SetStatistics,
    device: str,
    progress: Progress | None,
) -> None:
    if len(test.fingerprints) == 0:
        return sheet.lack(name, f"{test.name} has no molecule")
    with sheet.timed("SNN"):
        nearest = nearest_similarity(
            generated.fingerprints, test.fingerprints, device=device, progress=progress
        )
    return sheet.put(name, float(nearest.mean()))


def _enter_cosine(
    sheet: Sheet, kind: str, suffix: str, own: Mapping[str, int], other: Mapping[str, int]
) -> None:
    name = f"{kind}/{suffix}"
    if own and other:
        with sheet.timed(kind):
            return sheet.put(name, cosine(own, other))
    who = "reference" if own else "generated"
    return sheet.lack(name, f"no {who} molecule has a {_PARTS[kind]}")


def _enter_diversity(
    sheet: Sheet, generated: MoleculeSet, device: str, progress: Progress | None
) -> None:
    with sheet.timed("IntDiv"):
        means = mean_similarities(generated.fingerprints, device=device, progress=progress)
    for name, mean, error in (
        ("IntDiv", means.linear, means.linear_error),
        ("IntDiv2", means.quadratic, means.quadratic_error),
    ):
        note = f"over {means.rows:,} of {len(generated.smiles):,} rows, standard error {error:.1g}"
        sheet.put(name, 1.0 - mean, note if means.rows < len(generated.smiles) else None)
        if len(generated.smiles) == 1:
            sheet.put(name, 1.0 - mean, "0 by definition: one molecule is paired with itself only")


def _enter_distance(sheet: Sheet, name: str, values: Floats, test: SetStatistics) -> None:
    finite = values[np.isfinite(values)]
    left_out = len(values) - len(finite)
    if len(finite) == 0:
        return sheet.lack(name, "it cannot be computed for any generated molecule")
    if len(test.properties[name]) == 0:
        return sheet.lack(name, f"{test.name} has no molecule")
    with sheet.timed(name):
        distance = wasserstein(np.sort(finite), test.properties[name])
    note = f"without {left_out:,} molecules for which it cannot be computed"
    return sheet.put(name, distance, note if left_out else None)


def _enter_novelty(sheet: Sheet, smiles: Sequence[str], reference: Reference) -> None:
    training = reference.training
    if training is None:
        return sheet.lack("Novelty", f"no training set belongs to {reference.name}")
    distinct = sorted(set(smiles))
    with sheet.timed("Novelty"):
        novelty = 1.0 - float(np.mean(training.known(distinct)))
        again = 1.0 - float(np.mean(training.known_rewritten(distinct)))
    note = f"{again:.6g} with the training molecules as the installed RDKit writes them"
    return sheet.put("Novelty", novelty, note if again != novelty else None)
