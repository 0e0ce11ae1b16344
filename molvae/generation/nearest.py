"""Known molecules nearest to others: in a model's latent space, or by fingerprint.

Both searches are exact and compare every pair, block after block, so that memory grows
neither with the number of known molecules nor with that of the others. What is computed of a
large set of known molecules is kept in the cache folder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import torch

from molvae.checkpoint import SavedModel
from molvae.chem import is_valid, tanimoto_pairs
from molvae.data.readers import read_records
from molvae.errors import GenerationError, MoleculeError
from molvae.generation.best import Best
from molvae.generation.known_rows import Floats, KnownRows, encode_sequences, fingerprints
from molvae.generation.latents import Reading, read_molecules
from molvae.generation.surprise import Progress
from molvae.generation.training_set import training_molecules

By = Literal["latent", "fingerprint"]
_QUERIES = 1_024
"""Queries compared with a block of known molecules at once, which bounds memory."""


@dataclass(frozen=True)
class Searched:
    """Molecules among which neighbors are looked for."""

    smiles: Sequence[str]
    source: str
    in_model_form: bool
    """Whether they are standardized as the model's own molecules are."""


Among = str | PathLike[str] | Sequence[str] | Searched
"""A file of molecules, a list of them, or what `molecules_among` made of either."""


def find_nearest(
    saved: SavedModel,
    smiles: Sequence[str],
    n: int = 5,
    *,
    by: By = "latent",
    among: Among | None = None,
    dtype: torch.dtype = torch.float32,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The `n` known molecules nearest to each of `smiles`, nearest first.

    Known are the training molecules of `saved`, or those of the file or list `among`. Columns:
    `row` (of the query, from 0), `query` as given, `rank` from 1, `neighbor`, `distance`
    (Euclidean, between posterior means), `similarity` (Tanimoto; Morgan radius 2, 2,048 bits)
    and `reason`. `by` says which of the two orders; of equals the earlier comes first. A query
    that cannot be compared has one row, without a neighbor, with the reason. Raises
    `GenerationError` for an `n` below 1, another `by`, or where the training molecules are not
    to be found; `InputError` for a file that cannot be read. `progress` is told the number of
    known molecules compared.
    """
    if isinstance(smiles, str):
        raise MoleculeError(f"give a list of molecules, such as [{smiles!r}], not one string")
    if n < 1:
        raise GenerationError(f"n = {n}: must be 1 or more")
    if by not in ("latent", "fingerprint"):
        raise GenerationError(f"by = {by!r}: must be 'latent' or 'fingerprint'")
    searched = molecules_among(saved, among)
    queries = _read_queries(saved, smiles, by, dtype)
    known = KnownRows(saved, searched.smiles, in_model_form=searched.in_model_form, dtype=dtype)
    best = Best(len(queries.rows), n)
    search = _by_latent if by == "latent" else _by_fingerprint
    search(best, queries, known, progress)
    return _table(smiles, queries, best, searched.smiles, known)


def molecules_among(saved: SavedModel, among: Among | None = None) -> Searched:
    """The molecules that `find_nearest` searches; lines that cannot be read are left out."""
    if isinstance(among, Searched):
        return among
    if isinstance(among, str | PathLike):
        records = (record for record in read_records(fspath(among)) if not record.problem)
        return Searched([one.smiles for one in records], fspath(among), False)
    if among is not None:
        return Searched(list(among), f"the {len(among):,} given", False)
    found = training_molecules(saved)
    if found is None:
        raise GenerationError(
            f"the molecules {saved.path} was trained on were not found: say where to look with "
            "--among FILE (among= in Python)"
        )
    return Searched(found.smiles, found.source, True)


class _Queries(NamedTuple):
    """Queries, of which `rows` can be compared; the arrays are of those."""

    rows: list[int]
    forms: list[str]
    latents: Floats
    """(Q, Z), NaN where one cannot be encoded."""
    reasons: dict[int, str]
    """Of the others, by row."""


def _read_queries(saved: SavedModel, smiles: Sequence[str], by: By, dtype: torch.dtype) -> _Queries:
    reading = read_molecules(smiles, saved.tokenizer, saved.config)
    reasons = {problem.index: problem.reason for problem in reading.problems}
    if by == "fingerprint":  # the model need not be able to write them
        reasons = {row: why for row, why in reasons.items() if not is_valid(str(smiles[row]))}
    rows = [row for row in range(len(smiles)) if row not in reasons]
    forms = [reading.smiles[row] or smiles[row] for row in rows]
    return _Queries(rows, forms, _latents(saved, reading, dtype)[rows], reasons)


def _latents(saved: SavedModel, reading: Reading, dtype: torch.dtype) -> Floats:
    """Posterior means (N, Z), NaN for what cannot be encoded."""
    latents = np.full((len(reading.smiles), saved.model.latent_size), np.nan, np.float32)
    sequences = [reading.encoded[int(row)] for row in reading.readable]
    latents[reading.readable] = encode_sequences(saved.model, sequences, dtype)
    return latents


def _by_latent(best: Best, queries: _Queries, known: KnownRows, progress: Progress | None) -> None:
    """Costs are squared Euclidean distances, in float64."""
    points = queries.latents.astype(np.float64)
    norms = (points**2).sum(axis=1)[:, None]
    start = 0
    for block in known.latents():
        others = block.astype(np.float64)  # (block, Z)
        own = np.where(np.isnan(others[:, 0]), np.inf, (others**2).sum(axis=1))
        others[np.isinf(own)] = 0.0
        for part in _slices(len(points)):
            best.offer(part, norms[part] + own - 2.0 * (points[part] @ others.T), start)
        start += len(block)
        if progress is not None:
            progress(start)


def _by_fingerprint(
    best: Best, queries: _Queries, known: KnownRows, progress: Progress | None
) -> None:
    """Costs are 1 - Tanimoto; a molecule always has bits on, what is none has not."""
    packed = fingerprints(queries.forms)
    on = np.unpackbits(packed, axis=1).sum(axis=1, dtype=np.int64)[:, None]
    used = np.flatnonzero(packed.any(axis=0))  # bytes that matter to any query
    bits = np.unpackbits(packed[:, used], axis=1).astype(np.float32)
    start = 0
    for block in known.fingerprints():
        others_on = _count_bits(block)
        others = np.unpackbits(block[:, used], axis=1).astype(np.float32)
        for part in _slices(len(bits)):
            shared = (bits[part] @ others.T).astype(np.float64)  # counts below 2^24: exact
            costs = 1.0 - shared / np.maximum(on[part] + others_on - shared, 1.0)
            best.offer(part, np.where(others_on == 0, np.inf, costs), start)
        start += len(block)
        if progress is not None:
            progress(start)


def _count_bits(packed: np.ndarray) -> np.ndarray:
    return np.asarray(_BITS_ON[packed].sum(axis=1, dtype=np.int64))


_BITS_ON = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1).astype(np.uint8)


def _slices(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _QUERIES, count)) for start in range(0, count, _QUERIES))


def _table(
    smiles: Sequence[str],
    queries: _Queries,
    best: Best,
    searched: Sequence[str],
    known: KnownRows,
) -> pd.DataFrame:
    """Both measures of each pair found, whichever ordered them."""
    own, ranks = np.nonzero(best.places >= 0)
    neighbors = [searched[place] for place in best.places[own, ranks].tolist()]
    distances = np.linalg.norm(
        queries.latents[own].astype(np.float64) - known.encode(neighbors), axis=1
    )
    found = pd.DataFrame(
        {
            "row": [queries.rows[place] for place in own.tolist()],
            "query": [smiles[queries.rows[place]] for place in own.tolist()],
            "rank": ranks + 1,
            "neighbor": neighbors,
            "distance": distances,
            "similarity": tanimoto_pairs([queries.forms[place] for place in own], neighbors),
            "reason": [None] * len(own),
        }
    )
    lost = pd.DataFrame(
        {
            "row": list(queries.reasons),
            "query": [smiles[row] for row in queries.reasons],
            "reason": list(queries.reasons.values()),
        }
    )
    table = pd.concat([part for part in (found, lost) if len(part)] or [found])
    table = table.reindex(columns=found.columns)
    return table.sort_values("row", kind="stable", ignore_index=True).astype({"rank": "Int64"})
