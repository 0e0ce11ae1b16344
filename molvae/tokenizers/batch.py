"""Many molecules as one flat array of token ids, with what could not be tokenized."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from molvae.tokenizers.vocabulary import Vocabulary

Ids = np.ndarray[Any, np.dtype[np.unsignedinteger[Any]]]
Offsets = np.ndarray[Any, np.dtype[np.int64]]


@final
@dataclass(frozen=True, order=True)
class Problem:
    """Why the molecule at `index` of a batch has no tokens."""

    index: int
    reason: str


@final
@dataclass(frozen=True, eq=False)
class Encoded:
    """Token ids of a batch: row i is `ids[offsets[i]:offsets[i + 1]]`.

    `ids` has the vocabulary's narrowest unsigned type and no special tokens; `offsets`
    has one entry more than there are rows. Rows named by `problems` are empty.
    """

    ids: Ids
    offsets: Offsets
    problems: tuple[Problem, ...] = ()

    @property
    def lengths(self) -> Offsets:
        """Number of tokens of each row."""
        return np.diff(self.offsets)

    def rows(self, start: int, stop: int) -> "Encoded":
        """Rows `start` to `stop`, numbered from 0, without their problems."""
        offsets = self.offsets[start : stop + 1]
        return Encoded(self.ids[offsets[0] : offsets[-1]], offsets - offsets[0])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> Ids:
        index = range(len(self))[row]
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[Ids]:
        return (self[row] for row in range(len(self)))


@final
@dataclass(frozen=True, eq=False)
class Tokenized:
    """A batch split into tokens before there is a vocabulary.

    `tokens` are the distinct tokens, sorted; `ids` index into `tokens`, not into any
    vocabulary; rows and problems are as in `Encoded`.
    """

    tokens: tuple[str, ...]
    ids: Ids
    offsets: Offsets
    problems: tuple[Problem, ...] = field(default=())

    @property
    def lengths(self) -> Offsets:
        """Number of tokens of each row."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def row(self, index: int) -> list[str]:
        """The tokens of one row."""
        ids = self.ids[self.offsets[index] : self.offsets[index + 1]]
        return [self.tokens[i] for i in ids.tolist()]

    def counts(self) -> dict[str, int]:
        """How often each token occurs."""
        counts = np.bincount(self.ids, minlength=len(self.tokens))
        return dict(zip(self.tokens, counts.tolist(), strict=True))

    def encode(self, vocabulary: Vocabulary) -> Encoded:
        """The same rows with ids of `vocabulary`; a row with a token it lacks is a problem."""
        table = vocabulary.lookup(self.tokens)
        if (table >= 0).all():
            ids = table.astype(vocabulary.dtype)[self.ids]
            return Encoded(ids, self.offsets, self.problems)
        return self._encode_known_rows(vocabulary, table)

    def _encode_known_rows(self, vocabulary: Vocabulary, table: Offsets) -> Encoded:
        unknown_at = np.flatnonzero(table[self.ids] < 0)
        rows = np.searchsorted(self.offsets, unknown_at, side="right") - 1
        rows, first = np.unique(rows, return_index=True)
        missing = [self.tokens[i] for i in self.ids[unknown_at[first]].tolist()]
        problems = [
            Problem(row, f"token {token!r} is not in the vocabulary")
            for row, token in zip(rows.tolist(), missing, strict=True)
        ]
        kept = np.ones(len(self), dtype=bool)
        kept[rows] = False
        ids = table.astype(vocabulary.dtype)[self.ids[np.repeat(kept, self.lengths)]]
        offsets = offsets_of(np.where(kept, self.lengths, 0))
        return Encoded(ids, offsets, tuple(sorted((*self.problems, *problems))))


def offsets_of(lengths: Offsets) -> Offsets:
    """Where rows of these lengths begin and the last one ends: (rows + 1,)."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def compact(
    tokens: Sequence[str], ids: Ids, offsets: Offsets, problems: tuple[Problem, ...] = ()
) -> Tokenized:
    """A `Tokenized` whose table keeps only the tokens that `ids` use, sorted, each once."""
    used = np.flatnonzero(np.bincount(ids, minlength=1))[: len(tokens)]
    names = sorted({tokens[i] for i in used.tolist()}) if len(ids) else []
    rank = {token: i for i, token in enumerate(names)}
    table = np.zeros(max(len(tokens), 1), dtype=_table_dtype(len(names)))
    for i in used.tolist() if names else ():
        table[i] = rank[tokens[i]]
    return Tokenized(tuple(names), table[ids], offsets, problems)


def merge(parts: Sequence[Tokenized]) -> Tokenized:
    """The rows of `parts` one after the other, over one token table."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({token for part in parts for token in part.tokens})
    rank = {token: i for i, token in enumerate(names)}
    dtype = _table_dtype(len(names))
    ids = [np.array([rank[t] for t in part.tokens], dtype=dtype)[part.ids] for part in parts]
    rows_before = offsets_of(np.array([len(part) for part in parts], dtype=np.int64))
    problems = [
        Problem(int(start) + problem.index, problem.reason)
        for start, part in zip(rows_before, parts, strict=False)
        for problem in part.problems
    ]
    lengths = [part.lengths for part in parts]
    offsets = offsets_of(np.concatenate([np.zeros(0, dtype=np.int64), *lengths]))
    flat = np.concatenate([np.zeros(0, dtype=dtype), *ids])
    return Tokenized(tuple(names), flat, offsets, tuple(problems))


def _table_dtype(size: int) -> np.dtype[np.unsignedinteger[Any]]:
    return np.dtype(np.min_scalar_type(max(size - 1, 0)))
