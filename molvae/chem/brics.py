"""Which bonds BRICS cuts, looked up by what surrounds both ends.

RDKit finds them with a hundred patterns for each molecule. All patterns look at most two
bonds far, so the same surroundings always give the same cut, and RDKit is asked once. It is
asked each time for molecules that are not ordinary.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from rdkit import Chem
from rdkit.Chem import rdmolops

from molvae.chem.memo import Memo
from molvae.chem.molecule import Mol
from molvae.chem.surroundings import Surroundings

_CUT_ALL: Callable[[Mol], Mol] = rdmolops.FragmentOnBRICSBonds
_CUT_BONDS: Callable[..., Mol] = Chem.FragmentOnBonds

Ends = tuple[str, str]
Labels = tuple[int, int]
"""Isotopes of the dummies that stand for the first and for the second atom of a bond."""

_UNCUT: Labels = (0, 0)


class Cut(NamedTuple):
    """A bond that BRICS cuts, by the places of its atoms among the surroundings."""

    first: int
    second: int
    labels: Labels


def cut_brics_bonds(mol: Mol, around: Surroundings) -> Mol:
    """`mol` with all BRICS bonds cut, dummies at the ends (Degen et al., ChemMedChem 2008)."""
    if not around.is_ordinary or _is_ambiguous(around):
        return _CUT_ALL(mol)
    cuts = _find_cuts(mol, around)
    if not cuts:
        return mol
    bonds = [_bond(mol, around, cut) for cut in cuts]
    # RDKit's first label is that of the dummy which stands for the bond's first atom.
    labels = [
        cut.labels if bond.GetBeginAtomIdx() == around.indices[cut.first] else cut.labels[::-1]
        for cut, bond in zip(cuts, bonds, strict=True)
    ]
    return _CUT_BONDS(mol, [bond.GetIdx() for bond in bonds], dummyLabels=labels)


def _find_cuts(mol: Mol, around: Surroundings) -> list[Cut]:
    ends = _ends_of_bonds(around)
    keys = list(ends.values())
    known = _known_labels()
    labels = known.find(keys)
    if labels is None:
        asked = _ask(mol)
        at = around.indices
        labels = [asked.get((at[first], at[second]), _UNCUT) for first, second in ends]
        known.add(zip(keys, labels, strict=True))
    found = zip(ends, labels, strict=True)
    return [Cut(*pair, own) for pair, own in found if own != _UNCUT]


@functools.cache
def _known_labels() -> Memo[Ends, Labels]:
    """The labels of bonds, by what surrounds their atoms."""
    return Memo()


def _ends_of_bonds(around: Surroundings) -> dict[tuple[int, int], Ends]:
    """The surroundings of both atoms of each bond that may be cut."""
    bonds = around.bonds
    pairs = [
        (first, second)
        for first, own in enumerate(bonds)
        if len(own) > 1
        for second, bond in own.items()
        if second > first and bond == "-" and len(bonds[second]) > 1
    ]
    return {(a, b): (_end(around, a), _end(around, b)) for a, b in pairs}


def _end(around: Surroundings, atom: int) -> str:
    """All that BRICS asks about `atom`: of a nitrogen, whether it belongs to an amide too."""
    return around.wider(atom) if "N" in around.atoms[atom] else around.near[atom]


def _ask(mol: Mol) -> dict[tuple[int, int], Labels]:
    """The labels of the bonds that RDKit cuts, both ways round.

    It appends two dummies for each bond; each stands for the atom that the other is beside.
    """
    atoms = mol.GetNumAtoms()
    pieces = _CUT_ALL(mol)
    labels = {}
    for place in range(atoms, pieces.GetNumAtoms(), 2):
        dummies = [pieces.GetAtomWithIdx(place), pieces.GetAtomWithIdx(place + 1)]
        (a, b) = (dummy.GetNeighbors()[0].GetIdx() for dummy in dummies)
        (beside_a, beside_b) = (dummy.GetIsotope() for dummy in dummies)
        labels[a, b], labels[b, a] = (beside_b, beside_a), (beside_a, beside_b)
    return labels


def _is_ambiguous(around: Surroundings) -> bool:
    """Whether RDKit's order of atoms may decide a cut.

    So it is between two bridgeheads, which may have either of two labels, and for double
    bonds in chains, of which a cut may keep RDKit from seeing the next.
    """
    carbons = {i for i, atom in enumerate(around.atoms) if "C" in atom}
    heads = {i for i in carbons if around.kinds[i].count("s") > 2}
    inner = {i for i in carbons if "=" in around.kinds[i] and len(around.bonds[i]) > 1}
    return any(other in heads for i in heads for other in around.bonds[i]) or any(
        bond == "=" and other in inner for i in inner for other, bond in around.bonds[i].items()
    )


def _bond(mol: Mol, around: Surroundings, cut: Cut) -> Chem.Bond:
    return mol.GetBondBetweenAtoms(around.indices[cut.first], around.indices[cut.second])
