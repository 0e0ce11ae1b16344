"""Tanimoto similarities between many fingerprints: nearest neighbors, and means over all pairs.

Fingerprints are rows of packed bits (`np.packbits`), (molecules, bits / 8). The metrics that
need them compare every molecule with every other, so this is where their time goes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from molvae.evaluation.neighbor_search import NeighborSearch
from molvae.evaluation.records import Progress
from molvae.evaluation.shared_bits import Counts, Packed, count_bits, multiply, unpack
from molvae.model.device import resolve_device

Floats = npt.NDArray[np.float64]

PAIR_LIMIT = 100_000
"""Rows up to which `mean_similarities` takes every pair; above, a sample of rows against all."""

_QUERIES = 8_192
_REFERENCES = 131_072
_STRIP = 2_048
_BLOCK = 1_024


class MeanSimilarities(NamedTuple):
    """Means over ordered pairs of rows, each row's pair with itself included."""

    linear: float
    """mean_i(mean_j T_ij); IntDiv is 1 minus this."""
    quadratic: float
    """mean_i(sqrt(mean_j T_ij^2)); IntDiv2 is 1 minus this."""
    linear_error: float
    """Standard error of `linear`; 0 where every pair was taken."""
    quadratic_error: float
    """Standard error of `quadratic`; 0 where every pair was taken."""
    rows: int
    """How many rows i were compared, each with all rows j."""


def nearest_similarity(
    queries: Packed,
    references: Packed,
    *,
    device: str = "auto",
    progress: Progress | None = None,
) -> Floats:
    """The highest Tanimoto similarity of each query to any reference, (queries,).

    Exact: the float64 nearest to a ratio of two counts. Two fingerprints without any bit on
    count as equal, 1, as in MOSES. Raises `ValueError` where there are no references.
    """
    if not len(references):
        raise ValueError("there is no reference to compare the queries with")
    return _nearest(queries, references, None, 1.0, device, progress)


def nearest_other(
    rows: Packed, *, device: str = "auto", progress: Progress | None = None
) -> Floats:
    """The highest Tanimoto similarity of each row to any other row, (rows,); 0 where it is alone.

    Exact: the float64 nearest to a ratio of two counts. Two fingerprints without any bit on
    have similarity 0, as in RDKit's `BulkTanimotoSimilarity` and so in GuacaMol.
    """
    return _nearest(rows, rows, np.arange(len(rows)), 0.0, device, progress)


