"""Molecules without stereochemistry, as benchmarks compare them."""

from rdkit import Chem

from molvae.chem.molecule import Mol


def flat_smiles(mol: Mol) -> str:
    """Canonical SMILES of `mol` without stereochemistry and isotopes."""
    smiles: str = Chem.MolToSmiles(mol, isomericSmiles=False)
    return smiles
