"""From molecules in any file to a corpus: streaming, in parallel, with nothing lost.

Worker processes parse, standardize, filter and tokenize; this process only compares
digests and writes. Chunks have a fixed size and are collected in order, so the corpus is
the same, byte for byte, for any number of workers.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, cast, final

import numpy as np
import numpy.typing as npt

from molvae.chem.properties import property_names
from molvae.config import Config
from molvae.data.intake import Chunk, Intake, Preparation, Rejection, chunk_of, without_rows
from molvae.data.readers import read_records
from molvae.data.records import Record
from molvae.data.seen import SeenLines
from molvae.data.shards import Corpus, is_corpus
from molvae.data.streams import STDIN, display_name
from molvae.data.writer import CorpusWriter
from molvae.errors import InputError, OutputError
from molvae.files import atomic_folder
from molvae.parallel import chunked, ordered_map
from molvae.tokenizers.vocabulary import Vocabulary

CHUNK = 2_000
"""Records a worker gets at a time. Part of the file format: row groups follow it."""

Source = str | Path | Sequence[str] | Sequence[Path]
Progress = Callable[[int], None]

_FILE_STRIDE = 1 << 40
_SHOWN_REASONS = 3


def prepare(
    source: Source,
    out: str | Path,
    config: Config | None = None,
    *,
    column: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    overwrite: bool = False,
    vocabulary: Vocabulary | None = None,
) -> Corpus:
    """Make the corpus `out` from a file, standard input ("-"), a list of SMILES or of Paths.

    `column` names the SMILES column where its name does not tell. `progress` is called
    with the number of records done so far. Raises `InputError` when the input cannot be
    read or nothing of it is kept, `OutputError` when `out` exists or cannot be written;
    then nothing is left behind. `overwrite` replaces an earlier corpus and nothing else.
    With `vocabulary`, that of a model, the corpus has its tokens with their ids, then new ones.
    Columns that the model is conditioned on or predicts are carried along.
    """
    settings = _carrying_needed(config or Config())
    preparation = Preparation.of(settings)
    inputs = _Inputs(source)
    if overwrite:
        _check_replaceable(Path(out), inputs.files)
    records = inputs.records(column, preparation.input_columns)
    first = next(records)  # a bad input is told before a folder is made
    with (
        atomic_folder(out, overwrite=overwrite) as folder,
        CorpusWriter(folder, preparation.schema, vocabulary=vocabulary) as writer,
    ):
        collector = _Collector(writer, inputs)
        collector.collect(chain([first], records), preparation, workers, progress)
        if not sum(writer.sizes):
            raise InputError(collector.why_nothing_is_kept())
        writer.finish(settings, collector.counts, collector.source)
    return Corpus.load(out)


def needed_columns(config: Config) -> tuple[str, ...]:
    """Columns of the input that conditions and heads name: what is no registered property."""
    condition, heads = config.model.condition, config.model.heads
    known = property_names()
    values = [name for name in (*condition.properties, *heads.properties) if name not in known]
    return tuple(dict.fromkeys([*values, *condition.classes, *heads.classes]))


def _carrying_needed(config: Config) -> Config:
    data = config.data
    there = {*data.columns, *data.properties}
    columns = (*data.columns, *(name for name in needed_columns(config) if name not in there))
    return config.model_copy(update={"data": data.model_copy(update={"columns": columns})})


def _check_replaceable(target: Path, inputs: Sequence[Path]) -> None:
    """Raise `OutputError` where replacing `target` would delete more than a corpus."""
    if target.exists() and not is_corpus(target):
        if not target.is_dir() or any(target.iterdir()):
            raise OutputError(f"{target} exists and is not a corpus, so it is not overwritten")
        return
    folder = target.resolve()
    for path in inputs:
        if path.resolve().is_relative_to(folder):
            raise OutputError(f"{path} lies inside {target}, which --overwrite would delete")


@final
class _Inputs:
    """One or several inputs, each line of which has one number."""

    def __init__(self, source: Source) -> None:
        if isinstance(source, str | Path):
            self._sources: list[str | Path | Sequence[str]] = [source]
            self._names = [Path(display_name(source)).name]
        elif len(source) and all(isinstance(item, Path) for item in source):
            self._sources = [Path(item) for item in source]
            names = [Path(display_name(Path(item))).name for item in source]
            self._names = names if len(set(names)) == len(names) else [str(i) for i in source]
        else:
            self._sources = [cast("Sequence[str]", source)]
            self._names = ["the list of molecules"]

    @property
    def name(self) -> str:
        """What the input is called."""
        return ", ".join(self._names)

    @property
    def files(self) -> list[Path]:
        """The inputs that are files."""
        named = [Path(item) for item in self._sources if isinstance(item, str | Path)]
        return [path for path in named if str(path) != STDIN]

    def records(self, column: str | None, keep: Sequence[str]) -> Iterator[Record]:
        """All records; the line numbers of file i are moved by i times `_FILE_STRIDE`."""
        for index, source in enumerate(self._sources):
            moved = index * _FILE_STRIDE
            for record in read_records(source, column=column, keep=keep):
                yield record._replace(line=record.line + moved) if moved else record

    def place(self, number: int) -> str:
        """The line with this number, with its file where there are several."""
        index, line = divmod(number, _FILE_STRIDE)
        return str(line) if len(self._names) == 1 else f"{self._names[index]}:{line}"


class _Sent(NamedTuple):
    """What of a chunk stays behind while a worker has it."""

    lines: npt.NDArray[np.int64]
    smiles: list[str]


@final
class _Collector:
    """Receives chunks from the workers in order; drops duplicates, counts, writes."""

    def __init__(self, writer: CorpusWriter, inputs: _Inputs) -> None:
        self._writer = writer
        self._inputs = inputs
        self._seen = SeenLines()
        self._sent: deque[_Sent] = deque()
        self._hash = hashlib.sha256()
        self._read = 0
        self._rejected: Counter[str] = Counter()
        self._first_reasons: list[str] = []

    def collect(
        self,
        records: Iterator[Record],
        preparation: Preparation,
        workers: int | None,
        progress: Progress | None,
    ) -> None:
        """Send all records through the workers and write what comes back."""
        chunks = self._chunks(records, preparation.input_columns)
        for intake in ordered_map(preparation, chunks, workers=workers):
            self._take(self._sent.popleft(), intake)
            if progress is not None:
                progress(self._read)

    @property
    def counts(self) -> dict[str, Any]:
        """What happened to the records; read = kept + rejected."""
        return {
            "read": self._read,
            "kept": self._read - self._rejected.total(),
            "rejected": self._rejected.total(),
            "duplicates": self._rejected["duplicate"],
            "rejected_by": dict(self._rejected.most_common()),
        }

    @property
    def source(self) -> dict[str, str]:
        """The input's name, and the hash of its SMILES, one a line."""
        return {"name": self._inputs.name, "sha256": self._hash.hexdigest()}

    def why_nothing_is_kept(self) -> str:
        """The message when all records are rejected."""
        reasons = "; ".join(self._first_reasons)
        return f"no molecule of {self._inputs.name} was kept, {self._read} were read: {reasons}"

    def _chunks(self, records: Iterator[Record], columns: Sequence[str]) -> Iterator[Chunk]:
        for group in chunked(records, CHUNK):
            chunk = chunk_of(group, columns)
            lines = np.array([record.line for record in group], np.int64)
            self._sent.append(_Sent(lines, chunk.smiles))
            text = "".join(f"{smiles}\n" for smiles in chunk.smiles)
            self._hash.update(text.encode(errors="backslashreplace"))
            yield chunk

    def _take(self, sent: _Sent, intake: Intake) -> None:
        lines = sent.lines[intake.places]
        first = self._seen.add(intake.digests, lines)
        repeated = np.flatnonzero(first != lines)
        rejections = intake.rejections
        if len(repeated):
            rejections = sorted([*rejections, *self._duplicates(intake, repeated, first)])
        self._reject(sent, rejections)
        self._read += len(sent.smiles)
        tokenized, molecules, splits = intake.tokenized, intake.molecules, intake.splits
        if len(repeated):
            kept = first == lines
            tokenized = without_rows(tokenized, repeated.tolist())
            molecules, splits = molecules.take(np.flatnonzero(kept)), splits[kept]
        self._writer.add(tokenized, molecules, splits)

    def _duplicates(
        self, intake: Intake, rows: npt.NDArray[np.intp], first: npt.NDArray[np.int64]
    ) -> Iterator[Rejection]:
        for row in rows.tolist():
            reason = f"duplicate of line {self._inputs.place(int(first[row]))}"
            yield Rejection(int(intake.places[row]), "duplicate", reason)

    def _reject(self, sent: _Sent, rejections: Sequence[Rejection]) -> None:
        for place, kind, reason in rejections:
            line = self._inputs.place(int(sent.lines[place]))
            self._rejected[kind] += 1
            # Before Python 3.13 the csv module quotes no carriage return, and rows break there.
            self._writer.reject(line, sent.smiles[place].replace("\r", "\n"), reason)
            if len(self._first_reasons) < _SHOWN_REASONS:
                self._first_reasons.append(f"line {line}: {reason}")
