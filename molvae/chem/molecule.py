"""Reading and writing single molecules: the door through which SMILES become RDKit molecules."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from rdkit import Chem, rdBase

from molvae.errors import MoleculeError

Mol = Chem.Mol

MAX_SMILES_LENGTH = 5_000
"""Longer strings are refused unread: parsing and ranking take time quadratic in the length."""

_PARSER: Any = Chem.SmilesParserParams()
_PARSER.allowCXSMILES = False
_PARSER.parseName = False
_READ: Callable[[str, Any], Mol | None] = Chem.MolFromSmiles


def quiet() -> AbstractContextManager[object]:
    """A context in which RDKit writes no log; its former state returns afterwards."""
    blocked: AbstractContextManager[object] = rdBase.BlockLogs()
    return blocked


def parse(smiles: str) -> Mol | None:
    """The sanitized molecule `smiles` stands for, or None when it stands for none.

    White space around `smiles` is ignored; an empty string is not a molecule.
    """
    if len(smiles) > MAX_SMILES_LENGTH or not smiles.isascii():
        return None
    with quiet():
        mol = _READ(smiles, _PARSER)
    if mol is None or mol.GetNumAtoms() == 0:
        return None
    return mol


def to_smiles(mol: Mol) -> str:
    """Canonical isomeric SMILES of `mol`."""
    smiles: str = Chem.MolToSmiles(mol)
    return smiles


def random_smiles(mol: Mol, seed: int) -> str:
    """An isomeric SMILES of `mol` in a random order of its atoms, the same for each `seed`.

    Begins at a random atom and takes the branches in random order (Bjerrum 2017); `seed` is
    from 0 to 2^31 - 1.
    """
    written: list[str] = list(Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed))
    return written[0]


def canonicalize(smiles: str) -> str:
    """Canonical isomeric SMILES of what `smiles` stands for; raises `MoleculeError`."""
    return to_smiles(parse_or_raise(smiles))


def parse_or_raise(smiles: str) -> Mol:
    """The molecule `smiles` stands for; raises `MoleculeError` where `parse` gives None."""
    mol = parse(smiles)
    if mol is None:
        raise MoleculeError(f"{shorten(smiles)!r} is not a molecule; `validate` says why")
    return mol


def shorten(text: str, limit: int = 60) -> str:
    """`text`, cut to at most `limit` characters for a message of one line."""
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def heavy_atoms(mol: Mol) -> int:
    """Number of atoms other than hydrogen."""
    count: int = mol.GetNumHeavyAtoms()
    return count
