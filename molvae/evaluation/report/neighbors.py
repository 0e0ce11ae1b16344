"""Samples beside the molecules most like them: does the model copy, vary, or invent?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.chem import packed_morgan, parse
from molvae.evaluation.records import Progress
from molvae.evaluation.report.data import Neighbor, Neighborhood, NeighborRow
from molvae.parallel import chunked, ordered_map

Bits = npt.NDArray[np.uint8]

ROWS = 6
"""Samples that are shown."""
COMPARED = 200
"""Samples that are compared, of which the shown ones are quantiles."""
_BLOCK = 20_000
"""References compared at once, which bounds memory."""
_CHUNK = 2_000


class SearchedSet(NamedTuple):
    """Molecules among which neighbors are looked for."""

    title: str
    smiles: Sequence[str]
    fingerprints: Bits
    """Packed, (N, bytes), as `molvae.chem.packed_morgan` gives them."""


def neighborhood(
    smiles: Sequence[str], fingerprints: Bits, sets: Sequence[SearchedSet]
) -> Neighborhood | None:
    """Rows at even quantiles of the similarity to the first set, most similar first.

    `smiles` and their packed `fingerprints` are the samples, compared as far as `COMPARED`.
    None where there are no samples, or nothing is searched.
    """
    sets = [one for one in sets if len(one.smiles)]
    count = min(COMPARED, len(smiles))
    if not sets or count == 0:
        return None
    found = [nearest(fingerprints[:count], one.fingerprints) for one in sets]
    order = np.argsort(-found[0].similarities, kind="stable")
    chosen = order[np.unique(np.linspace(0, count - 1, min(ROWS, count)).round().astype(int))]
    rows = tuple(
        NeighborRow(
            smiles[row],
            tuple(
                Neighbor(one.smiles[int(near.indices[row])], float(near.similarities[row]))
                for one, near in zip(sets, found, strict=True)
            ),
        )
        for row in chosen.tolist()
    )
    return Neighborhood(tuple(one.title for one in sets), count, rows)


class Nearest(NamedTuple):
    """The most similar reference of each query: its place, and the Tanimoto similarity."""

    indices: npt.NDArray[np.int64]
    similarities: npt.NDArray[np.float64]


def nearest(queries: Bits, references: Bits) -> Nearest:
    """The nearest of the packed `references` to each of `queries`; the first of equals."""
    wanted = np.unpackbits(queries, axis=1).astype(np.float32)
    best = Nearest(np.zeros(len(queries), np.int64), np.full(len(queries), -1.0))
    for start in range(0, len(references), _BLOCK):
        some = np.unpackbits(references[start : start + _BLOCK], axis=1).astype(np.float32)
        shared = (wanted @ some.T).astype(np.float64)  # counts below 2^24: exact
        either = wanted.sum(axis=1)[:, None] + some.sum(axis=1)[None, :] - shared
        similarities = np.divide(shared, either, out=np.ones_like(shared), where=either > 0)
        places = similarities.argmax(axis=1)
        values = similarities[np.arange(len(queries)), places]
        better = values > best.similarities
        best.indices[better] = places[better] + start
        best.similarities[better] = values[better]
    return best


def fingerprint_set(
    title: str,
    smiles: Sequence[str],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> SearchedSet:
    """`smiles` with their fingerprints, computed over the cores; what cannot be read is left out.

    `progress` is told the stage "training neighbors".
    """
    kept: list[str] = []
    parts: list[Bits] = [np.zeros((0, 128), np.uint8)]
    done = 0
    for texts, part in ordered_map(_fingerprint_chunk, chunked(smiles, _CHUNK), workers=workers):
        kept += texts
        parts.append(part)
        done = min(done + _CHUNK, len(smiles))
        if progress is not None:
            progress("training neighbors", done, len(smiles))
    return SearchedSet(title, kept, np.concatenate(parts))


def _fingerprint_chunk(smiles: list[str]) -> tuple[list[str], Bits]:
    read = [(text, mol) for text in smiles if (mol := parse(text)) is not None]
    return [text for text, _ in read], packed_morgan([mol for _, mol in read])
