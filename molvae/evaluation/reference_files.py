"""A reference as a folder: what is in which file. `docs/formats.md` has the page about it."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from molvae.data.streams import reading
from molvae.errors import InputError
from molvae.evaluation.frechet import Gaussian
from molvae.evaluation.guacamol import Baseline
from molvae.evaluation.packing import (
    Arrays,
    pack_bits,
    pack_counts,
    pack_numbers,
    pack_strings,
    pack_symmetric,
    read_archive,
    unpack_bits,
    unpack_counts,
    unpack_numbers,
    unpack_strings,
    unpack_symmetric,
    write_archive,
)
from molvae.evaluation.reference_sets import Reference, SetStatistics, TrainingSet
from molvae.evaluation.sets import FINGERPRINT_BYTES, PROPERTIES
from molvae.files import atomic_folder

FORMAT = 1
"""Version of the files; others are refused."""
SUFFIX = ".npz.xz"
FACTS = "reference.json"
_MANY = 10_000
"""From so many molecules on, the smallest variance of ChemNet's is far above rounding."""


def save_reference(reference: Reference, folder: Path) -> None:
    """Write `reference` to `folder`, in place of what is there; raises `OutputError`."""
    parts = {"test": reference.test, "scaffold_test": reference.scaffold_test}
    facts: dict[str, Any] = {
        "format": FORMAT,
        "name": reference.name,
        "rdkit": reference.rdkit,
        "source": reference.source,
    }
    with atomic_folder(folder, overwrite=True) as temporary:
        for name, statistics in parts.items():
            if statistics is not None:
                facts[name] = _described(statistics)
                write_statistics(statistics, temporary / f"{name}{SUFFIX}")
        if reference.training is not None:
            facts["training"] = _described(reference.training)
            write_training(reference.training, temporary / f"training{SUFFIX}")
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (temporary / FACTS).write_text(text, encoding="utf-8")


