"""Which molecules a medicinal chemist would rather not see: elements and structural alerts."""

from collections.abc import Collection, Sequence
from typing import Literal

from rdkit import Chem

from molvae.chem.alerts import alerts_of
from molvae.chem.molecule import Mol, quiet

AlertSetName = Literal["pains", "mcf"]

MOSES_ELEMENTS = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})
_MOSES_LARGEST_RING = 7
_CHARGED = Chem.MolFromSmarts("[!+0]")


def allowed_elements(mol: Mol, elements: Collection[str]) -> bool:
    """Whether each atom that `mol` writes out is of one of `elements`, such as {"C", "N"}."""
    return all(atom.GetSymbol() in elements for atom in mol.GetAtoms())


def first_alert(mol: Mol, sets: Sequence[AlertSetName] = ("mcf", "pains")) -> str | None:
    """Name of the first structural alert of `sets` in `mol`, such as "MCF4"; None without one.

    "mcf" are the medicinal-chemistry rules of MOSES, "pains" the pan-assay interference
    compounds of Baell and Holloway (2010). Raises `ConfigError` for an unknown set.
    """
    with quiet():
        return alerts_of(tuple(sets)).first(mol)


def passes_filters(mol: Mol) -> bool:
    """Whether `mol` passes the filters of MOSES (Polykovskiy et al. 2020).

    No ring of eight or more atoms, no charge, no element beyond C, N, S, O, F, Cl, Br, H,
    and no MCF or PAINS alert.
    """
    return (
        all(len(ring) <= _MOSES_LARGEST_RING for ring in mol.GetRingInfo().AtomRings())
        and not mol.HasSubstructMatch(_CHARGED)
        and allowed_elements(mol, MOSES_ELEMENTS)
        and first_alert(mol) is None
    )
