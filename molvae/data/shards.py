"""A prepared corpus on disk: token ids, offsets and molecules of each split, memory-mapped.

corpus.json             format version, tokenizer, vocabulary, counts, source, settings
rejected.csv            line, text and reason of every input line that was left out
train/ valid/ test/     ids.bin        token ids of all molecules, one after the other,
                                       uint8 or uint16 (little-endian), no special tokens
                        offsets.bin    int64, molecules + 1: where each one begins
                        molecules.parquet   canonical SMILES, properties, kept columns
"""

import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from molvae.config import Config
from molvae.errors import ConfigError, CorpusError, TokenizationError
from molvae.tokenizers.base import Tokenizer
from molvae.tokenizers.build import build_tokenizer
from molvae.tokenizers.vocabulary import Vocabulary
from molvae.versioned import read_versioned

FORMAT = "molvae corpus"
VERSION = 1
MANIFEST, REJECTED = "corpus.json", "rejected.csv"
IDS, OFFSETS, MOLECULES = "ids.bin", "offsets.bin", "molecules.parquet"
SMILES = "smiles"

_DAMAGE = (AttributeError, KeyError, TypeError, ValueError, ConfigError, TokenizationError)

Ids = npt.NDArray[Any]
Offsets = npt.NDArray[np.int64]


