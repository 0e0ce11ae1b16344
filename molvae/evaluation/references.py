"""What generated molecules are compared with: references by name, or any file of molecules.

The MOSES test sets and the starter corpus ship precomputed. What is computed here, of a file
or for another version of RDKit, is kept in the user's cache folder.
"""

import contextlib
import hashlib
import os
from dataclasses import dataclass, replace
from importlib import metadata, resources
from pathlib import Path

from molvae.chem.validators import is_valid
from molvae.data.readers import read_records
from molvae.data.streams import STDIN, display_name
from molvae.errors import ConfigError, InputError, OutputError
from molvae.evaluation.guacamol import baseline_sample
from molvae.evaluation.records import Progress
from molvae.evaluation.reference_files import (
    FACTS,
    FORMAT,
    SUFFIX,
    read_facts,
    read_reference,
    read_statistics,
    read_training,
    save_reference,
    write_statistics,
    write_training,
)
from molvae.evaluation.reference_sets import (
    Reference,
    SetStatistics,
    TrainingSet,
    statistics_of,
    training_of,
    with_baseline,
)
from molvae.files import cache_folder

__all__ = [
    "REFERENCES",
    "Reference",
    "SetStatistics",
    "TrainingSet",
    "cache_folder",
    "load_reference",
    "rebuild_reference",
    "shipped_folder",
    "statistics_of",
    "training_of",
    "with_training",
]

REFERENCES = ("moses", "starter")
"""The names of those that ship."""


@dataclass(frozen=True)
class _Molecules:
    """SMILES, and what their source is called."""

    name: str
    smiles: list[str]

    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.smiles).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True)
class _Means:
    """What statistics are computed with."""

    workers: int | None
    device: str
    progress: Progress | None


