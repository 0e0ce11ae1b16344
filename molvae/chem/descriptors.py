"""The physicochemical descriptors whose distributions GuacaMol compares."""

from collections.abc import Callable

from rdkit.Chem import Descriptors

from molvae.chem.molecule import Mol, quiet

GUACAMOL_DESCRIPTORS = (
    "BertzCT",
    "MolLogP",
    "MolWt",
    "TPSA",
    "NumHAcceptors",
    "NumHDonors",
    "NumRotatableBonds",
    "NumAliphaticRings",
    "NumAromaticRings",
)
_FUNCTIONS: tuple[Callable[[Mol], float], ...] = tuple(
    getattr(Descriptors, name) for name in GUACAMOL_DESCRIPTORS
)


def guacamol_descriptors(mol: Mol) -> tuple[float, ...]:
    """The nine numbers named by `GUACAMOL_DESCRIPTORS`, in that order (Brown et al. 2019)."""
    with quiet():
        return tuple(float(function(mol)) for function in _FUNCTIONS)
