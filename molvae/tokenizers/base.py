"""What every tokenizer can do: split and join one string, encode and decode many."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from molvae.errors import TokenizationError
from molvae.parallel import chunked, ordered_map
from molvae.tokenizers.batch import Encoded, Ids, Tokenized, merge, offsets_of
from molvae.tokenizers.vocabulary import EOS, SPECIAL_TOKENS, Vocabulary


class Tokenizer(ABC):
    """Turns molecules into token ids and back, with a fixed vocabulary.

    Made without a vocabulary, it can `split`, `join` and `tokenize_batch`; `encode` and
    `decode` need one. Ids never include special tokens.
    """

    kind: ClassVar[str]
    """The name `build_tokenizer` knows it by."""
    rows_per_chunk: ClassVar[int] = 16_384
    """Rows done at a time: enough for numpy, few enough for the processor's cache."""
    uses_workers: ClassVar[bool] = False
    """Whether the work outweighs sending the molecules to worker processes. Splitting
    SMILES does not: one core does more than a million a second."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self._vocabulary = vocabulary

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary; raises `TokenizationError` when the tokenizer has none."""
        if self._vocabulary is None:
            raise TokenizationError(
                f"this {self.kind} tokenizer has no vocabulary yet; give one, or use fit()"
            )
        return self._vocabulary

    @abstractmethod
    def split(self, smiles: str) -> list[str]:
        """The tokens of one molecule; raises `TokenizationError` naming the place."""

    @abstractmethod
    def join(self, tokens: Sequence[str]) -> str:
        """The SMILES that `tokens` write."""

    @abstractmethod
    def tokenize_rows(self, smiles: Sequence[str]) -> Tokenized:
        """`split` of each molecule, all at once, in this process."""

    @abstractmethod
    def join_rows(self, rows: Encoded, tokens: tuple[str, ...]) -> list[str]:
        """`join` of each row of ids into `tokens`, all at once, in this process."""

    def tokenize_batch(self, smiles: Sequence[str], *, workers: int | None = None) -> Tokenized:
        """`split` of each molecule, in order, on `workers` processes (None: all cores)."""
        bare = type(self)()  # what workers are sent needs no vocabulary
        chunks = chunked(smiles, self.rows_per_chunk)
        return merge(list(ordered_map(bare.tokenize_rows, chunks, workers=self._workers(workers))))

    def encode(self, smiles: str) -> Ids:
        """Ids of one molecule, (tokens,); raises `TokenizationError` naming what is wrong."""
        vocabulary = self.vocabulary
        ids = [vocabulary[token] for token in self.split(smiles)]
        return np.array(ids, dtype=vocabulary.dtype)

    def encode_batch(self, smiles: Sequence[str], *, workers: int | None = None) -> Encoded:
        """Ids of many molecules; those that cannot be encoded are empty rows in `problems`."""
        vocabulary = self.vocabulary
        return self.tokenize_batch(smiles, workers=workers).encode(vocabulary)

    def decode(self, ids: Sequence[int] | np.ndarray[Any, Any]) -> str:
        """The SMILES of one row of ids, up to the first end token, special tokens skipped."""
        row = np.asarray(ids, dtype=np.int64).reshape(1, -1)
        return self.decode_batch(row, workers=1)[0]

    def decode_batch(
        self, ids: np.ndarray[Any, Any] | Encoded, *, workers: int | None = None
    ) -> list[str]:
        """SMILES of each row of `ids`: (rows, tokens) padded in any way, or an `Encoded`.

        A row ends at its first end token and special tokens are skipped. Raises
        `TokenizationError` for an id outside the vocabulary.
        """
        vocabulary = self.vocabulary
        rows = _without_specials(ids, len(vocabulary))
        join_rows = partial(type(self)().join_rows, tokens=vocabulary.tokens)
        step = self.rows_per_chunk
        tasks = (rows.rows(start, start + step) for start in range(0, len(rows), step))
        parts = ordered_map(join_rows, tasks, workers=self._workers(workers))
        return [smiles for part in parts for smiles in part]

    def _workers(self, requested: int | None) -> int | None:
        return requested if self.uses_workers else 1


def _without_specials(ids: np.ndarray[Any, Any] | Encoded, size: int) -> Encoded:
    """The rows up to their end tokens, special tokens removed; ids are checked."""
    flat = ids.ids if isinstance(ids, Encoded) else ids
    if flat.size and not 0 <= flat.min() <= flat.max() < size:
        wrong = flat.min() if flat.min() < 0 else flat.max()
        raise TokenizationError(f"no token has id {wrong}; ids are 0 to {size - 1}")
    if isinstance(ids, Encoded):
        return _trimmed(ids)
    if ids.ndim != 2:
        raise TokenizationError(f"ids of shape {ids.shape} cannot be decoded; give (rows, tokens)")
    ended = np.logical_or.accumulate(ids == EOS, axis=1)
    kept = ~ended & (ids >= len(SPECIAL_TOKENS))
    return Encoded(ids[kept], offsets_of(kept.sum(axis=1)))


def _trimmed(encoded: Encoded) -> Encoded:
    if not len(encoded.ids) or encoded.ids.min() >= len(SPECIAL_TOKENS):
        return encoded
    ends_before = offsets_of((encoded.ids == EOS).astype(np.int64))  # (tokens + 1,)
    at_row_start = np.repeat(ends_before[encoded.offsets[:-1]], encoded.lengths)
    kept = (ends_before[1:] == at_row_start) & (encoded.ids >= len(SPECIAL_TOKENS))
    return Encoded(encoded.ids[kept], offsets_of(kept.astype(np.int64))[encoded.offsets])
