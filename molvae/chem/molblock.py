"""Structures drawn as tables of atoms and bonds (the blocks of an SD file)."""

from rdkit import Chem

from molvae.chem.molecule import quiet, to_smiles
from molvae.errors import MoleculeError


def block_to_smiles(block: str) -> str:
    """Canonical isomeric SMILES of a V2000 or V3000 molecule block; raises `MoleculeError`."""
    with quiet():
        try:
            mol = Chem.MolFromMolBlock(block)
        except RuntimeError:  # a block without a counts line, and broken V3000 blocks
            mol = None
    if mol is None:
        raise MoleculeError("not a readable structure block")
    if mol.GetNumAtoms() == 0:
        raise MoleculeError("a structure without atoms")
    return to_smiles(mol)
