"""Small keys for large sets of molecules: is this one in the training set?"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np


def molecule_keys(smiles: Iterable[str]) -> np.ndarray:
    """Sorted distinct 64-bit keys, int64, of canonical SMILES.

    Two of a million different molecules share a key with probability 3e-8.
    """
    return np.unique(_keys(smiles))


def are_known(smiles: Iterable[str], keys: np.ndarray) -> np.ndarray:
    """Whether each canonical SMILES is among `molecule_keys`, as booleans."""
    own = _keys(smiles)
    if len(keys) == 0:
        return np.zeros(len(own), dtype=bool)
    place = np.searchsorted(keys, own).clip(max=len(keys) - 1)
    return np.asarray(keys[place] == own)


def _keys(smiles: Iterable[str]) -> np.ndarray:
    digests = bytearray()
    for text in smiles:
        digests += blake2b(text.encode(), digest_size=8).digest()
    return np.frombuffer(digests, dtype="<i8")
