"""What is evaluated: molecules that are there already, or a model that draws them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

from molvae.checkpoint import SavedModel
from molvae.data.readers import read_records
from molvae.data.streams import STDIN, display_name
from molvae.errors import EmptyInputError, EvaluationError, MolvaeError
from molvae.generation.generator import Generator

Source = str | PathLike[str] | Sequence[str] | Generator | SavedModel | None
Count = Callable[[int], None]
"""Told the number done so far."""
MODEL_SAMPLES = 30_000
"""Samples of a model, unless told otherwise: the protocol of MOSES."""
STREAM_STEP = 2_000
"""Raw samples drawn at a time for benchmarks that go on drawing."""


class Subject(ABC):
    """A source of SMILES strings, valid or not, as a generator gives them."""

    name: str

    @abstractmethod
    def samples(self, n: int | None, seed: int, progress: Count) -> Sequence[str]:
        """`n` raw strings."""

    @abstractmethod
    def stream(self, n: int | None, seed: int) -> Sequence[str] | Iterator[str]:
        """Raw strings for benchmarks that take as many as they need."""


class GivenMolecules(Subject):
    """Strings of a file or a list; a seed changes nothing."""

    def __init__(self, name: str, smiles: Sequence[str]) -> None:
        self.name = name
        self.smiles = smiles

    def samples(self, n: int | None, seed: int, progress: Count) -> Sequence[str]:
        """The first `n` strings, or all; raises `EvaluationError` for more than there are."""
        if n is not None and n > len(self.smiles):
            raise EvaluationError(f"{self.name} holds {len(self.smiles):,} strings, not {n:,}")
        return self.smiles if n is None else self.smiles[:n]

    def stream(self, n: int | None, seed: int) -> Sequence[str]:
        """The first `n` strings, or all."""
        return self.smiles[:n]


class DrawnMolecules(Subject):
    """Raw samples of a model from its prior at temperature 1."""

    def __init__(self, generator: Generator) -> None:
        self.name = str(generator.path)
        self.generator = generator

    def samples(self, n: int | None, seed: int, progress: Count) -> Sequence[str]:
        """`n` raw strings: the same ones for the same seed."""
        return self.generator.raw_samples(n or MODEL_SAMPLES, seed=seed, progress=progress)

    def stream(self, n: int | None, seed: int) -> Iterator[str]:
        """Raw strings without end, whatever `n`."""
        while True:
            yield from self.samples(STREAM_STEP, seed, lambda done: None)
            seed = (seed * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**63


def subject_of(source: Source, *, column: str | None = None, device: str = "auto") -> Subject:
    """The subject that `source` means.

    A list of SMILES; a file of molecules or "-"; a model or run folder, a shipped model's
    name, a loaded model; None for the newest run, else the shipped model. An empty file is
    an empty list. Raises `InputError` or `ModelError` for what is neither.
    """
    if isinstance(source, Generator):
        return DrawnMolecules(source)
    if isinstance(source, SavedModel):
        return DrawnMolecules(Generator(source, device=device))
    if source is not None and not isinstance(source, str | PathLike):
        smiles = _strings(source)
        return GivenMolecules(f"{len(smiles):,} molecules", smiles)
    if source is not None and _is_molecules(source):
        return GivenMolecules(display_name(str(source)), read_smiles(source, column=column))
    try:
        return DrawnMolecules(Generator.load(source, device=device))
    except MolvaeError as error:
        if source is None or Path(source).is_dir():
            raise
        raise EvaluationError(f"{source} is no file of molecules, and {error}") from error
    except (OSError, ValueError) as error:  # no name that a file could have
        name = str(source)[:40]
        raise EvaluationError(
            f"{name!r}... is no file and no model; give a list of SMILES"
        ) from error


def read_smiles(source: str | PathLike[str], *, column: str | None = None) -> list[str]:
    """The SMILES of a file in order, those that cannot be read as empty strings.

    Blank lines between others count as empty strings: a generator wrote them. An empty file
    gives an empty list; other unreadable input raises `InputError`.
    """
    path = source if source == STDIN else Path(source)
    try:
        records = read_records(path, column=column, blank_lines=True)
        return ["" if record.problem else record.smiles for record in records]
    except EmptyInputError:
        return []


def _strings(source: Iterable[object]) -> list[str]:
    """The items of a list, a NumPy array or a pandas Series; what is missing is no molecule.

    Raises `EvaluationError` for anything else.
    """
    if isinstance(source, Mapping) or hasattr(source, "columns") or not hasattr(source, "__len__"):
        kind = type(source).__name__
        raise EvaluationError(f"give a list of SMILES, a file or a model, not a {kind}")
    smiles = ["" if item is None or item != item else item for item in source]
    for place, item in enumerate(smiles):
        if not isinstance(item, str):
            raise EvaluationError(f"molecule {place} is a {type(item).__name__}, not a string")
    return [str(item) for item in smiles]


def _is_molecules(source: str | PathLike[str]) -> bool:
    try:
        return source == STDIN or (Path(source).exists() and not Path(source).is_dir())
    except (OSError, ValueError):  # no name that a file could have
        return False
