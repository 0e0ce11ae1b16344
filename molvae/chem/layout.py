"""Coordinates of pictures: a molecule of its own, or lying as another one does."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit.Chem import rdDepictor

from molvae.chem.alignment import Match, Pair
from molvae.chem.molecule import Mol
from molvae.chem.stereo import wrongly_drawn_bonds

_FEWEST_GUIDES = 3
"""Fewer atoms in common give a picture no orientation."""
_CLOSEST = 0.6
_BOND_LENGTHS = (1.1, 2.1)
"""Angstrom, of 1.5 for a bond as drawn: what lies beyond is a distorted picture."""


def lay_out(mol: Mol) -> Mol:
    """A copy of `mol` with coordinates for a picture of its own."""
    copy = Mol(mol)
    rdDepictor.Compute2DCoords(copy, useRingTemplates=True)
    rdDepictor.NormalizeDepiction(copy)
    rdDepictor.StraightenDepiction(copy)
    return copy


def lay_out_like(mol: Mol, model: Mol, match: Match) -> Mol:
    """A copy of `mol` that lies like `model`, which has coordinates; `match` is of both.

    The corresponding atoms get the same coordinates. Where that would crowd or distort the
    rest, the picture of its own is turned to lie alike as far as it can.
    """
    free = lay_out(mol)
    if len(match.guide) < _FEWEST_GUIDES:
        return free
    limit = _faults(free)
    for guide in (match.guide, _largest_part(mol, match.guide)):
        if len(guide) >= _FEWEST_GUIDES:
            fixed = _constrain(free, model, guide)
            if fixed is not None and _faults(fixed) <= limit:
                return fixed
    return _turn(free, model, match.guide)


def _largest_part(mol: Mol, guide: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs whose atoms of `mol` hang together, the most of them."""
    by_own = {own: (model, own) for model, own in guide}
    best: list[int] = []
    left = set(by_own)
    while left:
        part, edge = [], [min(left)]
        left.discard(edge[0])
        while edge:
            index = edge.pop()
            part.append(index)
            near = [atom.GetIdx() for atom in mol.GetAtomWithIdx(index).GetNeighbors()]
            edge.extend(other for other in near if other in left)
            left.difference_update(near)
        best = max(best, part, key=len)
    return tuple(by_own[index] for index in sorted(best))


def _constrain(mol: Mol, model: Mol, guide: Sequence[Pair]) -> Mol | None:
    copy = Mol(mol)
    try:
        rdDepictor.GenerateDepictionMatching2DStructure(copy, model, list(guide))
    except (ValueError, RuntimeError):  # no layout that has these atoms there
        return None
    return copy


def _turn(mol: Mol, model: Mol, guide: Sequence[Pair]) -> Mol:
    copy = Mol(mol)
    parameters: Any = rdDepictor.ConstrainedDepictionParams()
    parameters.alignOnly = True
    try:
        rdDepictor.GenerateDepictionMatching2DStructure(copy, model, list(guide), -1, parameters)
    except (ValueError, RuntimeError):
        return mol
    return copy


def _faults(mol: Mol) -> int:
    """Atoms too close, bonds of odd length, crossing, or E for Z, in the picture of `mol`."""
    places = mol.GetConformer().GetPositions()[:, :2]
    ends = np.array([(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds()]).reshape(
        -1, 2
    )
    gaps = np.linalg.norm(places[:, None] - places[None], axis=-1)
    close = int(np.sum(np.triu(gaps < _CLOSEST, 1)))
    lengths = gaps[ends[:, 0], ends[:, 1]]
    odd = int(np.sum((lengths < _BOND_LENGTHS[0]) | (lengths > _BOND_LENGTHS[1])))
    return close + odd + _crossings(places, ends) + wrongly_drawn_bonds(mol, places)


def _crossings(places: npt.NDArray[np.float64], ends: npt.NDArray[np.int64]) -> int:
    """Pairs of bonds without a common atom that cross."""
    start, stop = places[ends[:, 0]], places[ends[:, 1]]
    apart = (ends[:, None, :, None] != ends[None, :, None, :]).all(axis=(2, 3))
    side_of_start = _side(start[:, None], stop[:, None], start[None])
    side_of_stop = _side(start[:, None], stop[:, None], stop[None])
    split = side_of_start * side_of_stop < 0
    return int(np.sum(np.triu(split & split.T & apart, 1)))


def _side(a: Any, b: Any, point: Any) -> Any:
    """Positive where `point` lies left of the line from `a` to `b`."""
    along, towards = b - a, point - a
    return along[..., 0] * towards[..., 1] - along[..., 1] * towards[..., 0]
