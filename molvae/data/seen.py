"""A memory of what was seen, compact enough for hundreds of millions of molecules."""

import hashlib
from collections.abc import Sequence
from typing import final

import numpy as np
import numpy.typing as npt

Digests = npt.NDArray[np.uint64]
Lines = npt.NDArray[np.int64]

_FIRST_SLOTS = 1 << 16
_FREE = -1


def digests_of(texts: Sequence[str]) -> Digests:
    """128-bit hashes, (texts, 2): equal for equal texts, else distinct for all purposes."""
    joined = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts)
    return np.frombuffer(joined, "<u8").reshape(-1, 2)


@final
class SeenLines:
    """Remembers on which line each digest came first: 24 bytes a slot, half of them filled.

    An open-addressing hash table over arrays, asked and filled many digests at a time.
    """

    def __init__(self) -> None:
        self._count = 0
        self._digests = np.zeros((_FIRST_SLOTS, 2), np.uint64)
        self._lines = np.full(_FIRST_SLOTS, _FREE, np.int64)

    def __len__(self) -> int:
        return self._count

    def add(self, digests: Digests, lines: Lines) -> Lines:
        """The line on which each digest came first: its own for one that is new.

        `digests` is (n, 2) and `lines` (n,), in the order of the input, none negative.
        """
        _, first, group = np.unique(digests[:, 0], return_index=True, return_inverse=True)
        self._reserve(len(first))
        found = self._insert(digests[first], lines[first])
        result: Lines = found[group.reshape(-1)]
        return result

    def _reserve(self, more: int) -> None:
        """Room for `more` digests with at least half of the slots free."""
        slots = len(self._lines)
        if 2 * (self._count + more) <= slots:
            return
        while 2 * (self._count + more) > slots:
            slots *= 2
        filled = self._lines != _FREE
        digests, lines = self._digests[filled], self._lines[filled]
        self._digests = np.zeros((slots, 2), np.uint64)
        self._lines = np.full(slots, _FREE, np.int64)
        self._count = 0
        self._insert(digests, lines)

    def _insert(self, digests: Digests, lines: Lines) -> Lines:
        """Put distinct digests in; gives the line of each, the old one where it was known."""
        slots = len(self._lines)
        place = (digests[:, 0] % np.uint64(slots)).astype(np.int64)
        found = lines.copy()
        open_rows = np.arange(len(lines))
        while len(open_rows):
            free = self._lines[place] == _FREE
            self._digests[place[free]] = digests[open_rows[free]]
            self._lines[place[free]] = lines[open_rows[free]]
            settled = (self._digests[place] == digests[open_rows]).all(axis=1)
            found[open_rows[settled]] = self._lines[place[settled]]
            open_rows, place = open_rows[~settled], (place[~settled] + 1) % slots
        self._count += int((found == lines).sum())
        return found