def load_reference(
    name_or_path: str | os.PathLike[str],
    *,
    training: str | os.PathLike[str] | None = None,
    column: str | None = None,
    baseline: bool = True,
    workers: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Reference:
    """The reference "moses" or "starter", or the one that any file of molecules makes.

    Novelty is against the file `training`; without it, against the training set of a named
    reference, or the file itself. `column` names the column of SMILES in both files.
    `baseline=False` leaves out what only the GuacaMol suite needs. What is computed of a file
    is kept in `cache_folder()`. Raises `InputError`.
    """
    means = _Means(workers, device, progress)
    if name_or_path in REFERENCES:
        found = _load_named(str(name_or_path))
    else:
        if (
            name_or_path != STDIN
            and "." not in str(name_or_path)
            and not Path(name_or_path).exists()
        ):
            known = " and ".join(REFERENCES)
            raise InputError(f"no reference {name_or_path!r}: no such file; {known} ship")
        own = _read(name_or_path, column)
        found = Reference(
            name=own.name,
            rdkit=rdkit_version(),
            test=_statistics(own, means),
            scaffold_test=None,
            training=_training(own, baseline, means) if training is None else None,
            source=f"{own.name}, {len(own.smiles):,} strings",
        )
    if training is None:
        return found
    return with_training(found, training, column=column, baseline=baseline, **vars(means))


def with_training(
    reference: Reference,
    path: str | os.PathLike[str],
    *,
    column: str | None = None,
    baseline: bool = True,
    workers: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Reference:
    """`reference` with the molecules of the file `path` as the training set.

    The options are those of `load_reference`, and what is computed is kept likewise. Raises
    `InputError`.
    """
    means = _Means(workers, device, progress)
    return replace(reference, training=_training(_read(path, column), baseline, means))


def rebuild_reference(
    name: str,
    *,
    workers: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> Reference:
    """Compute the shipped reference `name` anew, with the RDKit that is installed.

    From the molecules that ship, so that nothing is downloaded. It is kept in
    `cache_folder()`, and `load_reference` takes it from there where the shipped one was made
    with another RDKit; where with this one, it takes the shipped one, and what is computed
    here serves to check that. Raises `OutputError` where it cannot be kept.
    """
    found = read_reference(shipped_folder(name))
    means = _Means(workers, device, progress)
    rebuilt = replace(
        found,
        rdkit=rdkit_version(),
        test=_recomputed(found.test, means),
        scaffold_test=found.scaffold_test and _recomputed(found.scaffold_test, means),
        training=found.training and _reread(found.training, means),
    )
    save_reference(rebuilt, _rebuilt_folder(name))
    return rebuilt


def shipped_folder(name: str) -> Path:
    """Where the reference `name` lies in the package; raises `ConfigError` for another name."""
    if name not in REFERENCES:
        raise ConfigError(f"no reference {name!r} ships; there are {' and '.join(REFERENCES)}")
    return Path(str(resources.files("molvae").joinpath("resources", "references", name)))


def rdkit_version() -> str:
    """The version of RDKit that is installed."""
    return metadata.version("rdkit")


def _load_named(name: str) -> Reference:
    """The rebuilt reference where the shipped one is of another RDKit, else the shipped one."""
    shipped, installed = shipped_folder(name), rdkit_version()
    made_with = read_facts(shipped)["rdkit"]
    if made_with == installed:
        return replace(read_reference(shipped), shipped=name)
    if (_rebuilt_folder(name) / FACTS).is_file():
        return replace(read_reference(_rebuilt_folder(name)), shipped=name)
    found = read_reference(shipped)
    note = (
        f"made with RDKit {made_with}, while {installed} is installed: "
        f"`molvae data reference {name} --rebuild` makes it anew"
    )
    return replace(found, source=f"{found.source}; {note}", shipped=name)


def _recomputed(statistics: SetStatistics, means: _Means) -> SetStatistics:
    return statistics_of(statistics.smiles, statistics.name, as_given=True, **vars(means))


def _reread(training: TrainingSet, means: _Means) -> TrainingSet:
    bare = training_of(list(training.smiles), training.name, baseline=False, **vars(means))
    return with_baseline(replace(bare, count=training.count), training.sample, **vars(means))


def _read(source: str | os.PathLike[str], column: str | None) -> _Molecules:
    path = source if isinstance(source, str) else Path(source)
    records = read_records(path, column=column)
    return _Molecules(display_name(path), [one.smiles for one in records if not one.problem])


def _statistics(molecules: _Molecules, means: _Means) -> SetStatistics:
    path = _kept_path(molecules, "statistics")
    if path.is_file():
        with contextlib.suppress(InputError):  # damaged: computed and written anew
            return replace(read_statistics(path), name=molecules.name)
    found = statistics_of(molecules.smiles, molecules.name, **vars(means))
    with contextlib.suppress(OutputError):  # it is a cache: what cannot be kept is computed again
        write_statistics(found, path)
    return found


def _training(molecules: _Molecules, baseline: bool, means: _Means) -> TrainingSet:
    path = _kept_path(molecules, "training")
    found = None
    if path.is_file():
        with contextlib.suppress(InputError):
            found = replace(read_training(path), name=molecules.name)
            if found.baseline is not None or not baseline:
                return found
    if found is None:
        if not any(map(is_valid, molecules.smiles)):
            raise InputError(f"{molecules.name} holds no valid molecule to compare with")
        found = training_of(molecules.smiles, molecules.name, baseline=False, **vars(means))
        found = _by_molecule(found)
    if baseline:
        with contextlib.suppress(InputError):  # fewer than two molecules have no baseline
            found = with_baseline(found, baseline_sample(molecules.smiles), **vars(means))
    with contextlib.suppress(OutputError):
        write_training(found, path)
    return found


def _by_molecule(training: TrainingSet) -> TrainingSet:
    """`training` with the canonical forms of its strings among them: a file may write it anyhow."""
    return replace(training, smiles={*training.smiles, *training.rewritten}, rewritten=())


def _kept_path(molecules: _Molecules, kind: str) -> Path:
    return _versioned_folder() / f"{molecules.digest()}.{kind}{SUFFIX}"


def _rebuilt_folder(name: str) -> Path:
    return _versioned_folder() / name


def _versioned_folder() -> Path:
    """Part of the cache for this format and this RDKit: others' statistics are not mixed in."""
    return cache_folder() / "references" / f"format-{FORMAT}-rdkit-{rdkit_version()}"
