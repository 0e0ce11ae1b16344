"""What is chemically wrong with a string that SMILES grammar allows: valence, aromaticity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rdkit import Chem

from molvae.chem.syntax import AtomText

_VALENCE = re.compile(r"valence for atom # \d+ \w+, (\d+),")


def _read_unchecked(smiles: str) -> Chem.Mol | None:
    return Chem.MolFromSmiles(smiles, sanitize=False)


@dataclass(frozen=True)
class Fault:
    """The reason, and the place where one can be named."""

    reason: str
    position: int | None = None
    atom: int | None = None
    fragment: str | None = None


def find_fault(smiles: str, atoms: Sequence[AtomText]) -> Fault:
    """The first chemical fault of `smiles`, whose `atoms` are as its reader found them."""
    mol = _read_unchecked(smiles)
    if mol is None or mol.GetNumAtoms() != len(atoms):
        return Fault("RDKit cannot read it")
    for problem in Chem.DetectChemistryProblems(mol):
        kind = problem.GetType()
        if kind == "AtomValenceException":
            return _valence_fault(mol.GetAtomWithIdx(problem.GetAtomIdx()), problem, atoms)
        if kind == "AtomKekulizeException":
            return _lone_aromatic_fault(problem.GetAtomIdx(), atoms)
        if kind == "KekulizeException":
            return _ring_fault(smiles, list(problem.GetAtomIndices()), atoms)
    return _other_fault(mol)


def _valence_fault(atom: Chem.Atom, problem: Any, atoms: Sequence[AtomText]) -> Fault:
    index = atom.GetIdx()
    place = atoms[index]
    reason = f"atom {index}, {place.text} at character {place.position}, exceeds its valence"
    found = _VALENCE.search(problem.Message())
    permitted = _permitted_valence(atom)
    if found and permitted is not None:
        count = int(found[1])
        reason += (
            f": {count} bonds where at most {permitted} are possible, {count - permitted} too many"
        )
    return Fault(reason, place.position, index, place.text)


def _permitted_valence(atom: Chem.Atom) -> int | None:
    """Largest valence RDKit grants `atom`: that of the element with as many electrons."""
    element = atom.GetAtomicNum() - atom.GetFormalCharge()
    if not 0 < element <= 118:
        return None
    largest: int = max(Chem.GetPeriodicTable().GetValenceList(element))
    return largest if largest >= 0 else None


def _lone_aromatic_fault(index: int, atoms: Sequence[AtomText]) -> Fault:
    place = atoms[index]
    reason = f"atom {index}, {place.text} at character {place.position}, is aromatic outside a ring"
    return Fault(reason, place.position, index, place.text)


def _ring_fault(smiles: str, indices: list[int], atoms: Sequence[AtomText]) -> Fault:
    first, last = atoms[min(indices)], atoms[max(indices)]
    names = " ".join(atoms[index].text for index in indices)
    offset = atoms[0].position
    reason = (
        f"the aromatic atoms {names} from character {first.position} on cannot be kekulized:"
        " single and double bonds do not alternate"
    )
    if any(atoms[index].text == "n" for index in indices):
        reason += "; a nitrogen may lack its hydrogen, [nH]"
    text = smiles[first.position - offset : last.position - offset + len(last.text)]
    return Fault(reason, first.position, min(indices), text)


def _other_fault(mol: Chem.Mol) -> Fault:
    try:
        Chem.SanitizeMol(mol)
    except ValueError as error:
        return Fault(" ".join(str(error).split()))
    return Fault("RDKit cannot read it")
