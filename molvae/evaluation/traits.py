"""The ten figures of a molecule whose distributions GuacaMol compares.

Worker processes compute all but the last, so nothing here needs torch.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.chem.descriptors import GUACAMOL_DESCRIPTORS, guacamol_descriptors
from molvae.chem.fingerprints import packed_morgan
from molvae.chem.molecule import parse
from molvae.evaluation.records import Progress
from molvae.parallel import chunked, ordered_map

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]

INTERNAL_SIMILARITY = "internal_similarity"
TRAITS = (*GUACAMOL_DESCRIPTORS, INTERNAL_SIMILARITY)
SMOOTH = frozenset({*GUACAMOL_DESCRIPTORS[:4], INTERNAL_SIMILARITY})
"""Traits compared as densities; the others are counts, compared as histograms."""
FINGERPRINT_BITS = 4_096
CHUNK = 200


class Traits(NamedTuple):
    """Figures of the molecules of a set."""

    descriptors: Floats
    """In the order of `GUACAMOL_DESCRIPTORS`, (n, 9)."""
    nearest: Floats
    """Highest Tanimoto similarity of each molecule to another of the set, (n,)."""

    def column(self, name: str) -> Floats:
        """The trait called `name`, one of `TRAITS`, (n,)."""
        if name == INTERNAL_SIMILARITY:
            return self.nearest
        column: Floats = self.descriptors[:, GUACAMOL_DESCRIPTORS.index(name)]
        return column


def descriptors_and_fingerprints(
    flat: Sequence[str], *, workers: int | None = None, progress: Progress | None = None
) -> tuple[Floats, Bits]:
    """Of canonical SMILES without stereochemistry: (n, 9), and packed bits (n, 512).

    A descriptor that is not finite is 0; a molecule that cannot be read is left out.
    """
    descriptors = [np.empty((0, len(GUACAMOL_DESCRIPTORS)))]
    fingerprints = [np.empty((0, FINGERPRINT_BITS // 8), np.uint8)]
    for part in ordered_map(_describe, chunked(flat, CHUNK), workers=workers):
        descriptors.append(part[0])
        fingerprints.append(part[1])
        if progress is not None:
            progress("descriptors", sum(map(len, descriptors)), len(flat))
    return np.concatenate(descriptors), np.concatenate(fingerprints)


def _describe(flat: list[str]) -> tuple[Floats, Bits]:
    mols = [mol for mol in map(parse, flat) if mol is not None]
    values = np.array([guacamol_descriptors(mol) for mol in mols], np.float64)
    values = values.reshape(len(mols), len(GUACAMOL_DESCRIPTORS))
    return np.where(np.isfinite(values), values, 0.0), packed_morgan(mols, bits=FINGERPRINT_BITS)
