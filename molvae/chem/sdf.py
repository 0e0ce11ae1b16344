"""Molecules as records of a structure file (SDF): drawn flat, with named data."""

from collections.abc import Mapping

from rdkit import Chem
from rdkit.Chem import rdDepictor

from molvae.chem.molecule import parse, quiet

NO_STRUCTURE = "\n     molvae\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def sdf_record(smiles: str, data: Mapping[str, object]) -> str:
    """One record: the structure `smiles` in two dimensions, then each item of `data`.

    What is not a molecule becomes a record without atoms, so that places are kept. White
    space in names and values, line ends too, becomes single blanks.
    """
    items = "".join(f">  <{_folded(name)}>\n{_line(value)}\n\n" for name, value in data.items())
    return f"{_block(smiles)}{items}$$$$\n"


def _folded(text: object) -> str:
    return " ".join(str(text).split())


def _line(value: object) -> str:
    """`value` as one line that begins neither the next item nor the next record."""
    text = _folded(value)
    return f" {text}" if text.startswith((">", "$$$$")) else text


def _block(smiles: str) -> str:
    mol = parse(smiles)
    if mol is None:
        return NO_STRUCTURE
    with quiet():
        rdDepictor.Compute2DCoords(mol)
        block: str = Chem.MolToMolBlock(mol)
    return block
