"""Parts of molecules that mean something to a chemist: the scaffold under the decorations."""

from collections.abc import Callable

from rdkit.Chem.Scaffolds import MurckoScaffold

from molvae.chem.molecule import Mol, quiet, to_smiles

_SCAFFOLD: Callable[[Mol], Mol] = MurckoScaffold.GetScaffoldForMol


def scaffold(mol: Mol) -> str:
    """SMILES of the Bemis-Murcko scaffold of `mol`; empty for a molecule without rings.

    Rings, the chains between them, and atoms double-bonded to either (as in RDKit).
    """
    with quiet():
        return to_smiles(_SCAFFOLD(mol))
