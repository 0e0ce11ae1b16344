"""What a worker process does with a chunk of records: everything that RDKit is needed for.

A chunk goes out as plain lists and comes back as a few arrays, so that the process that
collects them spends its time on little more than writing.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from molvae.chem.filters import allowed_elements, first_alert
from molvae.chem.fragments import scaffold
from molvae.chem.molecule import Mol, heavy_atoms, parse, to_smiles
from molvae.chem.properties import Property, evaluate, get_property
from molvae.chem.standardize import Standardizer
from molvae.chem.validators import validate
from molvae.config import Config, DataConfig, StandardizeConfig
from molvae.data.records import Record
from molvae.data.seen import Digests, digests_of
from molvae.data.shards import SMILES
from molvae.data.split import SPLITS, assign, named_split
from molvae.errors import ConfigError, MoleculeError
from molvae.tokenizers.batch import Tokenized, offsets_of
from molvae.tokenizers.build import build_tokenizer


class Chunk(NamedTuple):
    """Consecutive records, column by column."""

    smiles: list[str]
    columns: dict[str, list[str]]
    problems: dict[int, str]
    """What the reader found wrong, by place in the chunk."""


class Rejection(NamedTuple):
    """Why the record at `place` of a chunk is left out; `kind` groups reasons."""

    place: int
    kind: str
    reason: str


class Intake(NamedTuple):
    """The molecules of a chunk that pass, and why the others do not.

    `places` are their places in the chunk, `splits` index SPLITS, `molecules` has their
    canonical SMILES, properties and kept columns; all rows are in the order of `places`.
    """

    places: npt.NDArray[np.int32]
    digests: Digests
    splits: npt.NDArray[np.uint8]
    tokenized: Tokenized
    molecules: pa.RecordBatch
    rejections: list[Rejection]


@final
@dataclass(frozen=True)
class Preparation:
    """The settings of `prepare`, with the properties looked up, as workers receive them."""

    config: Config
    properties: tuple[Property, ...]

    @classmethod
    def of(cls, config: Config) -> "Preparation":
        """Raises `ConfigError` for unknown properties and for names that clash."""
        names = [SMILES, *config.data.columns, *config.data.properties]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigError(f"the corpus would have two columns named {', '.join(twice)}")
        return cls(config, tuple(get_property(name) for name in config.data.properties))

    @property
    def input_columns(self) -> list[str]:
        """Columns of the input that must be read besides the SMILES."""
        data = self.config.data
        split_column = () if data.split_column is None else (data.split_column,)
        return list(dict.fromkeys([*data.columns, *split_column]))

    @property
    def schema(self) -> pa.Schema:
        """Columns of the molecule table: SMILES, kept columns, properties."""
        texts = [pa.field(name, pa.string()) for name in (SMILES, *self.config.data.columns)]
        numbers = [pa.field(prop.name, pa.float64()) for prop in self.properties]
        return pa.schema(texts + numbers)

    def __call__(self, chunk: Chunk) -> Intake:
        """Parse, standardize, filter, canonicalize, tokenize and split a chunk."""
        rejections: list[Rejection] = []
        molecules: list[_Molecule] = []
        take = functools.partial(self._molecule, _tools(self.config.standardize))
        for place in range(len(chunk.smiles)):
            try:
                molecules.append(take(chunk, place))
            except _RejectedError as rejected:
                rejections.append(Rejection(place, rejected.kind, rejected.reason))
        return self._collected(chunk, molecules, rejections)

    def _molecule(self, standardize: Callable[[Mol], Mol], chunk: Chunk, place: int) -> "_Molecule":
        if place in chunk.problems:
            raise _RejectedError("unreadable line", chunk.problems[place])
        mol = _parsed(chunk.smiles[place])
        try:
            mol = standardize(mol)
            _check(mol, self.config.data)
            smiles = to_smiles(mol)
            split = self._split(mol, smiles, chunk.columns, place)
            values = tuple(evaluate(prop, mol) for prop in self.properties)
        except MoleculeError as error:
            raise _RejectedError("standardization", str(error)) from error
        except (RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise _RejectedError("standardization", f"RDKit cannot process it: {reason}") from error
        return _Molecule(place, smiles, SPLITS.index(split), values)

    def _split(
        self, mol: Mol, smiles: str, columns: Mapping[str, Sequence[str]], place: int
    ) -> str:
        data = self.config.data
        if data.split_column is not None:
            value = columns[data.split_column][place]
            split = named_split(value)
            if split is None:
                reason = f"split {value!r} is not one of {', '.join(SPLITS)}"
                raise _RejectedError("unknown split", reason)
            return split
        key = (scaffold(mol) or smiles) if data.split == "scaffold" else smiles
        return assign(key, data, self.config.seed)

    def _collected(
        self, chunk: Chunk, molecules: "list[_Molecule]", rejections: list[Rejection]
    ) -> Intake:
        """The arrays of the molecules that can be written in few enough tokens."""
        tokenizer = build_tokenizer(self.config.tokenizer.kind)
        tokenized = tokenizer.tokenize_rows([molecule.smiles for molecule in molecules])
        refused = _refused_tokens(tokenized, self.config.data.max_tokens)
        rejections += [Rejection(molecules[row].place, *why) for row, why in refused.items()]
        kept = [molecule for row, molecule in enumerate(molecules) if row not in refused]
        return Intake(
            np.array([molecule.place for molecule in kept], np.int32),
            digests_of([molecule.smiles for molecule in kept]),
            np.array([molecule.split for molecule in kept], np.uint8),
            without_rows(tokenized, list(refused)),
            self._table(chunk, kept),
            sorted(rejections),
        )

    def _table(self, chunk: Chunk, kept: "list[_Molecule]") -> pa.RecordBatch:
        places = [molecule.place for molecule in kept]
        texts = [[molecule.smiles for molecule in kept]]
        texts += [[chunk.columns[name][p] for p in places] for name in self.config.data.columns]
        numbers = [[molecule.values[i] for molecule in kept] for i in range(len(self.properties))]
        arrays = [pa.array(column, pa.string()) for column in texts]
        arrays += [pa.array(column, pa.float64()) for column in numbers]
        return pa.record_batch(arrays, schema=self.schema)


class _Molecule(NamedTuple):
    place: int
    smiles: str
    split: int
    values: tuple[float, ...]


class _RejectedError(Exception):
    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def chunk_of(records: Sequence[Record], columns: Sequence[str]) -> Chunk:
    """The records as a chunk with `columns`."""
    empty: Mapping[str, str] = dict.fromkeys(columns, "")
    kept = {name: [(record.columns or empty)[name] for record in records] for name in columns}
    problems = {
        place: record.problem for place, record in enumerate(records) if record.problem is not None
    }
    return Chunk([record.smiles for record in records], kept, problems)


def without_rows(tokenized: Tokenized, rows: Sequence[int]) -> Tokenized:
    """`tokenized` without `rows`; its token table stays as it is."""
    if not rows:
        return tokenized
    kept = np.ones(len(tokenized), bool)
    kept[list(rows)] = False
    lengths: npt.NDArray[Any] = tokenized.lengths
    ids = tokenized.ids[np.repeat(kept, lengths)]
    return Tokenized(tokenized.tokens, ids, offsets_of(lengths[kept]))


@functools.lru_cache(maxsize=4)
def _tools(config: StandardizeConfig) -> Standardizer:
    return Standardizer(config)


def _parsed(smiles: str) -> Mol:
    if not smiles:
        raise _RejectedError("no SMILES", "no SMILES on this line")
    mol = parse(smiles)
    if mol is None:
        reason = validate(smiles).reason or "RDKit cannot read it"
        raise _RejectedError("not a molecule", reason)
    return mol


def _check(mol: Mol, data: DataConfig) -> None:
    """Size, elements and alerts, the cheapest first."""
    atoms = heavy_atoms(mol)
    if not data.min_heavy_atoms <= atoms <= data.max_heavy_atoms:
        bounds = f"{data.min_heavy_atoms} to {data.max_heavy_atoms}"
        raise _RejectedError("size", f"{atoms} heavy atoms, not {bounds}")
    if data.elements and not allowed_elements(mol, data.elements):
        raise _RejectedError("element", f"an element other than {', '.join(data.elements)}")
    alert = first_alert(mol, data.alerts) if data.alerts else None
    if alert is not None:
        raise _RejectedError("structural alert", f"structural alert {alert}")


def _refused_tokens(tokenized: Tokenized, limit: int) -> dict[int, tuple[str, str]]:
    """Kind and reason for each row that cannot be written in `limit` tokens."""
    refused = {problem.index: ("tokenization", problem.reason) for problem in tokenized.problems}
    lengths = tokenized.lengths
    for row in np.flatnonzero(lengths > limit).tolist():
        refused[row] = ("too many tokens", f"{lengths[row]} tokens, more than {limit}")
    return refused
