"""Which molecules does a model not know: a score and a verdict for each.

A molecule is unusual where its score is above that of nearly all molecules of the model's own
kind. These are held-out molecules of its corpus (split conformal: of further such molecules,
no more than 1 - quantile are called unusual, up to the sampling error of the reference;
Laxhammar & Falkman 2010); training molecules would make the threshold too low, for the
weights were fitted to them.
"""

import math
from collections.abc import Sequence
from os import PathLike, fspath
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from molvae.checkpoint import SavedModel
from molvae.chem import is_valid
from molvae.data.readers import read_records
from molvae.errors import GenerationError, MoleculeError
from molvae.files import cache_folder
from molvae.generation.anomalies import Anomalies
from molvae.generation.anomaly_scores import DEFAULT_SCORE, ScoreName, Scorer, known_score
from molvae.generation.kept_rows import kept_rows, model_digest, molecules_digest
from molvae.generation.latents import Reading, read_molecules
from molvae.generation.surprise import Progress, Surprises, measure_surprise
from molvae.generation.training_set import KnownMolecules, training_molecules

Floats = npt.NDArray[np.float64]
Verdict = Literal["usual", "unusual", "unreadable"]
Reference = str | PathLike[str] | Sequence[str]
"""A file of molecules, or a list of them."""

QUANTILE = 0.99
REFERENCE_MOLECULES = 2_000
"""Molecules whose scores make the threshold; where there are more, a random part."""
ENOUGH_HELD_OUT = 100
"""Fewer held-out molecules give way to training molecules."""


_KEPT_FORMAT = 1
"""To be raised when what is measured changes, so that older files are not read."""


class _Scored(NamedTuple):
    """Reference molecules that could be scored, and what they say."""

    scorer: Scorer
    scores: Floats
    """Ascending, of the score that was chosen."""
    source: str


def find_anomalies(
    saved: SavedModel,
    smiles: Sequence[str],
    *,
    score: ScoreName = DEFAULT_SCORE,
    quantile: float = QUANTILE,
    reference: Reference | None = None,
    seed: int = 0,
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
) -> Anomalies:
    """Score each of `smiles` and say whether it is unusual to `saved`.

    The threshold is the `quantile` of the scores of at most 2,000 reference molecules, those
    of the file or list `reference`, else held-out ones of the corpus the model was trained
    on. A molecule the model has no tokens for, or that is too long for it, is unusual with
    an infinite score; what is no molecule is unreadable, without one. The higher, the odder;
    `anomaly_scores` says what each score is. Raises `GenerationError` for an unknown score, a
    quantile that the reference is too small for, or no reference; `InputError` for a
    reference that cannot be read. `progress` is told the number of molecules scored.
    """
    if isinstance(smiles, str):
        raise MoleculeError(f"give a list of molecules, such as [{smiles!r}], not one string")
    known_score(score)
    if not 0.0 < quantile < 1.0:
        raise GenerationError(f"quantile = {quantile:g}: must lie between 0 and 1")
    usual = _score_reference(saved, _reference(saved, reference, seed), score, dtype)
    threshold = _threshold(usual, quantile)
    reading = read_molecules(smiles, saved.tokenizer, saved.config)
    scores = usual.scorer.scores(_measure(saved, reading, dtype, progress))
    table = _table(smiles, reading, scores, score, usual.scores)
    table.insert(1, "verdict", _verdicts(table["score"], threshold))
    return Anomalies(table, score, quantile, threshold, usual.source, usual.scores)


def _reference(saved: SavedModel, given: Reference | None, seed: int) -> KnownMolecules:
    """Molecules of the model's own kind, at most `REFERENCE_MOLECULES`."""
    if given is not None:
        return _given_reference(given, seed)
    for split in ("valid", "train"):
        found = training_molecules(saved, split=split, limit=REFERENCE_MOLECULES, seed=seed)
        if found is not None and (found.total >= ENOUGH_HELD_OUT or split == "train"):
            return found
    raise GenerationError(
        f"the molecules {saved.path} was trained on were not found: give some that are usual "
        "with --reference FILE (reference= in Python)"
    )


