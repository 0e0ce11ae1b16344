"""The distribution-learning suite of GuacaMol (Brown et al. 2019), as version 0.5.5 computes it.

Validity, uniqueness, novelty, the divergence of ten descriptors, and the Frechet ChemNet
Distance turned into a score. Each looks at its own sample of the same stream.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from molvae.errors import InputError
from molvae.evaluation.divergence import continuous_divergence, discrete_divergence
from molvae.evaluation.draws import Draws, Reading, Sample, read_all
from molvae.evaluation.frechet import Gaussian, frechet_distance, gaussian
from molvae.evaluation.records import Measured, Progress, Sheet
from molvae.evaluation.similarity import nearest_other
from molvae.evaluation.traits import (
    SMOOTH,
    TRAITS,
    Floats,
    Traits,
    descriptors_and_fingerprints,
)

Known = Callable[[list[str]], npt.NDArray[np.bool_]]
"""Whether each canonical SMILES without stereochemistry is in the training set."""

SIZE = 10_000
BASELINE_SEED = 42
_FCD_SCALE = 0.2
_NO_TRAINING_SET = "there is no training set to compare with"
_NO_BASELINE = (
    "the reference was loaded without GuacaMol's baseline, "
    "or fewer than two training molecules can be read"
)


@dataclass(frozen=True)
class Baseline:
    """What the suite needs to know of the training molecules: figures of a fixed subset."""

    descriptors: Floats
    """In the order of `GUACAMOL_DESCRIPTORS`, (n, 9), without stereochemistry and repeats."""
    nearest: Floats
    """Highest Tanimoto similarity of each of these molecules to another of them, (n,)."""
    gaussian: Gaussian
    """Of the ChemNet activations of the subset, stereochemistry and repeats kept."""
    count: int
    """Training molecules."""
    size: int
    """How many of them were taken for the subset."""


def baseline_of(
    smiles: Sequence[str],
    *,
    size: int = SIZE,
    seed: int = BASELINE_SEED,
    workers: int | None = None,
    progress: Progress | None = None,
    device: str = "auto",
) -> Baseline:
    """The baseline of the training molecules `smiles`.

    The subset is the one GuacaMol takes of a list in this order; all of it where there are
    not more than `size`. Raises `InputError` where fewer than two can be read.
    """
    chosen = baseline_sample(smiles, size=size, seed=seed)
    read = [one for one in read_all(chosen, workers=workers, progress=progress) if one is not None]
    if len(read) < 2:
        raise InputError(f"a baseline needs two training molecules or more, got {len(read)}")
    traits = _traits_of(read, workers, device, progress)
    activations = gaussian([one.canonical for one in read], device=device, progress=progress)
    return Baseline(*traits, activations, count=len(smiles), size=len(chosen))


def baseline_sample(
    smiles: Sequence[str], *, size: int = SIZE, seed: int = BASELINE_SEED
) -> list[str]:
    """The training molecules that GuacaMol takes for its baseline of a list in this order.

    All of them where there are not more than `size`; numpy's legacy generator fixes which.
    """
    if len(smiles) <= size:
        return list(smiles)
    places = np.random.RandomState(seed).choice(len(smiles), size, replace=False)
    return [smiles[place] for place in places]


def guacamol_metrics(
    stream: Iterable[str],
    baseline: Baseline | None,
    known: Known | None,
    *,
    size: int = SIZE,
    workers: int | None = None,
    progress: Progress | None = None,
    device: str = "auto",
) -> Measured:
    """The five benchmarks of the strings that `stream` yields, and what they are made of.

    `validity` is of the first `size` strings. `uniqueness` and `fcd` take `size` valid
    molecules from about 10 x `size` strings at most, `novelty` and `kl_divergence` `size`
    distinct ones from about 2 x `size`, each from the start of the stream. What these tries
    do not give counts against the share; what a stream that ends does not have is left out
    of the denominator, with a note. `kl/...` are the divergences in nats, `fcd_distance` is
    the distance. NaN without `baseline` or `known`, and where there are too few molecules;
    `known` without `baseline` is a training set that has none.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    suite = _Suite(size, baseline, _NO_TRAINING_SET if known is None else _NO_BASELINE)
    draws = Draws(stream, workers=workers, progress=progress)
    with suite.sheet.timed("sampling"):
        first, valid, unique = draws.first(size), draws.valid(size), draws.unique(size)
    suite.enter_validity(first)
    suite.enter_uniqueness(valid)
    suite.enter_novelty(unique, known)
    suite.enter_divergences(unique, workers, device, progress)
    suite.enter_distance(valid, device, progress)
    return suite.sheet.measured()


