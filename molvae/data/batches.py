"""Batches of molecules of nearly the same length, in an order that can be resumed.

Shuffling, bucketing and cutting depend on the seed and the epoch alone, so the place in
the data is two numbers, and any batch can be made again.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from molvae.data.annotations import Annotations
from molvae.data.corruption import Corruption, joined
from molvae.data.shards import Split
from molvae.model.batch import Batch
from molvae.tokenizers.vocabulary import BOS, EOS, PAD

POOL_BATCHES = 64
"""Batches' worth of shuffled molecules that are sorted by length together."""

NOISE = 1
"""Tells the random numbers of the noise from those of the order, which have the same seed."""


class Cursor(NamedTuple):
    """A place in the data: `batch` batches into `epoch`."""

    epoch: int = 0
    batch: int = 0


class Batches:
    """The batches of a split, epoch after epoch, for one of `world` equal ranks.

    Where fewer than `labeled_share` of the molecules have a label, these come several times
    an epoch, so that about that share of each batch has one. With `noise`, the encoder reads
    the molecules corrupted, a batch always in the same way. With `mixes_lengths` each batch is
    a random sample of the molecules, at the price of more padding.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        *,
        seed: int,
        device: str | torch.device = "cpu",
        rank: int = 0,
        world: int = 1,
        annotations: Annotations | None = None,
        labeled_share: float = 0.0,
        noise: Corruption | None = None,
        mixes_lengths: bool = False,
    ) -> None:
        self._split = split
        self._rows = _rows_of_epoch(len(split), annotations, labeled_share)
        self._batch_size = batch_size
        self._seed = seed
        self._rank = rank
        self._world = world
        self._device = torch.device(device)
        self._noise = noise
        self._pool = batch_size * (1 if mixes_lengths else POOL_BATCHES)
        self._assemble = assembler(split, self._device, annotations)
        self._plan: tuple[int, list[np.ndarray]] | None = None

    @property
    def per_epoch(self) -> int:
        """Number of batches of this rank in an epoch."""
        total = -(-len(self._rows) // self._batch_size)
        return max(1, total // self._world)

    def batch(self, cursor: Cursor) -> Batch:
        """The batch at `cursor`."""
        rows = self.rows(cursor)
        batch = self._assemble(rows)
        if self._noise is None:
            return batch
        rng = np.random.default_rng((NOISE, self._seed, *cursor, self._rank))
        corrupted = self._noise(joined([self._split.tokens(int(row)) for row in rows]), rng)
        tokens, lengths = _gather(corrupted.ids, corrupted.offsets, np.arange(len(rows)))
        source, source_lengths = (
            torch.from_numpy(part).to(self._device) for part in (tokens, lengths)
        )
        return batch._replace(source=source, source_lengths=source_lengths)

    def rows(self, cursor: Cursor) -> np.ndarray:
        """Rows of the split that the batch at `cursor` holds."""
        if self._plan is None or self._plan[0] != cursor.epoch:
            self._plan = (cursor.epoch, self._epoch_plan(cursor.epoch))
        return self._plan[1][cursor.batch * self._world + self._rank]

    def after(self, cursor: Cursor) -> Cursor:
        """The place one batch further."""
        if cursor.batch + 1 < self.per_epoch:
            return Cursor(cursor.epoch, cursor.batch + 1)
        return Cursor(cursor.epoch + 1, 0)

    def before(self, cursor: Cursor) -> Cursor:
        """The place one batch back; the first place is its own."""
        if cursor.batch > 0:
            return Cursor(cursor.epoch, cursor.batch - 1)
        return Cursor(cursor.epoch - 1, self.per_epoch - 1) if cursor.epoch > 0 else cursor

    def _epoch_plan(self, epoch: int) -> list[np.ndarray]:
        rng = np.random.default_rng((self._seed, epoch))
        order = self._rows[rng.permutation(len(self._rows))]
        lengths = self._split.lengths
        plan: list[np.ndarray] = []
        for start in range(0, len(order), self._pool):
            rows = order[start : start + self._pool]
            rows = rows[np.argsort(lengths[rows], kind="stable")]
            plan.extend(np.split(rows, range(self._batch_size, len(rows), self._batch_size)))
        needed = self.per_epoch * self._world
        plan.extend(plan[: max(0, needed - len(plan))])
        return [plan[index] for index in rng.permutation(len(plan))]


def _rows_of_epoch(count: int, annotations: Annotations | None, labeled_share: float) -> np.ndarray:
    """All `count` rows, those with a label as often as makes up `labeled_share` of the whole."""
    rows = np.arange(count)
    if annotations is None or annotations.labels is None or labeled_share == 0.0:
        return rows
    labeled = np.flatnonzero(~np.isnan(annotations.labels).all(axis=1))
    if len(labeled) == 0:
        return rows
    wanted = labeled_share / (1.0 - labeled_share) * (count - len(labeled))
    return np.concatenate([rows, np.repeat(labeled, max(0, round(wanted / len(labeled)) - 1))])


def in_order(
    split: Split,
    batch_size: int,
    *,
    limit: int | None = None,
    device: str | torch.device = "cpu",
    annotations: Annotations | None = None,
) -> Iterator[Batch]:
    """At most `limit` molecules of a split, always the same ones, in batches by length."""
    rows = np.random.default_rng(0).permutation(len(split))[:limit]
    rows = rows[np.argsort(split.lengths[rows], kind="stable")]
    assemble = assembler(split, torch.device(device), annotations)
    for start in range(0, len(rows), batch_size):
        yield assemble(rows[start : start + batch_size])


def pad_sequences(sequences: list[np.ndarray], device: str | torch.device = "cpu") -> Batch:
    """A batch of token-id arrays, in the order given."""
    ids = np.concatenate([*sequences, np.empty(0, np.int64)]).astype(np.int64)
    offsets = np.zeros(len(sequences) + 1, np.int64)
    np.cumsum([len(sequence) for sequence in sequences], out=offsets[1:])
    rows = np.arange(len(sequences))
    tokens, lengths = _gather(ids, offsets, rows)
    return _shifted(torch.from_numpy(tokens), torch.from_numpy(lengths), torch.device(device))


def by_length(sequences: Sequence[np.ndarray], size: int) -> list[np.ndarray]:
    """Rows of `sequences` in batches of at most `size`, shortest first: little padding."""
    order = np.argsort([len(sequence) for sequence in sequences], kind="stable")
    return [order[start : start + size] for start in range(0, len(order), size)]


class _HostAssembler:
    """Cuts batches out of the memory-mapped token array; memory does not grow with it."""

    def __init__(self, split: Split, device: torch.device) -> None:
        self._split = split
        self._device = device

    def __call__(self, rows: np.ndarray) -> Batch:
        tokens, lengths = _gather(self._split.ids, self._split.offsets, rows)
        return _shifted(torch.from_numpy(tokens), torch.from_numpy(lengths), self._device)


class _DeviceAssembler:
    """Cuts batches out of a token array that lies on the accelerator."""

    def __init__(self, split: Split, device: torch.device) -> None:
        narrow = np.uint8 if split.ids.dtype.itemsize == 1 else np.int32  # CUDA cannot index uint16
        self._ids = torch.from_numpy(split.ids.astype(narrow)).to(device)
        self._offsets = torch.from_numpy(np.array(split.offsets)).to(device)
        self._lengths = split.lengths
        self._device = device

    def __call__(self, rows: np.ndarray) -> Batch:
        steps = int(self._lengths[rows].max(initial=0)) + 1
        index = torch.from_numpy(rows).pin_memory().to(self._device, non_blocking=True)
        start = self._offsets[index]
        lengths = self._offsets[index + 1] - start
        step = torch.arange(steps, device=self._device)[:, None]
        place = (start + step).clamp_(max=max(0, len(self._ids) - 1))
        tokens = self._ids[place].long()
        tokens = torch.where(step < lengths, tokens, torch.where(step == lengths, EOS, PAD))
        return _shifted(tokens, lengths + 1, self._device)


def assembler(
    split: Split, device: torch.device, annotations: Annotations | None = None
) -> Callable[[np.ndarray], Batch]:
    """What turns rows of `split` into a batch on `device`, with their `annotations`."""
    kind = _DeviceAssembler if device.type == "cuda" else _HostAssembler
    assemble = kind(split, device)
    if annotations is None:
        return assemble

    def annotated(rows: np.ndarray) -> Batch:
        conditions, labels = (
            None if values is None else torch.from_numpy(values[rows]).to(device)
            for values in annotations
        )
        return assemble(rows)._replace(conditions=conditions, labels=labels)

    return annotated


def _gather(
    ids: np.ndarray, offsets: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tokens (T, B) with end token and padding, and lengths (B,) with the end token."""
    start = np.asarray(offsets[rows])
    lengths = np.asarray(offsets[rows + 1]) - start
    step = np.arange(int(lengths.max(initial=0)) + 1)[:, None]
    place = np.minimum(start + step, max(0, len(ids) - 1))
    tokens = ids[place].astype(np.int64) if len(ids) else np.zeros(place.shape, np.int64)
    tokens[step >= lengths] = PAD
    tokens[lengths, np.arange(len(rows))] = EOS
    return tokens, lengths + 1


def _shifted(tokens: Tensor, lengths: Tensor, device: torch.device) -> Batch:
    tokens, lengths = tokens.to(device), lengths.to(device)
    inputs = torch.cat((torch.full_like(tokens[:1], BOS), tokens[:-1]))
    return Batch(tokens, lengths, inputs.masked_fill(inputs == EOS, PAD))
