"""What the metrics of a set of molecules are computed from: each molecule described once."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.chem import (
    Mol,
    brics_fragments,
    moses_scaffold,
    packed_morgan,
    parse,
    passes_filters,
    quiet,
    to_smiles,
)
from molvae.chem.atom_table import crippen_logp
from molvae.chem.contributions import synthetic_accessibility
from molvae.chem.properties import molecular_weight
from molvae.chem.qed import drug_likeness
from molvae.chem.surroundings import surroundings
from molvae.evaluation.records import Progress
from molvae.parallel import chunked, ordered_map

PROPERTIES = ("logP", "SA", "QED", "weight")
"""The properties whose distributions MOSES compares."""
FINGERPRINT_BYTES = 128
_CHUNK = 500

Bits = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MoleculeSet:
    """A set of strings and what its V valid ones are like, in their order, repeats kept.

    As in MOSES (Polykovskiy et al. 2020), each is described as read from its canonical SMILES.
    """

    total: int
    """How many strings were given."""
    valid: Flags
    """Which of them are molecules, (total,)."""
    smiles: list[str]
    """Canonical SMILES of the valid ones, V long."""
    fingerprints: Bits
    """Packed Morgan fingerprints of radius 2 and 1,024 bits, (V, 128)."""
    properties: dict[str, Values]
    """"logP", "SA", "QED", "weight", each (V,); NaN where one could not be computed."""
    passes_filters: Flags
    """Which of the valid ones pass the filters of MOSES, (V,)."""
    fragments: Counter[str]
    """How often each BRICS fragment occurs."""
    scaffolds: Counter[str]
    """How often each scaffold of two or more rings occurs."""
    rewritten: dict[str, str] = field(default_factory=dict)
    """The few of `smiles` that RDKit, having read them, writes differently once more, and how."""


class _Described(NamedTuple):
    """One molecule, as read from its canonical SMILES."""

    smiles: str
    rewritten: str
    mol: Mol
    properties: tuple[float, ...]
    passes_filters: bool
    fragments: list[str]
    scaffold: str | None


class _Chunk(NamedTuple):
    """Consecutive strings, described; arrays are those of a `MoleculeSet`."""

    valid: Flags
    smiles: list[str]
    fingerprints: Bits
    values: Values
    passes_filters: Flags
    fragments: Counter[str]
    scaffolds: Counter[str]
    rewritten: dict[str, str]


def describe_molecules(
    smiles: Sequence[str], *, workers: int | None = None, progress: Progress | None = None
) -> MoleculeSet:
    """Read and describe each of `smiles`, spread over `workers` processes.

    Equal strings of one chunk are described once. `progress` is told the stage "molecules".
    """
    if isinstance(smiles, str):
        raise TypeError("describe_molecules takes a list of SMILES")
    collector = _Collector(len(smiles))
    for chunk in ordered_map(_describe_chunk, chunked(smiles, _CHUNK), workers=workers):
        collector.add(chunk)
        if progress is not None:
            progress("molecules", collector.read, len(smiles))
    return collector.molecule_set()


class _Collector:
    """Puts chunks together in arrays made once, so that nothing is held twice."""

    def __init__(self, total: int) -> None:
        self.read = 0
        self._valid = np.zeros(total, bool)
        self._fingerprints = np.zeros((total, FINGERPRINT_BYTES), np.uint8)
        self._values = np.zeros((len(PROPERTIES), total), np.float64)
        self._passes_filters = np.zeros(total, bool)
        self._smiles: list[str] = []
        self._fragments: Counter[str] = Counter()
        self._scaffolds: Counter[str] = Counter()
        self._rewritten: dict[str, str] = {}

    def add(self, chunk: _Chunk) -> None:
        own = slice(len(self._smiles), len(self._smiles) + len(chunk.smiles))
        self._valid[self.read : self.read + len(chunk.valid)] = chunk.valid
        self._fingerprints[own] = chunk.fingerprints
        self._values[:, own] = chunk.values.T
        self._passes_filters[own] = chunk.passes_filters
        self._smiles += chunk.smiles
        self._fragments.update(chunk.fragments)
        self._scaffolds.update(chunk.scaffolds)
        self._rewritten.update(chunk.rewritten)
        self.read += len(chunk.valid)

    def molecule_set(self) -> MoleculeSet:
        count = len(self._smiles)
        return MoleculeSet(
            total=self.read,
            valid=self._valid,
            smiles=self._smiles,
            fingerprints=self._fingerprints[:count],
            properties=dict(zip(PROPERTIES, self._values[:, :count], strict=True)),
            passes_filters=self._passes_filters[:count],
            fragments=self._fragments,
            scaffolds=self._scaffolds,
            rewritten=self._rewritten,
        )


def _describe_chunk(smiles: list[str]) -> _Chunk:
    found = _describe_all(smiles)
    valid = [one for one in found if one is not None]
    values = np.array([one.properties for one in valid], np.float64)
    return _Chunk(
        valid=np.array([one is not None for one in found], bool),
        smiles=[one.smiles for one in valid],
        fingerprints=packed_morgan([one.mol for one in valid]),
        values=values.reshape(-1, len(PROPERTIES)),
        passes_filters=np.array([one.passes_filters for one in valid], bool),
        fragments=Counter(name for one in valid for name in one.fragments),
        scaffolds=Counter(one.scaffold for one in valid if one.scaffold is not None),
        rewritten={one.smiles: one.rewritten for one in valid if one.smiles != one.rewritten},
    )


def _describe_all(smiles: list[str]) -> list[_Described | None]:
    """Each of `smiles` described; strings of the same molecule share one description."""
    by_text: dict[str, _Described | None] = {}
    by_form: dict[str, _Described] = {}
    with quiet():
        for text in smiles:
            if text not in by_text:
                by_text[text] = _describe(text, by_form)
    return [by_text[text] for text in smiles]


def _describe(text: str, known: dict[str, _Described]) -> _Described | None:
    """The description of `text`, taken from `known`, where it is entered, if it is there."""
    mol = parse(text)
    if mol is None:
        return None
    form = to_smiles(mol)
    if form not in known:
        again = mol if form == text else parse(form)
        if again is None:  # RDKit cannot read what it wrote
            again = mol
        rewritten = form if form == text else to_smiles(again)
        known[form] = _measure(again, form, rewritten)
    return known[form]


def _measure(mol: Mol, form: str, rewritten: str) -> _Described:
    around = surroundings(mol)
    logp = _number(lambda: crippen_logp(mol, around))
    return _Described(
        smiles=form,
        rewritten=rewritten,
        mol=mol,
        properties=(
            logp,
            _number(lambda: synthetic_accessibility(mol)),
            _number(lambda: drug_likeness(mol, around, logp)),
            _number(lambda: molecular_weight(mol)),
        ),
        passes_filters=passes_filters(mol, around),
        fragments=brics_fragments(mol, around),
        scaffold=moses_scaffold(mol),
    )


def _number(compute: Callable[[], float]) -> float:
    """What `compute` gives, NaN where RDKit fails."""
    try:
        return compute()
    except (ArithmeticError, RuntimeError, ValueError):
        return math.nan