@final
class _Suite:
    """Works out one benchmark after the other and enters it, or why it has no value."""

    def __init__(self, size: int, baseline: Baseline | None, why_none: str) -> None:
        self.sheet = Sheet()
        self._size = size
        self._baseline = baseline
        self._why_none = why_none

    def enter_validity(self, first: list[Reading | None]) -> None:
        if not first:
            return self.sheet.lack("validity", "there are no strings")
        share = sum(one is not None for one in first) / len(first)
        short = len(first) < self._size
        note = f"of {len(first):,} strings: there are no more" if short else None
        return self.sheet.put("validity", share, note)

    def enter_uniqueness(self, valid: Sample) -> None:
        self._enter_share("uniqueness", valid, len(_distinct_flat(valid.readings)))

    def enter_novelty(self, unique: Sample, known: Known | None) -> None:
        if known is None:
            return self.sheet.lack("novelty", _NO_TRAINING_SET)
        with self.sheet.timed("novelty"):
            flat = _distinct_flat(unique.readings)
            novel = len(flat) - int(np.count_nonzero(known(flat))) if flat else 0
        return self._enter_share("novelty", unique, novel)

    def enter_divergences(
        self, unique: Sample, workers: int | None, device: str, progress: Progress | None
    ) -> None:
        """Ten divergences D_i, and their score mean_i(exp(-D_i))."""
        if self._baseline is None:
            return self.sheet.lack("kl_divergence", self._why_none)
        with self.sheet.timed("descriptors"):
            theirs = _traits_of(unique.readings, workers, device, progress)
        own = Traits(self._baseline.descriptors, self._baseline.nearest)
        with self.sheet.timed("divergence"):
            scores = {
                name: math.exp(-self._enter_divergence(name, own.column(name), theirs.column(name)))
                for name in TRAITS
            }
        lacking = [name for name, score in scores.items() if math.isnan(score)]
        if lacking:
            return self.sheet.lack("kl_divergence", f"there is none of {', '.join(lacking)}")
        score = sum(scores.values()) / len(scores)
        return self.sheet.put("kl_divergence", score, self._conditions(unique, self._baseline))

    def enter_distance(self, valid: Sample, device: str, progress: Progress | None) -> None:
        """The distance d, and its score exp(-0.2 d)."""
        canonical = [one.canonical for one in valid.readings]
        if self._baseline is None or len(canonical) < 2:
            few = f"a covariance needs two molecules, and there are {len(canonical)}"
            reason = self._why_none if self._baseline is None else few
            self.sheet.lack("fcd_distance", reason)
            return self.sheet.lack("fcd", reason)
        with self.sheet.timed("fcd"):
            own = gaussian(canonical, device=device, progress=progress)
            distance = frechet_distance(self._baseline.gaussian, own)
        self.sheet.put("fcd_distance", distance)
        score = math.exp(-_FCD_SCALE * distance)
        return self.sheet.put("fcd", score, self._conditions(valid, self._baseline))

    def _enter_divergence(self, name: str, own: Floats, theirs: Floats) -> float:
        divergence_of = continuous_divergence if name in SMOOTH else discrete_divergence
        try:
            divergence = divergence_of(own, theirs)
        except ValueError as error:
            self.sheet.lack(f"kl/{name}", str(error))
            return math.nan
        self.sheet.put(f"kl/{name}", divergence)
        return divergence

    def _enter_share(self, name: str, sample: Sample, count: int) -> None:
        """`count` of the size; of the molecules of `sample` where the stream has no more."""
        if not sample.readings:
            reason = f"none of {sample.drawn:,} strings is a molecule"
            return self.sheet.lack(name, reason)
        whole = len(sample.readings) if sample.ended else self._size
        return self.sheet.put(name, count / whole, self._shortage(sample))

    def _shortage(self, sample: Sample) -> str | None:
        found = len(sample.readings)
        if found == self._size:
            return None
        if sample.ended:
            there_are = f"there are only {sample.drawn:,} strings"
            return f"of {found:,} molecules instead of {self._size:,}: {there_are}"
        lacking = f"the {self._size - found:,} lacking count as failures"
        return f"{sample.drawn:,} draws gave {found:,} molecules: {lacking}"

    def _conditions(self, sample: Sample, baseline: Baseline) -> str | None:
        """What sets a distance to the training set apart from the published protocol."""
        notes = []
        if len(sample.readings) < self._size:
            notes.append(f"of {len(sample.readings):,} molecules instead of {self._size:,}")
        if baseline.size < SIZE:
            notes.append(f"against {baseline.size:,} training molecules instead of {SIZE:,}")
        return "; ".join(notes) or None


def _traits_of(
    readings: Iterable[Reading], workers: int | None, device: str, progress: Progress | None
) -> Traits:
    """Traits of the molecules read once more without stereochemistry, repeats left out."""
    descriptors, fingerprints = descriptors_and_fingerprints(
        _distinct_flat(readings), workers=workers, progress=progress
    )
    return Traits(descriptors, nearest_other(fingerprints, device=device, progress=progress))


def _distinct_flat(readings: Iterable[Reading]) -> list[str]:
    """Distinct SMILES without stereochemistry, in the order of `readings`."""
    return list(dict.fromkeys(one.flat for one in readings))
