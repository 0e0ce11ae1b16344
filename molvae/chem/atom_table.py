"""Values of atoms that depend only on what is near: asked of RDKit once for each case.

The logP of Wildman and Crippen, for one, adds a number for each atom that 110 patterns find;
for atoms with the same surroundings it is the same number.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molvae.chem.memo import Memo
from molvae.chem.molecule import Mol
from molvae.chem.surroundings import Surroundings, surroundings

Value = TypeVar("Value")


class AtomTable(Generic[Value]):
    """What `ask` says of each atom of a molecule, remembered by the surroundings of the atom.

    The atom, its bonds and its neighbors must decide the value; for atoms that are written
    with the letter `wide`, all that is within two bonds. Molecules that are not ordinary are
    asked about each time.
    """

    def __init__(self, ask: Callable[[Mol], Sequence[Value]], wide: str | None = None) -> None:
        self._ask = ask
        self._wide = wide
        self._known: Memo[str, Value] = Memo()

    def values(self, around: Surroundings) -> list[Value]:
        """The value of each atom, in the order of writing."""
        if not around.is_ordinary:
            return self._answers(around)
        keys = self._keys(around)
        found = self._known.find(keys)
        if found is None:
            found = self._answers(around)
            self._known.add(zip(keys, found, strict=True))
        return found

    def _answers(self, around: Surroundings) -> list[Value]:
        answers = self._ask(around.mol)
        return [answers[index] for index in around.indices]

    def _keys(self, around: Surroundings) -> list[str]:
        wide = self._wide
        keys = around.near
        if wide is None:
            return keys
        return [
            around.wider(index) if wide in atom else keys[index]
            for index, atom in enumerate(around.atoms)
        ]


class _Contribution(NamedTuple):
    """Parts of the logP: of an atom, and of each of its hydrogens."""

    own: float
    hydrogens: int
    of_hydrogen: float


def crippen_logp(mol: Mol, known: Surroundings | None = None) -> float:
    """Octanol-water partition coefficient, the sum of contributions of atoms.

    Wildman and Crippen, J. Chem. Inf. Comput. Sci. 39, 868 (1999), to the last bit of RDKit's
    sum. `known` are the surroundings of the atoms of `mol` where they have been worked out.
    """
    around = known or surroundings(mol)
    if not around.is_ordinary:
        return float(rdMolDescriptors.CalcCrippenDescriptors(mol)[0])
    found = _contributions().values(around)
    ordered = [one for _, one in sorted(zip(around.indices, found, strict=True))]
    total = 0.0
    for one in ordered:  # one by one, in RDKit's order, for its last bit
        total += one.own
    for one in ordered:
        for _ in range(one.hydrogens):
            total += one.of_hydrogen
    return total


@functools.cache
def _contributions() -> AtomTable[_Contribution]:
    return AtomTable(_ask_contributions, wide="O")


def _ask_contributions(mol: Mol) -> list[_Contribution]:
    full = Chem.AddHs(mol)
    parts = [logp for logp, _ in rdMolDescriptors._CalcCrippenContribs(full)]
    found = []
    for atom in mol.GetAtoms():
        count = atom.GetTotalNumHs()
        others = full.GetAtomWithIdx(atom.GetIdx()).GetNeighbors()
        hydrogens = [other.GetIdx() for other in others if other.GetIdx() >= mol.GetNumAtoms()]
        value = parts[hydrogens[0]] if hydrogens else 0.0
        found.append(_Contribution(parts[atom.GetIdx()], count, value))
    return found
