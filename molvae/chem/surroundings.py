"""What each atom of a molecule is and what is bound to it, as text that can be looked up.

Asking RDKit for each atom and bond takes longer than having it write the whole molecule
with every hydrogen and bond spelled out, and reading that. Drug-like molecules have few
different surroundings, so what follows from one needs to be worked out only once. That holds
for ordinary molecules alone: of any other, RDKit is to be asked everything itself.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdqueries

from molvae.chem.molecule import Mol

CHAIN_OF_RING_BOND = {
    "s": "-",
    "d": "=",
    "t": "#",
    "a": ":",
}
"""Bonds in rings have letters of their own."""

_TOKEN = re.compile(r"\[[^]]*\]|->|<-|%\(\d+\)|%\d\d|.")
# An arrow is a dative bond as its atom sees it, "~" a bond of any other order.
_BONDS = {bond: bond for bond in "-=#:$~"} | {"/": "-", "\\": "-", "->": ">", "<-": "<"}
_IN_RING = {bond: letter for letter, bond in CHAIN_OF_RING_BOND.items()}
_ORDINARY_KINDS = re.compile(
    r"(?:\[\d*(?:[A-Z][^]]*\][-=#]*[dst]*|[a-z][^]]*\][-=#]*aaa?[dst]*)(?: |$))*"
)
_RADICAL: Any = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)
_REVERSED = {">": "<", "<": ">"}

_EXPLICIT: Any = Chem.SmilesWriteParams()
_EXPLICIT.canonical = False
_EXPLICIT.allBondsExplicit = True
_EXPLICIT.allHsExplicit = True

Kind = str
"""An atom's isotope, element, case for aromatic, hydrogens, charge, then its bonds: "[CH2]ss"."""
Link = str
"""A bond and the kind of the atom at its other end: "=[O]="."""
Surrounding = tuple[Kind, ...]
"""The kind of an atom, then its links in ascending order."""


@dataclass(frozen=True)
class Surroundings:
    """The atoms of `mol` in the order in which they were written; stereo does not count."""

    mol: Mol
    atoms: list[str]
    kinds: list[Kind]
    bonds: list[dict[int, str]]
    """For each atom, the bonds to its neighbors."""
    of_atoms: list[Surrounding]
    indices: list[int]
    """Index in `mol` of each atom."""
    is_ordinary: bool
    """Whether what is here may be looked up, and what follows from it be kept.

    So it is without radicals, hydrogens and dummies as atoms, without atoms and bonds of a
    query, and where each bond is single, double, triple, or one of two or three aromatic ones
    in rings. RDKit sees no ring along a dative bond, for one, which is marked here as any
    other: of such a molecule ask RDKit itself.
    """

    @cached_property
    def near(self) -> list[str]:
        """Each atom with its bonds and the atoms that they lead to: "[CH2]-[CH3]=[O]"."""
        atoms = self.atoms
        return [
            atom + "".join(sorted([bond + atoms[i] for i, bond in own.items()]))
            for atom, own in zip(atoms, self.bonds, strict=True)
        ]

    def wider(self, atom: int) -> str:
        """What is within two bonds of `atom`."""
        parts = [bond + self.near[other] for other, bond in self.bonds[atom].items()]
        return self.atoms[atom] + "|".join(sorted(parts))


def surroundings(mol: Mol) -> Surroundings:
    """The kind of each atom of `mol` and of those bound to it."""
    text: str = Chem.MolToSmiles(mol, _EXPLICIT)
    order: str = mol.GetProp("_smilesAtomOutputOrder")
    atoms, bonds = _read(text.replace("@", ""))
    kinds = [atom + "".join(sorted(own.values())) for atom, own in zip(atoms, bonds, strict=True)]
    of_atoms = [
        (kind, *sorted([bond + kinds[other] for other, bond in own.items()]))
        for kind, own in zip(kinds, bonds, strict=True)
    ]
    indices = [int(index) for index in order.strip("[,]").split(",")]
    return Surroundings(mol, atoms, kinds, bonds, of_atoms, indices, _is_ordinary(mol, kinds))


def _is_ordinary(mol: Mol, kinds: list[Kind]) -> bool:
    """Whether nothing about `mol` is unusual; to RDKit, dummies are not heavy atoms."""
    if mol.GetNumAtoms() != mol.GetNumHeavyAtoms() or mol.HasQuery():
        return False
    if mol.GetAtomsMatchingQuery(_RADICAL):
        return False
    return _ORDINARY_KINDS.fullmatch(" ".join(kinds)) is not None


def _read(text: str) -> tuple[list[str], list[dict[int, str]]]:
    """The atoms that an explicit SMILES writes, and the bonds of each by neighbor."""
    atoms: list[str] = []
    bonds: list[dict[int, str]] = []
    parents: list[int] = []
    branches: list[int] = []
    rings: dict[str, int] = {}
    last, bond = -1, ""
    for token in _TOKEN.findall(text):
        if token[0] == "[":
            here = len(atoms)
            atoms.append(token)
            parents.append(last)
            bonds.append({})
            if last >= 0:
                bonds[last][here] = bond
                bonds[here][last] = _REVERSED.get(bond, bond)
            last = here
        elif token in _BONDS:
            bond = _BONDS[token]
        elif token == "(":
            branches.append(last)
        elif token == ")":
            last = branches.pop()
        elif token == ".":
            last = -1
        elif token in rings:
            _close_ring(rings.pop(token), last, bond, bonds, parents)
        else:
            rings[token] = last
    return atoms, bonds


def _close_ring(
    start: int, end: int, bond: str, bonds: list[dict[int, str]], parents: list[int]
) -> None:
    """Enter the bond between `start` and `end`, and mark the bonds that lie on its ring.

    A SMILES is written depth first: `start` is always an ancestor of `end`.
    """
    bonds[start][end] = _REVERSED.get(bond, bond)
    bonds[end][start] = bond
    here, above = start, end
    while above >= 0:
        for a, b in ((here, above), (above, here)):
            bonds[a][b] = _IN_RING.get(bonds[a][b], bonds[a][b])
        if above == start:
            return
        here, above = above, parents[above]
