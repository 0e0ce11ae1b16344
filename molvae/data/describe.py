"""What is in a file of molecules, before anything is done with it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
import pandas as pd

from molvae.chem.property_table import property_table
from molvae.chem.validators import is_valid
from molvae.data.readers import read_records
from molvae.data.records import Record
from molvae.data.seen import SeenLines, digests_of
from molvae.data.streams import display_name
from molvae.parallel import chunked

SAMPLE = 5_000
PROPERTIES = ("heavy_atoms", "molecular_weight", "logp", "tpsa", "qed", "sa", "rings")
_BLOCK = 10_000


@final
@dataclass(frozen=True)
class Description:
    """Counts of all records of an input, and a closer look at a random sample of them."""

    name: str
    records: int
    unreadable: int
    """Lines that hold no molecule for a reason of format: ragged rows, no SMILES."""
    distinct: int
    """Different SMILES strings, as written."""
    shortest: int
    """Characters of the shortest SMILES."""
    longest: int
    mean_length: float
    sampled: int
    """Molecules looked at closely: all, or a random sample of `SAMPLE`."""
    valid: int
    """How many of the sampled are molecules."""
    properties: pd.DataFrame
    """One row a property; columns mean, std, min, median, max over the valid sampled."""


def describe(
    path: str | Path | Sequence[str],
    *,
    column: str | None = None,
    workers: int | None = None,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Description:
    """Read all of a file of molecules and describe it; memory does not grow with it.

    `progress` is called with the number of records read so far. Raises `InputError` as
    `read_records` does.
    """
    survey = _Survey(seed)
    for block in chunked(read_records(path, column=column), _BLOCK):
        survey.add(block)
        if progress is not None:
            progress(survey.records)
    sample = [smiles for smiles in survey.sample if is_valid(smiles)]
    table = property_table(sample, PROPERTIES, workers=workers)
    return Description(
        name=display_name(path) if isinstance(path, str | Path) else "a list",
        records=survey.records,
        unreadable=survey.unreadable,
        distinct=len(survey.seen),
        shortest=survey.shortest,
        longest=survey.longest,
        mean_length=survey.characters / max(1, survey.readable),
        sampled=len(survey.sample),
        valid=len(sample),
        properties=table.agg(["mean", "std", "min", "median", "max"]).T,
    )


class _Survey:
    """Running counts over the records, and a reservoir of them."""

    def __init__(self, seed: int) -> None:
        self.records = 0
        self.readable = 0
        self.characters = 0
        self.shortest = 0
        self.longest = 0
        self.seen = SeenLines()
        self.sample: list[str] = []
        self._random = random.Random(seed)

    @property
    def unreadable(self) -> int:
        return self.records - self.readable

    def add(self, block: Sequence[Record]) -> None:
        texts = [record.smiles for record in block if record.problem is None and record.smiles]
        self.records += len(block)
        if not texts:
            return
        lengths = [len(text) for text in texts]
        self.shortest = min(lengths) if not self.readable else min(self.shortest, *lengths)
        self.longest = max(self.longest, *lengths)
        self.characters += sum(lengths)
        start = self.readable + 1
        self.seen.add(digests_of(texts), np.arange(start, start + len(texts), dtype=np.int64))
        for text in texts:
            self._keep_or_pass(text)

    def _keep_or_pass(self, text: str) -> None:
        """Vitter's algorithm R: each text so far is in the sample with equal chance."""
        self.readable += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(text)
            return
        place = self._random.randrange(self.readable)
        if place < SAMPLE:
            self.sample[place] = text
