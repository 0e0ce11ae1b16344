"""What a reference is made of: statistics of a test set, and the training set's molecules."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from molvae.chem.fingerprints import packed_morgan
from molvae.chem.fragments import brics_fragments, moses_scaffold
from molvae.chem.molecule import parse, parse_or_raise
from molvae.chem.properties import compute
from molvae.errors import InputError
from molvae.evaluation.chemnet import FEATURES
from molvae.evaluation.frechet import Gaussian, gaussian
from molvae.evaluation.guacamol import Baseline, baseline_of, baseline_sample
from molvae.evaluation.records import Progress
from molvae.evaluation.sets import MoleculeSet, describe_molecules
from molvae.evaluation.written_forms import other_forms
from molvae.parallel import chunked, ordered_map

_CHUNK = 2_000
_PROPERTIES = {"logP": "logp", "SA": "sa", "QED": "qed", "weight": "molecular_weight"}
"""The properties of a `MoleculeSet`, and their names in `molvae.chem`."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SetStatistics:
    """All that the metrics need to know of one reference set of N molecules."""

    name: str
    count: int
    """N, repeats included."""
    gaussian: Gaussian
    """Of the ChemNet activations."""
    fingerprints: npt.NDArray[np.uint8]
    """Packed Morgan fingerprints of radius 2 and 1,024 bits, (N, 128)."""
    fragments: dict[str, int]
    """How often each BRICS fragment occurs."""
    scaffolds: dict[str, int]
    """How often each scaffold of two or more rings occurs."""
    properties: dict[str, npt.NDArray[np.float64]]
    """Values of logP, SA, QED and weight, ascending; without those that failed."""
    smiles: Sequence[str]
    """The molecules, sorted, in the order of `fingerprints`."""


@dataclass(frozen=True)
class TrainingSet:
    """The molecules that a generator learned from: is this one new?"""

    name: str
    count: int
    """Molecules as published, repeats included."""
    smiles: Collection[str]
    """The published strings, without repeats."""
    rewritten: Collection[str] = ()
    """Canonical SMILES of these molecules that are not among the published strings."""
    flat: Collection[str] = ()
    """Likewise, canonical SMILES without stereochemistry."""
    baseline: Baseline | None = None
    """For the GuacaMol suite."""
    sample: Sequence[str] = ()
    """The molecules that `baseline` is of."""

    def known(self, smiles: Sequence[str]) -> Flags:
        """Whether each is a published string, as MOSES asks; one walk through them a call."""
        return _are_among(smiles, self.smiles)

    def known_rewritten(self, smiles: Sequence[str]) -> Flags:
        """Whether each canonical SMILES is that of a training molecule."""
        return _are_among(smiles, self.smiles, self.rewritten)

    def known_flat(self, smiles: Sequence[str]) -> Flags:
        """Likewise without stereochemistry, as GuacaMol asks."""
        return _are_among(smiles, self.smiles, self.flat)


@dataclass(frozen=True)
class Reference:
    """Test sets to compare with, and the training set that novelty is against."""

    name: str
    rdkit: str
    """The version that it was made with."""
    test: SetStatistics
    scaffold_test: SetStatistics | None
    training: TrainingSet | None
    source: str
    """Where the molecules come from, and what to know of them."""
    shipped: str | None = None
    """Which reference of molvae this is, "moses" or "starter"; None for what a file makes."""


