"""What an atom of a SMILES may be bonded to, asked of RDKit one atom at a time.

A generator that writes atom by atom must know, before the molecule exists, which bonds
an atom can hold and whether an aromatic atom needs a double bond of the ring. RDKit's
answer depends on the atom and its own bonds alone, so that small molecules made for the
purpose give it for all.
"""

from enum import IntEnum
from functools import cache
from typing import NamedTuple

from rdkit import Chem

from molvae.chem.molecule import Mol, quiet


class Bond(IntEnum):
    """A bond as an atom sees it; those to O and N tell apart what RDKit repairs.

    Neutral five-valent nitrogen and halogens bound to oxygen alone are such cases.
    """

    SINGLE = 0
    DOUBLE = 1
    TRIPLE = 2
    AROMATIC = 3
    SINGLE_TO_O = 4
    DOUBLE_TO_O = 5
    TRIPLE_TO_N = 6


Bonds = tuple[int, ...]
"""How many bonds of each kind an atom has, by `Bond`."""

PLAIN = {
    Bond.SINGLE_TO_O: Bond.SINGLE,
    Bond.DOUBLE_TO_O: Bond.DOUBLE,
    Bond.TRIPLE_TO_N: Bond.TRIPLE,
}
"""The same bonds for an atom that does not mind what is at the other end."""

_NEIGHBORS = ("-*", "=*", "#*", ":*", "-O*", "=O", "#N")
_SUBSTITUENTS = ("-C", "=C", "#C", "", "-OC", "=O", "#N")
_REPAIRED = frozenset({7, 17, 35, 53})
_NON_METALS = frozenset({0, 1, 2, *range(5, 11), *range(14, 19), 33, 34, 35, 36, 52, 53, 54})


class AtomText(NamedTuple):
    """What RDKit reads in the text of an atom, without what never makes it invalid.

    Isotope, chirality and map number are left out: atoms that differ in these alone are equal.
    """

    number: int
    charge: int
    hydrogens: int
    implicit: bool
    """Whether RDKit adds hydrogens."""
    aromatic: bool
    metal: bool

    @property
    def repaired(self) -> bool:
        """Whether it matters to this atom which element is at the other end of a bond."""
        return self.charge == 0 and self.number in _REPAIRED


@cache
def read_atom(text: str) -> AtomText | None:
    """What `text`, an atom of a SMILES such as `C` or `[nH]`, says; None if it is no atom."""
    with quiet():
        mol: Mol | None = Chem.MolFromSmiles(text, sanitize=False)
    if mol is None or mol.GetNumAtoms() != 1:
        return None
    atom = mol.GetAtomWithIdx(0)
    return AtomText(
        atom.GetAtomicNum(),
        atom.GetFormalCharge(),
        atom.GetNumExplicitHs(),
        not atom.GetNoImplicit(),
        atom.GetIsAromatic(),
        atom.GetAtomicNum() not in _NON_METALS,
    )


def holds(text: str, bonds: Bonds) -> bool:
    """Whether the valence of atom `text` allows exactly `bonds`, after RDKit's repairs."""
    branches = "".join(f"({_NEIGHBORS[kind]})" * count for kind, count in enumerate(bonds) if count)
    with quiet():
        mol = Chem.MolFromSmiles(text + branches, sanitize=False)
        if mol is None:
            return False
        Chem.Cleanup(mol)
        atom = mol.GetAtomWithIdx(0)
        try:
            atom.UpdatePropertyCache(True)
        except Chem.AtomValenceException:
            return False
    return True


class PiNeed(NamedTuple):
    """Whether an aromatic atom can have a double bond of its ring, and whether none."""

    double: bool
    none: bool


def pi_need(text: str, bonds: Bonds) -> PiNeed:
    """Which of the two the aromatic atom `text` with exactly `bonds` allows in a ring.

    The atom is put into rings that can be kekulized only with it, or only without it.
    """
    aromatic, others = bonds[Bond.AROMATIC], list(bonds)
    others[Bond.AROMATIC] = 0
    closing = ""
    if aromatic == 0 or aromatic == 1:
        ring_bonds = [Bond(kind) for kind, count in enumerate(others) for _ in range(count)]
        if len(ring_bonds) < 2 - aromatic:
            return PiNeed(False, False)  # an atom with one bond is in no ring
        for kind in ring_bonds[: 2 - aromatic]:
            others[kind] -= 1
        closing = _SUBSTITUENTS[ring_bonds[0]][0]
    branches = "".join(
        f"({_SUBSTITUENTS[kind]})" * count for kind, count in enumerate(others) if count
    )
    if aromatic == 0:
        second = _SUBSTITUENTS[ring_bonds[1]][0]
        return PiNeed(False, _is_valid(f"{text}{closing}1{branches}{second}CCCCC1"))
    if aromatic == 1:
        with_it, without = f"cCCC{closing}1", f"ccCC{closing}1"
        return PiNeed(
            _is_valid(f"{text}1{branches}{with_it}"), _is_valid(f"{text}1{branches}{without}")
        )
    if aromatic == 2:
        return PiNeed(_is_valid(f"{text}1{branches}ccccc1"), _is_valid(f"{text}1{branches}cccc1"))
    if aromatic == 3:
        return PiNeed(
            _is_valid(f"{text}12{branches}ccccc1cccc2"), _is_valid(f"{text}12{branches}cccc1cccc2")
        )
    return PiNeed(True, True)


def _is_valid(smiles: str) -> bool:
    with quiet():
        return Chem.MolFromSmiles(smiles) is not None
