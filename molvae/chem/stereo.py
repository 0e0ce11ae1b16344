"""Stereo of corresponding atoms and bonds, and of double bonds in a picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from molvae.chem.molecule import Mol

_TOGETHER = (Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS)
_APART = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS)


def turned_atoms(first: Mol, second: Mol, image: Mapping[int, int]) -> set[int]:
    """Atoms of `first` whose chirality or double bond is the other way around in `second`.

    `image` has the atom of `second` for each atom of `first` that has one.
    """
    return _turned_centers(first, second, image) | _turned_bonds(first, second, image)


def wrongly_drawn_bonds(mol: Mol, places: npt.NDArray[np.float64]) -> int:
    """Double bonds of `mol` that `places`, (atoms, 2), show E where they are Z, or the reverse."""
    wrong = 0
    for bond in _stereo_bonds(mol):
        one, other = bond.GetStereoAtoms()
        start, stop = places[bond.GetBeginAtomIdx()], places[bond.GetEndAtomIdx()]
        same_side = _side(start, stop, places[one]) * _side(start, stop, places[other]) > 0
        wrong += same_side != (bond.GetStereo() in _TOGETHER)
    return wrong


def _stereo_bonds(mol: Mol) -> list[Any]:
    return [bond for bond in mol.GetBonds() if bond.GetStereo() in (*_TOGETHER, *_APART)]


def _side(start: Any, stop: Any, point: Any) -> float:
    along, towards = stop - start, point - start
    return float(along[0] * towards[1] - along[1] * towards[0])


def _turned_bonds(first: Mol, second: Mol, image: Mapping[int, int]) -> set[int]:
    """Both atoms of double bonds that are E in one molecule and Z in the other."""
    turned: set[int] = set()
    for bond in _stereo_bonds(first):
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if not all(end in image for end in ends):
            continue
        other: Any = second.GetBondBetweenAtoms(image[ends[0]], image[ends[1]])
        if other is None or other.GetStereo() not in (*_TOGETHER, *_APART):
            continue
        sides = [_mapped_neighbor(first, *pair, image) for pair in (ends, ends[::-1])]
        if None in sides:
            continue
        there = [image[side] for side in sides if side is not None]
        if _lie_together(bond, sides) != _lie_together(other, there):
            turned.update(ends)
    return turned


def _mapped_neighbor(mol: Mol, end: int, opposite: int, image: Mapping[int, int]) -> int | None:
    """A neighbor of `end`, not `opposite`, that has a counterpart."""
    near = (atom.GetIdx() for atom in mol.GetAtomWithIdx(end).GetNeighbors())
    return next((index for index in near if index != opposite and index in image), None)


def _lie_together(bond: Any, sides: Any) -> bool:
    """Whether two neighbors of a double bond, one at each end, lie on the same side of it."""
    named = set(bond.GetStereoAtoms())
    swapped = sum(side not in named for side in sides) % 2 == 1
    together = bond.GetStereo() in _TOGETHER
    return together != swapped


def _turned_centers(first: Mol, second: Mol, image: Mapping[int, int]) -> set[int]:
    """Atoms of `first` with the same neighbors in both molecules but the other hand."""
    turned = set()
    for a, b in image.items():
        one, other = first.GetAtomWithIdx(a), second.GetAtomWithIdx(b)
        hands = [atom.GetChiralTag() for atom in (one, other)]
        plain = Chem.ChiralType.CHI_UNSPECIFIED
        if plain in hands:
            continue
        order = [image.get(bond.GetOtherAtomIdx(a)) for bond in one.GetBonds()]
        own = [bond.GetOtherAtomIdx(b) for bond in other.GetBonds()]
        if sorted(own) != sorted(-1 if index is None else index for index in order):
            continue
        same = hands[0] == hands[1]
        if same != (_is_even([own.index(index) for index in order if index is not None])):
            turned.add(a)
    return turned


def _is_even(permutation: list[int]) -> bool:
    inversions = sum(
        permutation[i] > permutation[j] for j in range(len(permutation)) for i in range(j)
    )
    return inversions % 2 == 0
