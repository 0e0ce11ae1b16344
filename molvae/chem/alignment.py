"""Which atoms of two molecules correspond: the substructure they have in common."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rdkit.Chem import rdFMCS

from molvae.chem.molecule import Mol, quiet, to_smiles
from molvae.chem.stereo import turned_atoms

Pair = tuple[int, int]
"""An atom of a first molecule, and the one of a second that takes its part."""

_MOST_STEPS = 1_200
"""Seeds of the search for the common substructure: 0.1 s at worst; most pairs take 0.001 s.

Counted, not timed, so that the same molecules give the same picture on every machine."""
_MOST_SECONDS = 2
_MOST_ORIGINS, _MOST_PLACES = 6, 60
"""Ways to lay a common substructure into the first and the second molecule that are compared."""
_WEIGHTS = (16, 8, 1, 1, 1)


class Match(NamedTuple):
    """Which atoms of two molecules correspond."""

    kept: tuple[Pair, ...]
    """The atoms in common: same element, charge, and bonds to the others in common."""
    guide: tuple[Pair, ...]
    """`kept`, and the atoms in between that took the place of others: they may lie alike."""


def common_atoms(first: Mol, second: Mol) -> Match:
    """The substructure that two molecules have in common, by the atoms it has in each.

    Found with RDKit's FMCS (Dalke and Hastings 2013), once with equal elements and once
    with any; the one with more equal atoms counts, so that in an ether that becomes a
    thioether only the sulfur is new. Of a ring counts what matches where both rings have
    the same size, as in benzene and pyridine, and nothing otherwise, as in benzene and
    thiophene. Atoms whose stereo is turned, (R) to (S) or E to Z, are not kept.
    """
    with quiet():
        if to_smiles(first) == to_smiles(second):
            places = second.GetSubstructMatch(first, useChirality=True)
            pairs = tuple(enumerate(places))
            return Match(pairs, pairs)
        matches = (_settle(first, second, pairs) for pairs in _candidate_matches(first, second))
        return max(matches, key=lambda match: (len(match.kept), len(match.guide)))


def changed_atoms(before: Mol, after: Mol) -> tuple[int, ...]:
    """The atoms of `after` that are not in the substructure that it has in common with `before`."""
    kept = {own for _, own in common_atoms(before, after).kept}
    return tuple(index for index in range(after.GetNumAtoms()) if index not in kept)


def _candidate_matches(first: Mol, second: Mol) -> Iterator[list[Pair]]:
    """Common substructures: one of equal elements, and one in which elements may differ."""
    compares = rdFMCS.AtomCompare
    for compare in (compares.CompareElements, compares.CompareAny):
        found = rdFMCS.FindMCS([first, second], _search_parameters(compare))
        if found.numAtoms:
            yield _best_places(first, second, found.queryMol)
    yield _match_single(first, second)


def _best_places(first: Mol, second: Mol, query: Mol) -> list[Pair]:
    """Of the ways in which `query` lies in both, the one that pairs atoms most alike."""
    places = first.GetSubstructMatches(query, uniquify=True, maxMatches=_MOST_ORIGINS)
    others = second.GetSubstructMatches(query, uniquify=False, maxMatches=_MOST_PLACES)
    kinds = _kinds(first), _kinds(second)
    candidates = ([*zip(a, b, strict=True)] for a in places for b in others)
    return max(candidates, key=lambda pairs: _likeness(pairs, *kinds), default=[])


def _search_parameters(compare: Any) -> Any:
    parameters: Any = rdFMCS.MCSParameters()
    parameters.Timeout = _MOST_SECONDS
    parameters.AtomTyper = compare
    parameters.BondTyper = rdFMCS.BondCompare.CompareOrder
    parameters.AtomCompareParameters.RingMatchesRingOnly = True
    parameters.BondCompareParameters.RingMatchesRingOnly = True
    parameters.ProgressCallback = _Patience()
    return parameters


class _Patience(rdFMCS.MCSProgress):
    """Ends a search after so many steps; what was found until then is used."""

    def __init__(self) -> None:
        super().__init__()
        self._steps = 0

    def __call__(self, _progress: Any, _parameters: Any) -> bool:
        self._steps += 1
        return self._steps <= _MOST_STEPS


def _match_single(first: Mol, second: Mol) -> list[Pair]:
    """The first two atoms alike: the search itself knows no substructure without a bond."""
    wanted = [_element(atom) for atom in second.GetAtoms()]
    for atom in first.GetAtoms():
        if _element(atom) in wanted:
            return [(atom.GetIdx(), wanted.index(_element(atom)))]
    return []


def _element(atom: Any) -> tuple[int, int, bool]:
    return atom.GetAtomicNum(), atom.GetFormalCharge(), atom.IsInRing()


def _kinds(mol: Mol) -> list[tuple[int, ...]]:
    """What distinguishes atoms: element first, then substituents, hydrogens, and neighbors."""
    return [
        (
            atom.GetAtomicNum(),
            atom.GetFormalCharge(),
            atom.GetDegree(),
            atom.GetTotalNumHs(),
            sum(other.GetAtomicNum() ** 2 for other in atom.GetNeighbors()),
        )
        for atom in mol.GetAtoms()
    ]


def _likeness(
    pairs: list[Pair], first: list[tuple[int, ...]], second: list[tuple[int, ...]]
) -> int:
    """How much the atoms of pairs agree; the element counts for more than all the rest."""
    return sum(
        weight * (mine == yours)
        for a, b in pairs
        for weight, mine, yours in zip(_WEIGHTS, first[a], second[b], strict=True)
    )


def _settle(first: Mol, second: Mol, pairs: list[Pair]) -> Match:
    """What of `pairs` holds: rings with a counterpart, and of all atoms those of one element."""
    guide = dict(pairs)
    rings = first.GetRingInfo().AtomRings()
    others = second.GetRingInfo().AtomRings()
    settled: set[int] = set()
    for ring in rings:
        whole = _counterpart(ring, guide, others)
        if whole is not None:
            settled.update(ring)
            guide.update(whole)
    lost = {index for ring in rings for index in ring} - settled
    guide = {a: b for a, b in guide.items() if a not in lost}
    kept = {a: b for a, b in pairs if a in guide and _are_alike(first, second, a, b)}
    turned = turned_atoms(first, second, guide)
    return Match(tuple((a, b) for a, b in kept.items() if a not in turned), tuple(guide.items()))


def _are_alike(first: Mol, second: Mol, a: int, b: int) -> bool:
    return _element(first.GetAtomWithIdx(a)) == _element(second.GetAtomWithIdx(b))


def _counterpart(
    ring: Sequence[int], image: dict[int, int], others: Sequence[Sequence[int]]
) -> dict[int, int] | None:
    """`ring` mapped onto a ring of the other molecule that has its size and agrees."""
    mapped = [index for index in ring if index in image]
    if 2 * len(mapped) < len(ring) or len(mapped) < 2:
        return None
    taken = {b: a for a, b in image.items()}
    for other in others:
        if len(other) == len(ring) and {image[index] for index in mapped} <= set(other):
            for turned in _turns(other):
                whole = dict(zip(ring, turned, strict=True))
                agrees = all(whole[index] == image[index] for index in mapped)
                if agrees and all(taken.get(b, a) == a for a, b in whole.items()):
                    return whole
    return None


def _turns(ring: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ways to go around a ring."""
    for way in (tuple(ring), tuple(reversed(ring))):
        for start in range(len(way)):
            yield way[start:] + way[:start]
