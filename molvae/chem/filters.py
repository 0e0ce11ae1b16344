"""Which molecules a medicinal chemist would rather not see: elements and structural alerts."""

import functools
from collections.abc import Collection, Sequence
from typing import Literal

from rdkit import Chem

from molvae.chem.alerts import AlertSet, alerts_of
from molvae.chem.atom_table import AtomTable
from molvae.chem.molecule import Mol, parse, quiet
from molvae.chem.surroundings import Surroundings, surroundings

AlertSetName = Literal["pains", "mcf"]

MOSES_ELEMENTS = frozenset({"C", "N", "S", "O", "F", "Cl", "Br", "H"})
_MOSES_LARGEST_RING = 7
_NO_CONCERN, _DOUBTFUL, _REFUSED = range(3)


def allowed_elements(mol: Mol, elements: Collection[str]) -> bool:
    """Whether each atom that `mol` writes out is of one of `elements`, such as {"C", "N"}."""
    return all(atom.GetSymbol() in elements for atom in mol.GetAtoms())


def has_radicals(mol: Mol) -> bool:
    """Whether an atom of `mol` has an unpaired electron, as in `[CH3]`, which RDKit calls valid.

    The property `radical_electrons` counts them, so that `--where 'radical_electrons == 0'`
    leaves such molecules out.
    """
    return any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms())


def first_alert(mol: Mol, sets: Sequence[AlertSetName] = ("mcf", "pains")) -> str | None:
    """Name of the first structural alert of `sets` in `mol`, such as "MCF4"; None without one.

    "mcf" are the medicinal-chemistry rules of MOSES, "pains" the pan-assay interference
    compounds of Baell and Holloway (2010). Raises `ConfigError` for an unknown set.
    """
    with quiet():
        return alerts_of(tuple(sets)).first(mol)


def passes_filters(mol: Mol, known: Surroundings | None = None) -> bool:
    """Whether `mol` passes the filters of MOSES (Polykovskiy et al. 2020).

    No ring of eight or more atoms, no charge, no element beyond C, N, S, O, F, Cl, Br, H,
    no MCF or PAINS alert, and a SMILES without stereo that can be read again. `known` are
    the surroundings of the atoms of `mol` where they have been worked out.
    """
    if any(len(ring) > _MOSES_LARGEST_RING for ring in mol.GetRingInfo().AtomRings()):
        return False
    around = known or surroundings(mol)
    worst = max(_concerns().values(around))
    if worst == _REFUSED:
        return False
    with quiet():
        if _moses_alerts().first(mol, around) is not None:
            return False
        return worst == _NO_CONCERN or _can_be_read_again(mol)


@functools.cache
def _moses_alerts() -> AlertSet:
    return alerts_of(("mcf", "pains"))


@functools.cache
def _concerns() -> AtomTable[int]:
    return AtomTable(lambda mol: [_concern(atom) for atom in mol.GetAtoms()])


def _concern(atom: Chem.Atom) -> int:
    if atom.GetFormalCharge() != 0 or atom.GetSymbol() not in MOSES_ELEMENTS:
        return _REFUSED
    return _DOUBTFUL if atom.GetNumRadicalElectrons() else _NO_CONCERN


def _can_be_read_again(mol: Mol) -> bool:
    """Whether RDKit reads what it writes: a neutral molecule without radicals always can."""
    return parse(Chem.MolToSmiles(mol, isomericSmiles=False)) is not None