def statistics_of(
    smiles: Sequence[str],
    name: str,
    *,
    as_given: bool = False,
    workers: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> SetStatistics:
    """The statistics of the molecules among `smiles`, written canonically.

    With `as_given` they are those of the strings as they are, as MOSES takes its test sets:
    where RDKit reads another aromaticity from its own canonical form, this differs. Raises
    `InputError` where none is a molecule.
    """
    described = describe_molecules(smiles, workers=workers, progress=progress)
    if not described.smiles:
        raise InputError(f"{name} holds no valid molecule")
    if as_given:
        given = [text for text, valid in zip(smiles, described.valid, strict=True) if valid]
        described = _as_read(described, given)
    order = sorted(range(len(described.smiles)), key=described.smiles.__getitem__)
    ordered = [described.smiles[row] for row in order]
    return SetStatistics(
        name=name,
        count=len(ordered),
        gaussian=_gaussian(ordered, device, progress),
        fingerprints=described.fingerprints[order],
        fragments=dict(described.fragments),
        scaffolds=dict(described.scaffolds),
        properties={
            key: np.sort(values[np.isfinite(values)])
            for key, values in described.properties.items()
        },
        smiles=ordered,
    )


def training_of(
    smiles: Sequence[str],
    name: str,
    *,
    baseline: bool = True,
    workers: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> TrainingSet:
    """The training set `smiles`, with a `baseline` of it for the GuacaMol suite.

    Strings that are no molecules stay: MOSES compares strings. Raises `InputError` where a
    baseline is asked for and fewer than two are molecules.
    """
    known = set(smiles)
    rewritten: set[str] = set()
    flat: set[str] = set()
    done = 0
    for forms in ordered_map(other_forms, chunked(smiles, _CHUNK), workers=workers):
        done = min(done + _CHUNK, len(smiles))
        rewritten |= forms.rewritten
        flat |= forms.flat
        if progress is not None:
            progress("training molecules", done, len(smiles))
    bare = TrainingSet(name, len(smiles), known, rewritten - known, flat - known)
    if not baseline:
        return bare
    sample = baseline_sample(smiles)
    return with_baseline(bare, sample, workers=workers, device=device, progress=progress)


def with_baseline(
    training: TrainingSet,
    sample: Sequence[str],
    *,
    workers: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> TrainingSet:
    """`training` with the GuacaMol baseline that these molecules of it give."""
    found = baseline_of(sample, size=len(sample), workers=workers, device=device, progress=progress)
    return replace(training, baseline=replace(found, count=training.count), sample=sample)


def _are_among(smiles: Sequence[str], *tables: Collection[str]) -> Flags:
    """Whether each of `smiles` is in one of `tables`; memory does not grow with those."""
    wanted = set(smiles)
    found = set[str]().union(*(wanted.intersection(table) for table in tables))
    return np.fromiter((text in found for text in smiles), bool, len(smiles))


def _gaussian(smiles: Sequence[str], device: str, progress: Progress | None) -> Gaussian:
    """The Gaussian of `smiles`; NaN for a single molecule, which has no covariance."""
    if len(smiles) > 1:
        return gaussian(smiles, device=device, progress=progress)
    return Gaussian(np.full(FEATURES, np.nan), np.full((FEATURES, FEATURES), np.nan), len(smiles))


def _as_read(described: MoleculeSet, given: list[str]) -> MoleculeSet:
    """`described` with molecules read from `given`, where that is not their canonical form."""
    pairs = zip(given, described.smiles, strict=True)
    changed = [(row, *pair) for row, pair in enumerate(pairs) if pair[0] != pair[1]]
    fingerprints = described.fingerprints.copy()
    properties = {key: values.copy() for key, values in described.properties.items()}
    fragments, scaffolds = Counter(described.fragments), Counter(described.scaffolds)
    for row, text, canonical in changed:
        now = parse_or_raise(text)
        before = parse(canonical) or now
        fragments.subtract(brics_fragments(before))
        fragments.update(brics_fragments(now))
        scaffolds.subtract(filter(None, [moses_scaffold(before)]))
        scaffolds.update(filter(None, [moses_scaffold(now)]))
        fingerprints[row] = packed_morgan([now])[0]
        values = compute(now, list(_PROPERTIES.values()))
        for key, property_name in _PROPERTIES.items():
            properties[key][row] = values[property_name]
    return replace(
        described,
        smiles=given,
        fingerprints=fingerprints,
        properties=properties,
        fragments=+fragments,
        scaffolds=+scaffolds,
    )