def read_facts(folder: Path) -> dict[str, Any]:
    """What `reference.json` says; raises `InputError` where it cannot be read."""
    path = folder / FACTS
    with reading(str(path)):
        text = path.read_text(encoding="utf-8")
    try:
        facts: dict[str, Any] = json.loads(text)
        given, *_ = facts["format"], facts["name"], facts["rdkit"], facts["source"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged: {error}") from error
    if given != FORMAT:
        raise InputError(f"{path} is of format {given}; this molvae reads format {FORMAT}")
    return facts


def read_reference(folder: Path) -> Reference:
    """What `save_reference` wrote; raises `InputError` for what is missing or damaged."""
    facts = read_facts(folder)
    paths = {name: folder / f"{name}{SUFFIX}" for name in ("test", "scaffold_test", "training")}
    return Reference(
        name=facts["name"],
        rdkit=facts["rdkit"],
        test=read_statistics(paths["test"]),
        scaffold_test=read_statistics(paths["scaffold_test"]) if "scaffold_test" in facts else None,
        training=read_training(paths["training"]) if "training" in facts else None,
        source=facts["source"],
    )


def write_statistics(statistics: SetStatistics, path: Path) -> None:
    """Write `statistics` to `path`; raises `OutputError`."""
    arrays: Arrays = {
        **pack_strings("smiles", statistics.smiles),
        "fingerprints": pack_bits(statistics.fingerprints),
        **_pack_gaussian(statistics.gaussian),
        **pack_counts("fragments", statistics.fragments),
        **pack_counts("scaffolds", statistics.scaffolds),
    }
    for name in PROPERTIES:
        values = statistics.properties[name]
        arrays |= pack_numbers(f"properties/{name}", values, ascending=True)
    write_archive(path, _facts("statistics", statistics), arrays)


def read_statistics(path: Path) -> SetStatistics:
    """What `write_statistics` wrote; raises `InputError` for what is missing or damaged."""
    with _unpacking(path, "statistics") as (facts, arrays):
        smiles = list(unpack_strings("smiles", arrays))
        _check_count(facts["count"], smiles, arrays["fingerprints"])
        return SetStatistics(
            name=facts["name"],
            count=len(smiles),
            gaussian=_unpack_gaussian(arrays),
            fingerprints=unpack_bits(arrays["fingerprints"], len(smiles)),
            fragments=unpack_counts("fragments", arrays),
            scaffolds=unpack_counts("scaffolds", arrays),
            properties={name: unpack_numbers(f"properties/{name}", arrays) for name in PROPERTIES},
            smiles=smiles,
        )


def write_training(training: TrainingSet, path: Path) -> None:
    """Write `training` to `path`; raises `OutputError`."""
    arrays: Arrays = {}
    for name in ("smiles", "rewritten", "flat", "sample"):
        arrays |= pack_strings(name, getattr(training, name))
    if training.baseline is not None:
        arrays |= _pack_baseline(training.baseline)
    write_archive(path, _facts("training", training), arrays)


def read_training(path: Path) -> TrainingSet:
    """What `write_training` wrote; raises `InputError` for what is missing or damaged."""
    with _unpacking(path, "training") as (facts, arrays):
        return TrainingSet(
            name=facts["name"],
            count=facts["count"],
            smiles=unpack_strings("smiles", arrays),
            rewritten=frozenset(unpack_strings("rewritten", arrays)),
            flat=frozenset(unpack_strings("flat", arrays)),
            baseline=_unpack_baseline(arrays, facts["count"]) if "size" in arrays else None,
            sample=list(unpack_strings("sample", arrays)),
        )


def _check_count(count: int, smiles: list[str], columns: npt.NDArray[np.uint8]) -> None:
    """Raise `InputError` unless there are `count` molecules and packed columns of as many bits."""
    if len(smiles) != count:
        raise InputError(f"there are {len(smiles):,} SMILES instead of {count:,}")
    if columns.shape != (8 * FINGERPRINT_BYTES, -(-count // 8)):
        raise InputError(f"fingerprints of shape {columns.shape} are not those of {count:,}")


def _described(part: SetStatistics | TrainingSet) -> dict[str, Any]:
    return {"name": part.name, "molecules": part.count}


def _facts(kind: str, part: SetStatistics | TrainingSet) -> dict[str, Any]:
    return {"format": FORMAT, "kind": kind, "name": part.name, "count": part.count}


@contextlib.contextmanager
def _unpacking(path: Path, kind: str) -> Iterator[tuple[dict[str, Any], Arrays]]:
    """Facts and arrays of the file of that `kind`; what is amiss with them is an `InputError`."""
    facts, arrays = read_archive(path)
    if facts.get("format") != FORMAT or facts.get("kind") != kind:
        given = f"format {facts.get('format')}, {facts.get('kind')}"
        raise InputError(f"{path} is {given}; this molvae reads format {FORMAT}, {kind}")
    try:
        yield facts, arrays
    except (InputError, KeyError, ValueError, IndexError, TypeError) as error:
        raise InputError(f"{path} is damaged: {error}") from error


def _pack_gaussian(gaussian: Gaussian) -> Arrays:
    """In single precision where that moves no distance: not of few molecules, near rank lost."""
    precision = np.float32 if gaussian.count >= _MANY else np.float64
    return {
        "activations/mean": gaussian.mean,
        "activations/covariance": pack_symmetric(gaussian.covariance).astype(precision),
        "activations/count": np.array(gaussian.count),
    }


def _unpack_gaussian(arrays: Arrays) -> Gaussian:
    return Gaussian(
        arrays["activations/mean"],
        unpack_symmetric(arrays["activations/covariance"]),
        int(arrays["activations/count"]),
    )


def _pack_baseline(baseline: Baseline) -> Arrays:
    columns = baseline.descriptors.T
    return {
        **_pack_gaussian(baseline.gaussian),
        **pack_numbers("nearest", baseline.nearest),
        **{
            key: array
            for place, column in enumerate(columns)
            for key, array in pack_numbers(f"descriptors/{place}", column).items()
        },
        "size": np.array([baseline.size, len(columns)]),
    }


def _unpack_baseline(arrays: Arrays, count: int) -> Baseline:
    size, columns = arrays["size"].tolist()
    return Baseline(
        descriptors=np.stack(
            [unpack_numbers(f"descriptors/{place}", arrays) for place in range(columns)], axis=1
        ),
        nearest=unpack_numbers("nearest", arrays),
        gaussian=_unpack_gaussian(arrays),
        count=count,
        size=size,
    )
