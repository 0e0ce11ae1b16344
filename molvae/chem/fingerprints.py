"""Morgan fingerprints and how similar they are, in bulk."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator
from rdkit.DataStructs import ExplicitBitVect

from molvae.chem.molecule import Mol, parse
from molvae.parallel import chunked

Similarities = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


_REVERSED = np.packbits(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"), axis=1
)[:, 0]
"""Each byte with its bits in the opposite order: RDKit's first bit is the lowest."""


class Neighbors(NamedTuple):
    """The most similar references of each query, best first."""

    indices: npt.NDArray[np.int64]
    """Places among the references, (queries, k)."""
    similarities: Similarities
    """Tanimoto similarities, (queries, k)."""


def morgan(mol: Mol, radius: int = 2, bits: int = 2048) -> ExplicitBitVect:
    """Folded circular fingerprint (Rogers and Hahn 2010); radius 2 is ECFP4-like."""
    fingerprint: ExplicitBitVect = _generator(radius, bits).GetFingerprint(mol)
    return fingerprint


def morgan_matrix(mols: Sequence[Mol], radius: int = 2, bits: int = 2048) -> Bits:
    """Fingerprints of `mols` as zeros and ones, (molecules, bits), uint8."""
    matrix = np.zeros((len(mols), bits), dtype=np.uint8)
    generator = _generator(radius, bits)
    for row, mol in enumerate(mols):
        matrix[row] = generator.GetFingerprintAsNumPy(mol)
    return matrix


def packed_morgan(mols: Sequence[Mol], radius: int = 2, bits: int = 1024) -> Bits:
    """Fingerprints of `mols` as bytes, (molecules, bits / 8), uint8.

    The first bit is the highest of the first byte, as `np.packbits` has it; radius 2 and
    1,024 bits are the fingerprint of MOSES.
    """
    if bits % 8:
        raise ValueError(f"bits must be a multiple of 8, not {bits}")
    packed = _pack([morgan(mol, radius, bits) for mol in mols]).reshape(-1, bits // 8)
    return np.asarray(_REVERSED[packed])


def tanimoto(query: ExplicitBitVect, targets: Sequence[ExplicitBitVect]) -> Similarities:
    """Tanimoto similarity of `query` to each of `targets`, (targets,), from 0 to 1."""
    return np.array(DataStructs.BulkTanimotoSimilarity(query, targets), dtype=np.float64)


def tanimoto_pairs(first: Sequence[str | None], second: Sequence[str | None]) -> Similarities:
    """Similarity of each SMILES to its partner, (pairs,); NaN where one is no molecule."""
    return np.array([_pair(a, b) for a, b in zip(first, second, strict=True)], dtype=np.float64)


def nearest(
    queries: Sequence[ExplicitBitVect],
    references: Sequence[ExplicitBitVect],
    k: int = 1,
    *,
    block: int = 2_048,
) -> Neighbors:
    """The `k` references most similar to each query; ties go to the earlier reference.

    All pairs are compared, `block` x `block` at a time, so that memory does not grow with
    their number. Fewer than `k` columns come back where there are fewer references.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    packed = [_pack(part) for part in chunked(references, block)]
    found = [_nearest_in_blocks(_pack(part), packed, block, k) for part in chunked(queries, block)]
    width = min(k, len(references))
    empty = Neighbors(np.zeros((0, width), np.int64), np.zeros((0, width), np.float64))
    return Neighbors(*(np.concatenate(parts) for parts in zip(empty, *found, strict=True)))


def _pair(first: str | None, second: str | None) -> float:
    mols = (parse(first or ""), parse(second or ""))
    if mols[0] is None or mols[1] is None:
        return np.nan
    return float(DataStructs.TanimotoSimilarity(morgan(mols[0]), morgan(mols[1])))


def _nearest_in_blocks(queries: Bits, references: list[Bits], block: int, k: int) -> Neighbors:
    unpacked = _unpack(queries)
    indices = np.zeros((len(queries), 0), np.int64)
    similarities = np.zeros((len(queries), 0), np.float64)
    for number, part in enumerate(references):
        own = _similarities(unpacked, _unpack(part))
        places = np.broadcast_to(np.arange(len(part)) + number * block, own.shape)
        similarities = np.concatenate([similarities, own], axis=1)
        indices = np.concatenate([indices, places], axis=1)
        best = _best(similarities, k)
        similarities = np.take_along_axis(similarities, best, axis=1)
        indices = np.take_along_axis(indices, best, axis=1)
    return Neighbors(indices, similarities)


def _best(similarities: Similarities, k: int) -> npt.NDArray[np.int64]:
    """Columns of the `k` largest of each row, best first, the earlier of equals first."""
    if k == 1:
        return np.asarray(similarities.argmax(axis=1)[:, None])
    return np.argsort(-similarities, axis=1, kind="stable")[:, :k]


def _similarities(queries: Floats, references: Floats) -> Similarities:
    """Tanimoto of zeros and ones: shared bits over bits of either, (queries, references)."""
    shared = (queries @ references.T).astype(np.float64)  # counts below 2^24: exact
    either = queries.sum(axis=1)[:, None] + references.sum(axis=1)[None, :] - shared
    return np.asarray(np.divide(shared, either, out=np.zeros_like(shared), where=either > 0))


def _pack(fingerprints: Sequence[ExplicitBitVect]) -> Bits:
    """Fingerprints as bytes, (molecules, bits / 8)."""
    rows = [DataStructs.BitVectToBinaryText(one) for one in fingerprints]
    return np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1 if rows else 0)


def _unpack(packed: Bits) -> Floats:
    return np.unpackbits(packed, axis=1).astype(np.float32)


@functools.cache
def _generator(radius: int, bits: int) -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=bits)
