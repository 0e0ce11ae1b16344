"""Molecules as records of a structure file (SDF): drawn flat, with named data."""

from collections.abc import Mapping

from rdkit import Chem
from rdkit.Chem import rdDepictor

from molvae.chem.molecule import parse, quiet

_LONGEST_TITLE = 80
NO_STRUCTURE = "\n     molvae\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def sdf_record(smiles: str, data: Mapping[str, object], *, title: str = "") -> str:
    """One record: `title`, the structure `smiles` in two dimensions, then each item of `data`.

    What is not a molecule becomes a record without atoms, so that places are kept. White
    space in title, names and values, line ends too, becomes single blanks. A title has at
    most 80 characters, as the format has it.
    """
    items = "".join(f">  <{_folded(name)}>\n{_line(value)}\n\n" for name, value in data.items())
    return f"{_title(title)}{_block(smiles)}{items}$$$$\n"


def _title(text: str) -> str:
    """The first line of a record, which must not look like the end of one."""
    return _line(text)[:_LONGEST_TITLE].rstrip()


def _folded(text: object) -> str:
    return " ".join(str(text).split())


def _line(value: object) -> str:
    """`value` as one line that begins neither the next item nor the next record."""
    text = _folded(value)
    return f" {text}" if text.startswith((">", "$$$$")) else text


def _block(smiles: str) -> str:
    """The lines of a structure after its title."""
    mol = parse(smiles)
    if mol is None:
        return NO_STRUCTURE
    with quiet():
        rdDepictor.Compute2DCoords(mol)
        block: str = Chem.MolToMolBlock(mol)
    return block[block.index("\n") :]  # without its first line, the title