def mean_similarities(
    rows: Packed,
    *,
    limit: int = PAIR_LIMIT,
    seed: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> MeanSimilarities:
    """Means of the Tanimoto similarity and of its square over all ordered pairs of `rows`.

    Two fingerprints without any bit on have similarity 1, as in MOSES. Above `limit` rows a
    random sample of rows is compared with all, as many pairs as for `limit` rows, and the means
    are regression estimates (Cochran 1977, chapter 7): each row's similarity to the average
    fingerprint, which is known for all rows, predicts its mean nearly fully.
    Raises `ValueError` where there are no rows.
    """
    if not len(rows):
        raise ValueError("there are no fingerprints to compare")
    where = resolve_device(device)
    if len(rows) <= limit:
        exact = _means_of_all(rows, where, progress).mean(axis=1)
        return MeanSimilarities(float(exact[0]), float(exact[1]), 0.0, 0.0, len(rows))
    size = max(2, limit * limit // (2 * len(rows)))
    chosen = np.sort(np.random.default_rng(seed).choice(len(rows), size, replace=False))
    means = _means_of_some(rows[chosen], rows, where, progress)
    typical = _similarity_to_average(rows)
    linear, quadratic = (_regression_estimate(mean, typical, chosen) for mean in means)
    return MeanSimilarities(linear[0], quadratic[0], linear[1], quadratic[1], size)


def _nearest(
    queries: Packed,
    references: Packed,
    own: Counts | None,
    empty: float,
    device: str,
    progress: Progress | None,
) -> Floats:
    """Reference chunks outside, so that memory is bounded; `own` is each query's own reference."""
    best = np.zeros(len(queries))
    total = len(queries) * len(references)
    done = 0
    for chunk in _slices(len(references), _REFERENCES):
        search = NeighborSearch(references[chunk], empty=empty, device=resolve_device(device))
        for block in _slices(len(queries), _QUERIES):
            places = None if own is None else own[block] - chunk.start
            best[block] = search.improve(queries[block], best[block], places)
            done += (block.stop - block.start) * (chunk.stop - chunk.start)
            if progress is not None:
                progress("nearest neighbors", len(queries) * done // total, len(queries))
    return best


def _means_of_all(rows: Packed, device: torch.device, progress: Progress | None) -> Floats:
    """Mean similarity and root mean square of each row to all rows, (2, rows).

    A strip of rows is compared with itself and what follows; the columns that follow take the
    mirrored pairs from there.
    """
    sums = np.zeros((2, len(rows)))
    counts = count_bits(rows)
    for strip in _slices(len(rows), _STRIP):
        left = unpack(rows[strip], device)
        for offset in _slices(len(rows) - strip.start, _BLOCK):
            block = slice(strip.start + offset.start, strip.start + offset.stop)
            pairs = _similarities(left, unpack(rows[block], device), counts[strip], counts[block])
            squares = pairs.square()
            sums[:, strip] += _sums(pairs, squares, 1)
            if block.start >= strip.stop:
                sums[:, block] += _sums(pairs, squares, 0)
        if progress is not None:
            progress("internal diversity", strip.stop, len(rows))
    return _roots(sums / len(rows))


def _means_of_some(
    chosen: Packed, rows: Packed, device: torch.device, progress: Progress | None
) -> Floats:
    """Mean similarity and root mean square of each of `chosen` to all rows, (2, chosen)."""
    sums = np.zeros((2, len(chosen)))
    left, counts = unpack(chosen, device), count_bits(chosen)
    for block in _slices(len(rows), _BLOCK):
        right, right_counts = unpack(rows[block], device), count_bits(rows[block])
        for strip in _slices(len(chosen), _STRIP):
            pairs = _similarities(left[strip], right, counts[strip], right_counts)
            sums[:, strip] += _sums(pairs, pairs.square(), 1)
        if progress is not None:
            progress("internal diversity", block.stop, len(rows))
    return _roots(sums / len(rows))


def _similarities(left: Tensor, right: Tensor, left_on: Counts, right_on: Counts) -> Tensor:
    """Tanimoto of all pairs, (left, right), float32: each is right to 6e-8, their means to 1e-9."""
    shared = multiply(left, right).to(torch.float32)
    rows = torch.from_numpy(left_on).to(shared)[:, None]
    columns = torch.from_numpy(right_on).to(shared)
    either = (rows + columns).sub_(shared)
    similarities = shared.div_(either)
    if not left_on.all() and not right_on.all():
        similarities.masked_fill_(either == 0, 1.0)
    return similarities


def _sums(pairs: Tensor, squares: Tensor, axis: int) -> Floats:
    return np.stack([part.sum(axis).double().cpu().numpy() for part in (pairs, squares)])


def _roots(means: Floats) -> Floats:
    return np.stack([means[0], np.sqrt(means[1])])


def _similarity_to_average(rows: Packed) -> Floats:
    """Tanimoto of each row to the average fingerprint, shares of bits on taken as counts."""
    blocks = list(_slices(len(rows), _QUERIES))
    shares = sum(np.unpackbits(rows[b], axis=1).sum(0, dtype=np.int64) for b in blocks) / len(rows)
    weights = shares.astype(np.float32)
    shared = [np.unpackbits(rows[b], axis=1).astype(np.float32) @ weights for b in blocks]
    common = np.concatenate(shared).astype(np.float64)
    either = count_bits(rows) + shares.sum() - common
    return np.asarray(np.divide(common, either, out=np.zeros_like(common), where=either > 0))


def _regression_estimate(values: Floats, predictor: Floats, chosen: Counts) -> tuple[float, float]:
    """Mean over all rows of what is known for `chosen`, and its standard error."""
    known = predictor[chosen]
    spread = known - known.mean()
    variance = float(spread @ spread)
    slope = float(spread @ values) / variance if variance > 0 else 0.0
    estimate = values.mean() + slope * (predictor.mean() - known.mean())
    residuals = values - values.mean() - slope * spread
    unseen = 1 - len(chosen) / len(predictor)
    error = np.sqrt(unseen * float(residuals @ residuals) / max(1, len(chosen) - 2) / len(chosen))
    return float(estimate), float(error)


def _slices(total: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, total)) for start in range(0, total, size))
