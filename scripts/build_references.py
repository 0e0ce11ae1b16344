"""Compute the reference statistics that ship with molvae, with the RDKit that is installed.

    python scripts/build_references.py [--moses data/moses] [--only starter]

The starter reference comes from the shipped starter corpus, the MOSES reference from the
published splits, fetched first where the folder does not hold them. MOSES takes about 33
minutes of CPU time, half of that on two cores. Finished parts are kept in `--work`, so that
an interrupted build goes on where it was; give an empty folder after a change of the code.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from molvae.data.datasets import fetch, starter_path
from molvae.data.readers import read_records
from molvae.evaluation.reference_files import (
    SUFFIX,
    read_statistics,
    read_training,
    save_reference,
    write_statistics,
    write_training,
)
from molvae.evaluation.reference_sets import Reference, SetStatistics, TrainingSet
from molvae.evaluation.references import (
    REFERENCES,
    rdkit_version,
    shipped_folder,
    statistics_of,
    training_of,
)

Part = TypeVar("Part", SetStatistics, TrainingSet)


@dataclass(frozen=True)
class Builder:
    """Computes parts of the reference `name`, or takes them from the folder `work`."""

    name: str
    work: Path

    def statistics(self, part: str, smiles: Sequence[str], title: str) -> SetStatistics:
        def compute() -> SetStatistics:
            return statistics_of(smiles, title, as_given=True, progress=tell)

        return self._part(part, compute, read_statistics, write_statistics)

    def training(self, smiles: Sequence[str], title: str) -> TrainingSet:
        def compute() -> TrainingSet:
            return training_of(smiles, title, progress=tell)

        return self._part("training", compute, read_training, write_training)

    def _part(
        self,
        part: str,
        compute: Callable[[], Part],
        read: Callable[[Path], Part],
        write: Callable[[Part, Path], None],
    ) -> Part:
        path = self.work / f"rdkit-{rdkit_version()}" / self.name / f"{part}{SUFFIX}"
        if not path.is_file():
            started = time.perf_counter()
            write(compute(), path)
            print(f"\r{self.name} {part}: {time.perf_counter() - started:.0f} s{'':30}", flush=True)
        return read(path)


def build_starter(builder: Builder) -> Reference:
    """The starter reference: its test split, and its training split for novelty."""
    splits: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for record in read_records(starter_path(), keep=("split",)):
        splits[(record.columns or {})["split"]].append(record.smiles)
    return Reference(
        name="starter",
        rdkit=rdkit_version(),
        test=builder.statistics("test", splits["test"], "starter test"),
        scaffold_test=None,
        training=builder.training(splits["train"], "starter train"),
        source="the starter corpus of molvae, drawn from MOSES (Polykovskiy et al. 2020)",
    )


def build_moses(builder: Builder, folder: Path) -> Reference:
    """The MOSES reference from the published splits in `folder`."""

    def molecules(file: str) -> list[str]:
        return [record.smiles for record in read_records(folder / file)]

    return Reference(
        name="moses",
        rdkit=rdkit_version(),
        test=builder.statistics("test", molecules("test.csv.gz"), "MOSES test"),
        scaffold_test=builder.statistics(
            "scaffold_test", molecules("test_scaffolds.csv.gz"), "MOSES scaffold test"
        ),
        training=builder.training(molecules("train.csv.gz"), "MOSES train"),
        source="MOSES (Polykovskiy et al. 2020), molsets 0.3.1, statistics of its test sets "
        "recomputed",
    )


def tell(stage: str, done: int, total: int) -> None:
    """Print how far a stage is."""
    print(f"\r{stage}: {done:,}/{total:,}{'':20}", end="", flush=True)


def main() -> None:
    """Build what was asked for, into the package or `--out`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=REFERENCES, help="one of them instead of all")
    parser.add_argument("--moses", type=Path, default=Path("data/moses"), help="folder of MOSES")
    parser.add_argument("--work", type=Path, default=Path("build/references"), help="for parts")
    parser.add_argument("--out", type=Path, help="folder to write to instead of the package")
    arguments = parser.parse_args()
    for name in (arguments.only,) if arguments.only else REFERENCES:
        builder = Builder(name, arguments.work)
        if name == "starter":
            reference = build_starter(builder)
        else:
            reference = build_moses(builder, fetch("moses", arguments.moses))
        folder = shipped_folder(name) if arguments.out is None else arguments.out / name
        save_reference(reference, folder)
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{folder}: {size:,} bytes")


if __name__ == "__main__":
    main()
