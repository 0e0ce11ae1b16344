"""Molecules laid out one like another, with colors behind the atoms that differ."""

from collections.abc import Sequence
from typing import NamedTuple

from molvae.chem.alignment import common_atoms
from molvae.chem.cells import Cell, Drawing, Highlight
from molvae.chem.depiction import CHANGED
from molvae.chem.fitting import grow, shared_bond_length, turn_to_fit
from molvae.chem.layout import lay_out, lay_out_like
from molvae.chem.molecule import Mol, parse, quiet

Models = Sequence[Sequence[int]]
"""For each cell the cells that it may follow, the nearest first, out to the one all begin with."""


class Gallery(NamedTuple):
    """The cells of a picture with all that has been worked out for them."""

    drawings: Sequence[Drawing]
    size: tuple[int, int]
    """Width and height of a structure, in points."""
    bond_length: float
    """In points, the same for all."""


def lay_out_cells(
    cells: Sequence[Cell],
    models: Models,
    size: tuple[int, int],
    *,
    align: bool,
    highlight: Highlight,
) -> Gallery:
    """Every cell laid out like, and compared with, the first of its `models` that is a molecule.

    `size` is that of a structure in points: all are turned and scaled alike to fit it, and
    it grows by at most a fifth where bonds would become short.
    """
    drawings = _follow(cells, models, align, highlight)
    mols = [drawing.mol for drawing in drawings if drawing.mol is not None]
    turned = iter(turn_to_fit(mols, size) if align else mols)
    placed = [d if d.mol is None else d._replace(mol=next(turned)) for d in drawings]
    fitting = [drawing.mol for drawing in placed if drawing.mol is not None]
    grown = grow(size, shared_bond_length(fitting, size))
    return Gallery(placed, grown, shared_bond_length(fitting, grown))


def _follow(
    cells: Sequence[Cell], models: Models, align: bool, highlight: Highlight
) -> list[Drawing]:
    mols = [parse(cell.smiles) for cell in cells]
    followed = models_of(cells, models, mols)
    drawn: dict[int, Drawing] = {}
    with quiet():
        for index in sorted(range(len(cells)), key=lambda index: _depth(index, followed)):
            model = followed[index]
            before = None if model is None else drawn[model].mol
            drawn[index] = _draw(cells[index], mols[index], before, align, highlight)
    return [drawn[index] for index in range(len(cells))]


def models_of(
    cells: Sequence[Cell], models: Models, mols: Sequence[Mol | None] | None = None
) -> list[int | None]:
    """The cell that each one follows: the first of its models that is a molecule, if any."""
    known = mols or [parse(cell.smiles) for cell in cells]
    return [next((m for m in own if known[m] is not None), None) for own in models]


def _depth(index: int, followed: Sequence[int | None]) -> int:
    """How many cells a cell follows, one after the other."""
    depth, model = 0, followed[index]
    while model is not None:
        depth, model = depth + 1, followed[model]
    return depth


def _draw(
    cell: Cell, mol: Mol | None, before: Mol | None, align: bool, highlight: Highlight
) -> Drawing:
    if mol is None:
        return Drawing(cell, None, {})
    atoms = [atom for atom in cell.highlight if 0 <= atom < mol.GetNumAtoms()]
    if before is None:
        return Drawing(cell, lay_out(mol), _colored(atoms if highlight == "given" else ()))
    match = common_atoms(before, mol)
    if highlight == "changes":
        same = {own for _, own in match.kept}
        atoms = [atom for atom in range(mol.GetNumAtoms()) if atom not in same]
    placed = lay_out_like(mol, before, match) if align else lay_out(mol)
    return Drawing(cell, placed, _colored(atoms if highlight != "none" else ()))


def _colored(atoms: Sequence[int]) -> dict[int, tuple[float, float, float]]:
    return dict.fromkeys(atoms, CHANGED)
