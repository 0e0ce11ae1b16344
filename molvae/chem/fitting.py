"""One scale and one turn for all molecules of a picture, so that they fit and compare."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from rdkit.Chem import rdMolTransforms
from rdkit.Chem.Draw import rdMolDraw2D

from molvae.chem.depiction import DRAWN_BOND, set_style
from molvae.chem.molecule import Mol

_SMALLEST_SHARE = 0.6
"""Of the bond length that suits the median. A far larger molecule alone is drawn smaller."""
_TURNS = range(30, 180, 30)
"""Degrees that keep the bonds of rings and chains in their usual directions."""
_WORTH = 1.08
"""By so much a turn has to enlarge the molecules."""
_TRIED = 15.0
"""Bond length in points with which molecules are measured."""
_LONGEST = 27.0
"""Bonds of small molecules, in points."""
_LEGIBLE = 17.0
"""Points of a bond that look well, with its labels, on a slide."""
_MOST_GROWTH = 1.2
_USED = 0.97
"""Share of what just fits: RDKit rounds, and would shrink one molecule alone."""


def turn_to_fit(mols: Sequence[Mol], cell: tuple[int, int]) -> list[Mol]:
    """`mols`, all turned by the one angle with which they can be drawn largest."""
    best = list(mols)
    largest = shared_bond_length(best, cell)
    for angle in _TURNS:
        turned = [_turned(mol, angle) for mol in mols]
        length = shared_bond_length(turned, cell)
        if length > _WORTH * largest:
            best, largest = turned, length
    return best


def shared_bond_length(mols: Sequence[Mol], cell: tuple[int, int]) -> float:
    """The bond length in points with which all `mols`, with coordinates, fit into their cells.

    One that is far larger than most is left out of account: it is drawn smaller.
    """
    if not mols:
        return _LONGEST
    ruler: Any = rdMolDraw2D.MolDraw2DSVG(-1, -1)
    options = ruler.drawOptions()
    set_style(options, _TRIED, 1)
    options.scalingFactor = _TRIED / DRAWN_BOND
    lengths = [_fitting_length(mol, cell, ruler) for mol in mols]
    return max(min(lengths), _SMALLEST_SHARE * float(np.median(lengths)))


def grow(cell: tuple[int, int], bond_length: float) -> tuple[int, int]:
    """`cell`, enlarged where the bonds that fit into it are short, but by a fifth at most."""
    factor = min(_MOST_GROWTH, max(1.0, _LEGIBLE / bond_length))
    return round(factor * cell[0]), round(factor * cell[1])


def _fitting_length(mol: Mol, cell: tuple[int, int], ruler: Any) -> float:
    width, height = ruler.GetMolSize(mol)
    return float(min(_LONGEST, _USED * _TRIED * min(cell[0] / width, cell[1] / height)))


def _turned(mol: Mol, degrees: float) -> Mol:
    copy = Mol(mol)
    angle = math.radians(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    rdMolTransforms.TransformConformer(copy.GetConformer(), matrix)
    return copy
