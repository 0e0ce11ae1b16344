"""Scores that sum contributions of circular fragments: synthetic accessibility, NP-likeness.

The fragment tables are those of RDKit's Contrib folder, which its wheels ship; they are read
when first asked for, without the prints and module state of Contrib's own scripts; the
scores equal theirs to the last bit.
"""

import functools
import gzip
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rdkit import Chem, RDConfig
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from molvae.chem.molecule import Mol
from molvae.errors import ConfigError

_UNSEEN_FRAGMENT = -4.0
_RAW_MINIMUM, _RAW_MAXIMUM = -4.0, 2.5

_FIND_CENTERS: Callable[..., list[Any]] = Chem.FindMolChiralCenters
_MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2)


def synthetic_accessibility(mol: Mol) -> float:
    """SA score from 1 (easy to make) to 10 (hard).

    Ertl and Schuffenhauer, J. Cheminform. 1:8 (2009), as in RDKit's Contrib/SA_Score.
    """
    scores = _accessibility_scores()
    counts = _MORGAN.GetSparseCountFingerprint(mol).GetNonzeroElements()
    total = sum(scores.get(key, _UNSEEN_FRAGMENT) * count for key, count in counts.items())
    raw = total / sum(counts.values()) + _simplicity(mol) + _symmetry(mol, len(counts))
    score = 11.0 - (raw - _RAW_MINIMUM + 1) / (_RAW_MAXIMUM - _RAW_MINIMUM) * 9.0
    if score > 8.0:
        score = 8.0 + math.log(score - 8.0)
    return float(min(max(score, 1.0), 10.0))


def natural_product_likeness(mol: Mol) -> float:
    """NP-likeness from -5 (synthetic) to 5 (natural product).

    Ertl, Roggo and Schuffenhauer, J. Chem. Inf. Model. 48, 68 (2008), as in RDKit's
    Contrib/NP_Score.
    """
    scores = _likeness_scores()
    fragments = _MORGAN.GetSparseCountFingerprint(mol).GetNonzeroElements()
    score = sum(scores.get(key, 0.0) for key in fragments) / mol.GetNumAtoms()
    excess = abs(score) - 4.0
    return math.copysign(4.0 + math.log10(excess + 1.0), score) if excess > 0 else score


def _simplicity(mol: Mol) -> float:
    """Minus the penalties for size, stereo centers, spiro and bridge atoms, and macrocycles."""
    atoms = mol.GetNumAtoms()
    centers = _FIND_CENTERS(mol, includeUnassigned=True, includeCIP=False)
    counts = (
        len(centers),
        rdMolDescriptors.CalcNumSpiroAtoms(mol),
        rdMolDescriptors.CalcNumBridgeheadAtoms(mol),
        any(len(ring) > 8 for ring in mol.GetRingInfo().AtomRings()),
    )
    simplicity = atoms - atoms**1.005
    for count in counts:  # one by one, in Contrib's order, for its last bit
        simplicity -= math.log10(count + 1)
    return float(simplicity)


def _symmetry(mol: Mol, fragments: int) -> float:
    """Bonus for molecules whose atoms look alike, which are easier to make."""
    return max(0.0, 0.5 * math.log(mol.GetNumAtoms() / fragments))


@functools.cache
def _accessibility_scores() -> dict[int, float]:
    rows = _read_table("SA_Score", "fpscores.pkl.gz")
    return {key: float(row[0]) for row in rows for key in row[1:]}


@functools.cache
def _likeness_scores() -> dict[int, float]:
    table: dict[int, float] = _read_table("NP_Score", "publicnp.model.gz")
    return table


def _read_table(folder: str, name: str) -> Any:
    path = Path(RDConfig.RDContribDir) / folder / name
    try:
        with gzip.open(path) as file:
            return pickle.load(file)  # a part of the installed RDKit, as trusted as its code
    except OSError as error:
        raise ConfigError(
            f"RDKit's table {folder}/{name} is missing from {RDConfig.RDContribDir}: "
            "install RDKit from PyPI, whose wheels include it"
        ) from error
