"""Substructures: reading a SMARTS pattern, and which molecules hold it."""

from collections.abc import Sequence

from rdkit import Chem

from molvae.chem.molecule import Mol, parse, quiet, shorten
from molvae.errors import MoleculeError


def parse_smarts(smarts: str) -> Mol:
    """The pattern `smarts` stands for; raises `MoleculeError` where it stands for none."""
    text = smarts.strip()
    if not text:
        raise MoleculeError("an empty SMARTS pattern matches nothing; give one such as c1ccccc1")
    with quiet():
        pattern: Mol | None = Chem.MolFromSmarts(text)
    if pattern is None or pattern.GetNumAtoms() == 0:
        raise MoleculeError(f"{shorten(smarts)!r} is not a SMARTS pattern: RDKit cannot read it")
    return pattern


def has_substructure(mol: Mol, pattern: Mol) -> bool:
    """Whether `mol` holds `pattern`; stereochemistry counts only where the pattern has it."""
    found: bool = mol.HasSubstructMatch(pattern, useChirality=True)
    return found


def have_substructure(smiles: Sequence[str], pattern: Mol) -> list[bool]:
    """Whether each of `smiles` holds `pattern`; False for what is not a molecule."""
    return [mol is not None and has_substructure(mol, pattern) for mol in map(parse, smiles)]


def as_aromatic(smarts: str) -> str | None:
    """`smarts` written anew from its reading as SMILES, aromatic rings in lower case.

    `C1=CC=CC=C1` as SMARTS asks for six aliphatic atoms, which benzene does not have. None
    where `smarts` is not SMILES, or means the same molecule as it stands.
    """
    mol = parse(smarts)
    if mol is None or has_substructure(mol, parse_smarts(smarts)):
        return None
    text: str = Chem.MolToSmiles(mol)
    return text
