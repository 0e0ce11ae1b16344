"""Whether a SMILES is a molecule, why not, and what share of a list is.

Shares are defined as in MOSES (Polykovskiy et al. 2020).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from molvae.chem.faults import find_fault
from molvae.chem.molecule import MAX_SMILES_LENGTH, parse, quiet, to_smiles
from molvae.chem.syntax import SmilesReader
from molvae.parallel import chunked, ordered_map

_CHUNK = 5_000


@dataclass(frozen=True)
class Verdict:
    """Whether `smiles` is a molecule and, if not, what stands in the way and where."""

    smiles: str
    valid: bool
    reason: str | None = None
    """A plain sentence; None for a valid molecule."""
    position: int | None = None
    """Character of `smiles`, counted from 0, where the problem is."""
    atom: int | None = None
    """Atom concerned, counted from 0 in the order of writing."""
    fragment: str | None = None
    """The text concerned: an atom, a bracket, a ring number, a ring."""

    def __bool__(self) -> bool:
        return self.valid


def is_valid(smiles: str) -> bool:
    """Whether `smiles` stands for a molecule: it can be read, valences and rings are right.

    Radicals such as `[CH3]` are molecules; `molvae.chem.has_radicals` tells them.
    """
    return parse(smiles) is not None


def validate(smiles: str) -> Verdict:
    """Whether `smiles` is a molecule and why not: which atom, bracket, or ring number."""
    if parse(smiles) is not None:
        return Verdict(smiles, valid=True)
    text = smiles.strip()
    if not text:
        return Verdict(smiles, valid=False, reason="the string is empty")
    if len(smiles) > MAX_SMILES_LENGTH:
        reason = f"it has {len(smiles):,} characters, more than {MAX_SMILES_LENGTH:,}"
        return Verdict(smiles, valid=False, reason=reason)
    reader = SmilesReader(smiles.rstrip(), place=smiles.index(text))
    problem = reader.read()
    if problem:
        return Verdict(smiles, False, problem.reason, problem.position, None, problem.fragment)
    with quiet():
        fault = find_fault(text, reader.atoms)
    return Verdict(smiles, False, fault.reason, fault.position, fault.atom, fault.fragment)


def validity(smiles: Sequence[str], *, workers: int | None = None) -> float:
    """Share of `smiles` that are molecules; NaN for none."""
    valid = sum(text is not None for text in _canonical_forms(smiles, workers))
    return _share(valid, len(smiles))


def uniqueness(smiles: Sequence[str], *, workers: int | None = None) -> float:
    """Share of distinct molecules among the valid ones of `smiles`; NaN where none is valid."""
    forms = [form for form in _canonical_forms(smiles, workers) if form is not None]
    return _share(len(set(forms)), len(forms))


def novelty(
    smiles: Sequence[str], reference: Iterable[str], *, workers: int | None = None
) -> float:
    """Share of the distinct valid molecules of `smiles` that `reference` does not have.

    Both are canonicalized, so that each may be written in its own way; NaN where no
    molecule of `smiles` is valid.
    """
    fresh = {form for form in _canonical_forms(smiles, workers) if form is not None}
    total = len(fresh)
    if fresh:
        fresh.difference_update(filter(None, _canonical_forms(reference, workers)))
    return _share(len(fresh), total)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _canonical_forms(smiles: Iterable[str], workers: int | None) -> Iterable[str | None]:
    """Canonical SMILES of each molecule, None where there is none, in the given order."""
    for chunk in ordered_map(_canonicalize_all, chunked(smiles, _CHUNK), workers=workers):
        yield from chunk


def _canonicalize_all(smiles: list[str]) -> list[str | None]:
    mols = map(parse, smiles)
    return [None if mol is None else to_smiles(mol) for mol in mols]
