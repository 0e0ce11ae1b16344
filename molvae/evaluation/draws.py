"""Drawing molecules until there are enough, as GuacaMol samples a model.

A benchmark draws as many strings as it still lacks molecules, again and again, until it
has all of them or its tries are used up. Each draw is read once, whoever asks for it.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple, final

from molvae.chem.flat import flat_smiles
from molvae.chem.molecule import parse, to_smiles
from molvae.evaluation.records import Progress
from molvae.parallel import chunked, ordered_map

CHUNK = 500
VALID_TRIES = 10
UNIQUE_TRIES = 2


class Reading(NamedTuple):
    """The canonical SMILES of a molecule that was drawn."""

    canonical: str
    """With stereochemistry."""
    flat: str
    """Without."""


class Sample(NamedTuple):
    """Molecules of a stream, in the order they were drawn."""

    readings: list[Reading]
    drawn: int
    """Strings it took."""
    ended: bool
    """Whether the stream ended before there were enough molecules or the tries used up."""


@final
class Draws:
    """The strings of a stream, drawn when first asked for and kept.

    Every sample begins at the start of the stream, so that a list and a model that yields
    strings without end are sampled alike.
    """

    def __init__(
        self, stream: Iterable[str], *, workers: int | None = None, progress: Progress | None = None
    ) -> None:
        self._stream = iter(stream)
        self._drawn: list[Reading | None] = []
        self._workers = workers
        self._progress = progress

    def first(self, count: int) -> list[Reading | None]:
        """The first `count` draws, None for what is no molecule; fewer where there are fewer."""
        return self._next(0, count)

    def valid(self, wanted: int) -> Sample:
        """`wanted` molecules, repeats kept; fewer after ten times as many draws."""
        return self._until(wanted, VALID_TRIES * wanted, lambda _: True)

    def unique(self, wanted: int) -> Sample:
        """`wanted` molecules that differ, stereoisomers too; fewer after twice as many draws."""
        seen: set[str] = set()

        def is_new(reading: Reading) -> bool:
            before = len(seen)
            seen.add(reading.canonical)
            return len(seen) > before

        return self._until(wanted, UNIQUE_TRIES * wanted, is_new)

    def _until(self, wanted: int, limit: int, keep: Callable[[Reading], bool]) -> Sample:
        kept: list[Reading] = []
        drawn = 0
        while len(kept) < wanted and drawn < limit:
            lacking = wanted - len(kept)
            draws = self._next(drawn, lacking)
            drawn += len(draws)
            kept.extend(one for one in draws if one is not None and keep(one))
            if len(draws) < lacking:
                return Sample(kept, drawn, ended=True)
        return Sample(kept, drawn, ended=False)

    def _next(self, start: int, count: int) -> list[Reading | None]:
        missing = start + count - len(self._drawn)
        if missing > 0:
            texts = list(islice(self._stream, missing))
            self._drawn += read_all(texts, workers=self._workers, progress=self._progress)
        return self._drawn[start : start + count]


def read_all(
    smiles: Iterable[str], *, workers: int | None = None, progress: Progress | None = None
) -> list[Reading | None]:
    """What each string stands for, None where it is no molecule."""
    texts = list(smiles)
    readings: list[Reading | None] = []
    for part in ordered_map(_read, chunked(texts, CHUNK), workers=workers):
        readings += part
        if progress is not None:
            progress("reading", len(readings), len(texts))
    return readings


def _read(texts: list[str]) -> list[Reading | None]:
    return [
        None if mol is None else Reading(to_smiles(mol), flat_smiles(mol))
        for mol in map(parse, texts)
    ]
