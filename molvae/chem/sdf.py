"""Molecules as records of a structure file (SDF): drawn flat, with named data."""

from collections.abc import Mapping

from rdkit import Chem
from rdkit.Chem import rdDepictor

from molvae.chem.molecule import parse, quiet

NO_STRUCTURE = "\n     molvae\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def sdf_record(smiles: str, data: Mapping[str, object]) -> str:
    """One record: the structure `smiles` in two dimensions, then each item of `data`.

    What is not a molecule becomes a record without atoms, so that places are kept.
    """
    items = "".join(f">  <{name}>\n{value}\n\n" for name, value in data.items())
    return f"{_block(smiles)}{items}$$$$\n"


def _block(smiles: str) -> str:
    mol = parse(smiles)
    if mol is None:
        return NO_STRUCTURE
    with quiet():
        rdDepictor.Compute2DCoords(mol)
        block: str = Chem.MolToMolBlock(mol)
    return block