@final
class Split:
    """The molecules of one split of a corpus; nothing is read before it is asked for."""

    def __init__(self, path: Path, count: int, tokens: int, dtype: npt.DTypeLike) -> None:
        self.path = path
        self.ids: Ids = _mapped(path / IDS, tokens, dtype)
        """Token ids of all molecules, (tokens,), uint8 or uint16, memory-mapped."""
        self.offsets: Offsets = _mapped(path / OFFSETS, count + 1, np.int64)
        """Molecule i has the ids from `offsets[i]` to `offsets[i + 1]`; memory-mapped."""
        if self.offsets[0] != 0 or self.offsets[-1] != tokens:
            raise CorpusError(f"{path / OFFSETS} is damaged; prepare the corpus again")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @functools.cached_property
    def lengths(self) -> npt.NDArray[np.int32]:
        """Number of tokens of each molecule, (molecules,)."""
        return np.diff(self.offsets).astype(np.int32)

    def tokens(self, index: int) -> Ids:
        """Token ids of molecule `index`, without special tokens."""
        place = range(len(self))[index]
        ids: Ids = self.ids[self.offsets[place] : self.offsets[place + 1]]
        return ids

    def translated(self, table: Ids) -> "Split":
        """The same molecules with the id `table[i]` in the place of i, in memory."""
        other = copy.copy(self)
        other.ids = table[self.ids]
        return other

    def smiles(self, rows: npt.NDArray[np.integer[Any]] | None = None) -> list[str]:
        """Canonical SMILES of all molecules, or of `rows`."""
        texts: list[str] = self._read([SMILES], rows).column(SMILES).to_pylist()
        return texts

    def iter_smiles(self) -> Iterator[str]:
        """Canonical SMILES one after the other; memory does not grow with the split."""
        try:
            for part in self._open().iter_batches(columns=[SMILES]):
                yield from part.column(0).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise CorpusError(f"{self.path / MOLECULES} is damaged: {error}") from error

    @property
    def columns(self) -> list[str]:
        """Names of the properties and kept columns."""
        return [name for name in self._open().schema_arrow.names if name != SMILES]

    def properties(
        self,
        rows: npt.NDArray[np.integer[Any]] | None = None,
        names: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Properties and kept columns (or `names`) of all molecules, or of `rows`; one row each.

        A kept column that holds nothing but numbers and blanks comes as numbers.
        """
        names = self.columns if names is None else list(names)
        table = self._read(names, rows)
        count = len(self) if rows is None else len(rows)
        columns = {name: _numbers_if_any(table.column(name).to_pandas()) for name in names}
        return pd.DataFrame(columns, index=pd.RangeIndex(count))

    def _read(self, names: list[str], rows: npt.NDArray[np.integer[Any]] | None) -> pa.Table:
        try:
            table = self._open().read(columns=names)
            return table if rows is None else table.take(pa.array(np.asarray(rows, np.int64)))
        except (pa.ArrowException, OSError) as error:
            raise CorpusError(f"{self.path / MOLECULES} is damaged: {error}") from error

    def _open(self) -> pq.ParquetFile:
        path = self.path / MOLECULES
        try:
            file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise CorpusError(f"{path} is missing or damaged; prepare the corpus again") from error
        if file.metadata.num_rows != len(self):
            raise CorpusError(f"{path} is damaged: it has {file.metadata.num_rows} molecules")
        return file


@final
class Corpus:
    """A prepared corpus: `corpus["train"]`, `["valid"]` and `["test"]` are its splits."""

    def __init__(self, path: Path, manifest: Mapping[str, Any]) -> None:
        self.path = path
        """The folder."""
        self.counts: dict[str, Any] = dict(manifest["counts"])
        """read, kept, rejected (read = kept + rejected), duplicates, rejected_by, splits."""
        self.source: dict[str, Any] = dict(manifest["source"])
        """Name of the input, and the SHA-256 of the SMILES read from it, one a line."""
        self.config = Config.from_mapping(manifest["config"], source=str(path / MANIFEST))
        """The settings it was prepared with: seed, standardize, tokenizer and data."""
        self.tokenizer: Tokenizer = build_tokenizer(
            manifest["tokenizer"]["kind"], Vocabulary.from_dict(manifest["tokenizer"]["vocabulary"])
        )
        if manifest["ids_dtype"] != self.vocabulary.dtype.name:
            raise ValueError(f"ids_dtype {manifest['ids_dtype']!r} does not fit the vocabulary")
        dtype = self.vocabulary.dtype.newbyteorder("<")
        self._splits = {
            name: Split(path / name, int(sizes["molecules"]), int(sizes["tokens"]), dtype)
            for name, sizes in manifest["splits"].items()
        }

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The corpus in the folder `path`; raises `CorpusError` for anything else."""
        folder = Path(path)
        manifest = _read_manifest(folder)
        try:
            return cls(folder, manifest)
        except _DAMAGE as error:
            reason = " ".join(str(error).split())
            raise CorpusError(f"{folder / MANIFEST} is damaged: {reason}") from error

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens its ids stand for."""
        return self.tokenizer.vocabulary

    def translated(self, vocabulary: Vocabulary) -> "Corpus":
        """This corpus, its ids those of `vocabulary`: held in memory, the files stay as they are.

        Raises `TokenizationError` where `vocabulary` lacks one of its tokens.
        """
        if vocabulary == self.vocabulary:
            return self
        table = np.array([vocabulary[token] for token in self.vocabulary], vocabulary.dtype)
        other = copy.copy(self)
        other.tokenizer = build_tokenizer(self.tokenizer.kind, vocabulary)
        other._splits = {name: split.translated(table) for name, split in self._splits.items()}
        return other

    def __getitem__(self, split: str) -> Split:
        if split not in self._splits:
            raise CorpusError(f"no split {split!r}; the splits are {', '.join(self._splits)}")
        return self._splits[split]

    def __len__(self) -> int:
        return sum(map(len, self._splits.values()))

    def rejected(self) -> pd.DataFrame:
        """Every input line that was left out: line, text, reason."""
        return pd.read_csv(self.path / REJECTED, dtype=str, keep_default_na=False)


def is_corpus(path: str | Path) -> bool:
    """Whether `path` is the folder of a prepared corpus, of any version."""
    return (Path(path) / MANIFEST).is_file()


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise CorpusError(f"{folder} is not a prepared corpus: it has no {MANIFEST}")
    return read_versioned(
        path, name=FORMAT, version=VERSION, what="a molvae corpus", error=CorpusError
    )


def _mapped(path: Path, length: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    size = length * np.dtype(dtype).itemsize
    if not path.is_file() or path.stat().st_size != size:
        raise CorpusError(f"{path} is missing or cut short; prepare the corpus again")
    if length == 0:
        return np.zeros(0, dtype)
    return np.memmap(path, dtype, mode="r", shape=(length,))


def _numbers_if_any(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Text as numbers where every cell is a number or blank, and one is a number."""
    if column.dtype.kind == "f":
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    blank = column.fillna("").astype(str).str.strip() == ""
    numeric = bool((numbers.notna() | blank).all() and numbers.notna().any())
    return numbers.astype(float) if numeric else column
