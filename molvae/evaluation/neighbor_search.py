"""Finds the most similar reference of many queries without comparing all pairs in full.

References are sorted by their number of bits on and cut into tiles of one such number: within
a tile the highest Tanimoto similarity is that of the most shared bits. Fingerprints folded to
fewer places give an upper bound for each query and tile at a fraction of the cost, and only the
tiles that may beat the best found so far are multiplied in full. Nothing is approximated.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from molvae.evaluation.shared_bits import (
    DIGIT,
    Counts,
    Packed,
    count_bits,
    factor_type,
    fold_bits,
    multiply,
    pair_up,
    split_maxima,
    unpack,
)

Floats = npt.NDArray[np.float64]

FOLDED_WIDTH = 320
TILE_ROWS = 512
SAMPLED_ROWS = 20_000
PREPARED_ROWS = 8_192
FIRST_VISITS = 2
"""How many of its most promising tiles each query visits before the others are weighed."""


class _Tile(NamedTuple):
    """References with equally many bits on: a slice of the sorted references."""

    start: int
    stop: int
    bits_on: int


class NeighborSearch:
    """References made ready for `improve`; one byte (float32: four) a folded place of each."""

    def __init__(self, references: Packed, *, empty: float, device: torch.device) -> None:
        """`empty` is the similarity of two fingerprints without any bit on."""
        bits_on = count_bits(references)
        order = np.argsort(bits_on, kind="stable")
        self._empty = empty
        self._device = device
        self._references = references[order]
        self._ranks = np.empty_like(order)
        self._ranks[order] = np.arange(len(order))
        self._tiles = list(_cut(bits_on[order]))
        self._screen = _Screen(self._references, device) if _is_wide(references) else None

    def improve(self, queries: Packed, best: Floats, own: Counts | None = None) -> Floats:
        """`best`, raised to the similarity of the nearest reference where that is higher.

        `own` is the place of the reference that each query itself is, which then counts 0;
        places outside the references name none. (queries,)
        """
        visit = _Visit(
            bits=unpack(queries, self._device),
            bits_on=count_bits(queries),
            ranks=None if own is None else self._rank(own),
            best=best.copy(),
        )
        bounds = self._bounds(visit)
        for _ in range(FIRST_VISITS):
            chosen = bounds.argmax(axis=0)
            for rows in _grouped(chosen):
                self._raise_best(visit, self._tiles[chosen[rows[0]]], rows)
            bounds[chosen, np.arange(len(chosen))] = -1
        for tile, bound in zip(self._tiles, bounds, strict=True):
            rows = np.flatnonzero(bound > visit.best)
            if len(rows):
                self._raise_best(visit, tile, rows)
        return visit.best

    def _rank(self, places: Counts) -> Counts:
        """Where sorting put the references at `places`; -1 for places outside."""
        outside = (places < 0) | (places >= len(self._ranks))
        return np.where(outside, -1, self._ranks[np.where(outside, 0, places)])

    def _bounds(self, visit: "_Visit") -> Floats:
        """No reference of a tile is more similar to a query than this, (tiles, queries)."""
        bounds = np.empty((len(self._tiles), len(visit.bits_on)))
        paired = None if self._screen is None else self._screen.pair_queries(visit.bits)
        for tile, bound in zip(self._tiles, bounds, strict=True):
            if self._screen is not None and paired is not None and tile.bits_on < DIGIT:
                shared = self._screen.most_shared(paired, tile)[: len(bound)]
            else:
                shared = np.minimum(visit.bits_on, tile.bits_on)
            bound[:] = self._ratio(shared, visit.bits_on, tile)
        return bounds

    def _raise_best(self, visit: "_Visit", tile: _Tile, rows: Counts) -> None:
        """Raise the best of the queries `rows` to that of their nearest reference in `tile`."""
        references = unpack(self._references[tile.start : tile.stop], self._device)
        shared = multiply(visit.bits[torch.from_numpy(rows)], references)
        if visit.ranks is not None:
            places = visit.ranks[rows] - tile.start
            inside = np.flatnonzero((places >= 0) & (places < len(references)))
            shared[torch.from_numpy(inside), torch.from_numpy(places[inside])] = 0
        most = shared.amax(1).cpu().numpy()
        ratio = self._ratio(most, visit.bits_on[rows], tile)
        visit.best[rows] = np.maximum(visit.best[rows], ratio)

    def _ratio(self, shared: npt.NDArray[np.integer], bits_on: Counts, tile: _Tile) -> Floats:
        """Tanimoto from counts, rounded once, so that it grows with `shared`."""
        either = bits_on + tile.bits_on - shared
        empty = np.full(len(shared), self._empty)
        return np.asarray(np.divide(shared, either, out=empty, where=either > 0))


class _Visit(NamedTuple):
    """Queries on their way through the tiles; `best` rises as they go."""

    bits: Tensor
    bits_on: Counts
    ranks: Counts | None
    best: Floats


class _Screen:
    """Upper bounds for shared bits, from fingerprints folded to `FOLDED_WIDTH` places.

    A query keeps whether any bit of a place is on, a reference how many are: the product is at
    least the number of shared bits and at most the reference's bits on, so that two queries fit
    one product where these are below `DIGIT`.
    """

    def __init__(self, references: Packed, device: torch.device) -> None:
        sample = references[:: max(1, len(references) // SAMPLED_ROWS)]
        frequencies = np.unpackbits(sample, axis=1).mean(axis=0)
        folding = fold_bits(frequencies, FOLDED_WIDTH).T.contiguous()  # (width, bits)
        self._folding = folding.to(device, factor_type(device))
        parts = np.array_split(references, len(references) // PREPARED_ROWS + 1)
        self._folded = torch.cat([self._fold(unpack(part, device)) for part in parts])

    def pair_queries(self, bits: Tensor) -> Tensor:
        """Folded queries, two in a row, (ceil(queries / 2), width)."""
        return pair_up(self._fold(bits).clamp_(max=1))

    def most_shared(self, paired: Tensor, tile: _Tile) -> npt.NDArray[np.int32]:
        """At least the most bits that each query shares with a reference of `tile`."""
        products = multiply(paired, self._folded[tile.start : tile.stop])
        return np.asarray(split_maxima(products).cpu().numpy())

    def _fold(self, bits: Tensor) -> Tensor:
        return multiply(bits, self._folding).clamp_(max=DIGIT - 1).to(bits.dtype)


def _is_wide(references: Packed) -> bool:
    return int(references.shape[1]) * 8 > FOLDED_WIDTH


def _cut(bits_on: Counts) -> Iterator[_Tile]:
    """Tiles of at most `TILE_ROWS` of the ascending `bits_on`."""
    edges = [0, *(np.flatnonzero(np.diff(bits_on)) + 1).tolist(), len(bits_on)]
    for start, stop in pairwise(edges):
        for first in range(start, stop, TILE_ROWS):
            yield _Tile(first, min(first + TILE_ROWS, stop), int(bits_on[start]))


def _grouped(numbers: Counts) -> list[Counts]:
    """The places of equal `numbers`, one array for each number."""
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