def _given_reference(given: Reference, seed: int) -> KnownMolecules:
    if isinstance(given, str | PathLike):
        source = fspath(given)
        smiles = [record.smiles for record in read_records(source) if not record.problem]
    else:
        source, smiles = f"the {len(given):,} given", list(given)
    total = len(smiles)
    if total > REFERENCE_MOLECULES:
        rows = np.random.default_rng(seed).choice(total, REFERENCE_MOLECULES, replace=False)
        smiles = [smiles[row] for row in np.sort(rows).tolist()]
    return KnownMolecules(smiles, total, source)


def _score_reference(
    saved: SavedModel, known: KnownMolecules, score: ScoreName, dtype: torch.dtype
) -> _Scored:
    reading = read_molecules(known.smiles, saved.tokenizer, saved.config)
    if not len(reading.readable):
        raise GenerationError(f"{known.source} holds no molecule that this model can read")
    scorer = Scorer(_kept(saved, known, reading, dtype))
    return _Scored(scorer, np.sort(scorer.reference[score]), known.source)


def _threshold(usual: _Scored, quantile: float) -> float:
    """The score that at least `quantile` of n + 1 exchangeable molecules stay at or below."""
    count = len(usual.scores)
    place = math.ceil(round(quantile * (count + 1), 9))
    if place > count:
        needed = math.ceil(round(quantile / (1.0 - quantile), 6))
        raise GenerationError(
            f"the quantile {quantile:g} needs {needed:,} reference molecules, and {usual.source} "
            f"has {count:,} that can be read: lower it, or give more with --reference"
        )
    return float(usual.scores[place - 1])


def _kept(
    saved: SavedModel, known: KnownMolecules, reading: Reading, dtype: torch.dtype
) -> Surprises:
    """The measures of the reference, from the cache folder where they were taken before."""
    digest = f"{molecules_digest(known.smiles)}-{model_digest(saved)}-{dtype}"
    path = cache_folder() / f"anomaly-{_KEPT_FORMAT}" / f"{digest}.npy"
    shape = (len(Surprises._fields), len(reading.readable))
    measured = (np.stack(_measure(saved, reading, dtype, None)) for _ in range(1))
    return Surprises(*np.concatenate(list(kept_rows(path, shape, np.float64, measured))))


def _measure(
    saved: SavedModel, reading: Reading, dtype: torch.dtype, progress: Progress | None
) -> Surprises:
    sequences = [reading.encoded[int(row)] for row in reading.readable]
    return measure_surprise(saved.model, sequences, dtype=dtype, progress=progress)


def _table(
    smiles: Sequence[str],
    reading: Reading,
    scores: dict[str, Floats],
    chosen: ScoreName,
    usual: Floats,
) -> pd.DataFrame:
    """Scores of all rows: infinite where the model has no tokens, NaN where nothing is read."""
    reasons: list[str | None] = [None] * len(smiles)
    missing = np.full(len(smiles), np.nan)
    for problem in reading.problems:
        is_molecule = _is_molecule(smiles[problem.index])
        prefix = "the model cannot write it: " if is_molecule else ""
        reasons[problem.index] = prefix + problem.reason
        missing[problem.index] = np.inf if is_molecule else np.nan
    columns: dict[str, Floats] = {}
    for name in ("score", *scores):
        values = missing.copy() if name == "score" else np.full(len(smiles), np.nan)
        values[reading.readable] = scores[chosen if name == "score" else name]
        columns[name] = values
    table = pd.DataFrame({"smiles": list(smiles), **columns})
    share = np.searchsorted(usual, columns["score"], side="left") / len(usual)
    table.insert(2, "quantile", np.where(np.isnan(columns["score"]), np.nan, share))
    table["tokens"] = _token_counts(reading)
    table["reason"] = pd.array(reasons, dtype=object)
    return table


def _token_counts(reading: Reading) -> pd.api.extensions.ExtensionArray:
    """Tokens of each molecule without the end token; missing where it has none."""
    counts = pd.array(reading.encoded.lengths, dtype="Int64")
    counts[np.array([problem.index for problem in reading.problems], np.int64)] = pd.NA
    return counts


def _is_molecule(text: object) -> bool:
    return isinstance(text, str) and is_valid(text)


def _verdicts(scores: "pd.Series[float]", threshold: float) -> list[Verdict]:
    return [
        "unreadable" if math.isnan(value) else "unusual" if value > threshold else "usual"
        for value in scores
    ]
