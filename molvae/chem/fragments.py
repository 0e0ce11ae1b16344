"""Parts of molecules that mean something to a chemist: scaffolds and building blocks."""

from collections.abc import Callable

from rdkit.Chem.Scaffolds import MurckoScaffold

from molvae.chem.brics import cut_brics_bonds
from molvae.chem.molecule import Mol, quiet, to_smiles
from molvae.chem.surroundings import Surroundings, surroundings

_SCAFFOLD: Callable[[Mol], Mol] = MurckoScaffold.GetScaffoldForMol


def scaffold(mol: Mol) -> str:
    """SMILES of the Bemis-Murcko scaffold of `mol`; empty for a molecule without rings.

    Rings, the chains between them, and atoms double-bonded to either (as in RDKit).
    """
    with quiet():
        return to_smiles(_SCAFFOLD(mol))


def moses_scaffold(mol: Mol, min_rings: int = 2) -> str | None:
    """The scaffold that MOSES counts (Polykovskiy et al. 2020): one of `min_rings` or more.

    None where `mol` has a smaller scaffold or none.
    """
    with quiet():
        try:
            core = _SCAFFOLD(mol)
        except (ValueError, RuntimeError):
            return None
        if core.GetRingInfo().NumRings() < min_rings:
            return None
        return to_smiles(core) or None


def brics_fragments(mol: Mol, known: Surroundings | None = None) -> list[str]:
    """SMILES of the pieces that cutting all BRICS bonds leaves (Degen et al. 2008).

    Where a bond was cut, a piece has a dummy atom with the number of its kind of bond end.
    `known` are the surroundings of the atoms of `mol` where they have been worked out.
    """
    with quiet():
        return to_smiles(cut_brics_bonds(mol, known or surroundings(mol))).split(".")
