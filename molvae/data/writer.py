"""Writing a corpus while its vocabulary is still growing.

Tokens get provisional ids in the order in which they come; at the end the ids are
rewritten with those of the sorted vocabulary, in the narrowest type.
"""

import contextlib
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self, final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from molvae.config import Config
from molvae.data.shards import FORMAT, IDS, MANIFEST, MOLECULES, OFFSETS, REJECTED, VERSION
from molvae.data.split import SPLITS
from molvae.errors import TokenizationError
from molvae.tokenizers.batch import Tokenized
from molvae.tokenizers.vocabulary import Vocabulary

ROW_GROUP = 65_536
TEXT_LIMIT = 500
MAX_TOKENS = 65_000
_BLOCK = 1 << 20
_PROVISIONAL = "ids.part"
_CONFIG_SECTIONS = {"seed", "standardize", "tokenizer", "data"}

Mask = npt.NDArray[np.bool_]


@final
class CorpusWriter:
    """Takes chunks of molecules in order and leaves a finished corpus in `folder`.

    A context manager; call `finish` before leaving it. With `vocabulary` the corpus' own is
    that one extended, so that ids keep their meaning for a model that has it.
    """

    def __init__(
        self, folder: Path, schema: pa.Schema, *, vocabulary: Vocabulary | None = None
    ) -> None:
        self._vocabulary = vocabulary
        self._folder = folder
        self._schema = schema
        self._provisional: dict[str, int] = {}
        self._used = np.zeros(MAX_TOKENS, bool)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as files:
            self._splits = [
                files.enter_context(_SplitWriter(self._folder / name, self._schema))
                for name in SPLITS
            ]
            rejected = (self._folder / REJECTED).open(
                "w", encoding="utf-8", errors="backslashreplace", newline=""
            )
            self._rejected = csv.writer(files.enter_context(rejected), lineterminator="\n")
            self._rejected.writerow(("line", "text", "reason"))
            self._files = files.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._files.close()

    def reject(self, line: str, text: str, reason: str) -> None:
        """Note a line that was left out; a very long text is cut, and says so."""
        if len(text) > TEXT_LIMIT:
            text = f"{text[:TEXT_LIMIT]}... ({len(text)} characters)"
        self._rejected.writerow((line, text, reason))

    def add(
        self, tokenized: Tokenized, molecules: pa.RecordBatch, splits: npt.NDArray[np.uint8]
    ) -> None:
        """Append molecules; row i goes to the split `splits[i]` of SPLITS."""
        table = self._provisional_ids(tokenized.tokens)
        ids = table[tokenized.ids]
        self._used[ids] = True
        lengths = tokenized.lengths
        for split in np.unique(splits).tolist():
            rows = splits == split
            part = molecules if rows.all() else molecules.filter(pa.array(rows))
            self._splits[split].add(ids[np.repeat(rows, lengths)], lengths[rows], part)

    def finish(self, config: Config, counts: dict[str, Any], source: dict[str, str]) -> None:
        """Rewrite the ids with the final vocabulary and write the manifest."""
        self._files.close()
        used = [token for token, index in self._provisional.items() if self._used[index]]
        vocabulary = (self._vocabulary or Vocabulary.from_tokens(())).extended(used)
        table = np.zeros(len(self._provisional), vocabulary.dtype)
        for token in used:
            table[self._provisional[token]] = vocabulary[token]
        for split in self._splits:
            split.rewrite_ids(table)
        self._write_manifest(config, vocabulary, counts, source)

    def _provisional_ids(self, tokens: tuple[str, ...]) -> npt.NDArray[np.uint16]:
        known = self._provisional
        ids = [known.setdefault(token, len(known)) for token in tokens]
        if len(known) > MAX_TOKENS:
            raise TokenizationError(
                f"more than {MAX_TOKENS} different tokens; is this a set of single molecules?"
            )
        return np.array(ids, np.uint16)

    def _write_manifest(
        self, config: Config, vocabulary: Vocabulary, counts: dict[str, Any], source: dict[str, str]
    ) -> None:
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "counts": counts | {"splits": dict(zip(SPLITS, self.sizes, strict=True))},
            "source": source,
            "ids_dtype": vocabulary.dtype.name,
            "splits": {
                name: {"molecules": split.molecules, "tokens": split.tokens}
                for name, split in zip(SPLITS, self._splits, strict=True)
            },
            "config": config.model_dump(mode="json", include=_CONFIG_SECTIONS),
            "tokenizer": {"kind": config.tokenizer.kind, "vocabulary": vocabulary.to_dict()},
        }
        text = json.dumps(_without_none(manifest), indent=1, ensure_ascii=False)
        (self._folder / MANIFEST).write_text(f"{text}\n", "utf-8")

    @property
    def sizes(self) -> list[int]:
        """Molecules of each of SPLITS so far."""
        return [split.molecules for split in self._splits]


class _SplitWriter:
    """The three files of a split."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self.molecules = 0
        self.tokens = 0
        self._folder = folder
        self._schema = schema
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0

    def __enter__(self) -> Self:
        self._folder.mkdir()
        with contextlib.ExitStack() as files:
            self._ids = files.enter_context((self._folder / _PROVISIONAL).open("wb"))
            self._offsets = files.enter_context((self._folder / OFFSETS).open("wb"))
            self._offsets.write(np.zeros(1, "<i8").tobytes())
            table = pq.ParquetWriter(
                self._folder / MOLECULES, self._schema, compression="zstd", use_dictionary=False
            )
            self._table = files.enter_context(table)
            self._files = files.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        with self._files:
            if error[0] is None:
                self._flush()

    def add(
        self, ids: npt.NDArray[np.uint16], lengths: npt.NDArray[np.int64], rows: pa.RecordBatch
    ) -> None:
        self._ids.write(ids.astype("<u2", copy=False).tobytes())
        self._offsets.write((self.tokens + np.cumsum(lengths)).astype("<i8").tobytes())
        self.molecules += len(lengths)
        self.tokens += len(ids)
        self._pending.append(rows)
        self._pending_rows += len(lengths)
        if self._pending_rows >= ROW_GROUP:
            self._flush()

    def rewrite_ids(self, table: npt.NDArray[Any]) -> None:
        """Replace provisional ids by `table[id]`, in the type of `table`."""
        old = self._folder / _PROVISIONAL
        with old.open("rb") as source, (self._folder / IDS).open("wb") as target:
            for block in _blocks(source):
                target.write(table[block].astype(table.dtype.newbyteorder("<")).tobytes())
        old.unlink()

    def _flush(self) -> None:
        if self._pending:
            table = pa.Table.from_batches(self._pending, self._schema)
            self._table.write_table(table, row_group_size=len(table))
        self._pending, self._pending_rows = [], 0


def _blocks(source: BinaryIO) -> Iterator[npt.NDArray[np.uint16]]:
    while block := source.read(2 * _BLOCK):
        yield np.frombuffer(block, "<u2")


def _without_none(value: Any) -> Any:
    """`value` without the keys of settings that are None."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return value
