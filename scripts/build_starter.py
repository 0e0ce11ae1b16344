"""Draw the starter corpus that ships with molvae from the published MOSES splits.

    python scripts/build_starter.py [--moses data/moses]

The MOSES set is fetched first where the folder does not hold it. Same seed, same files,
same bytes: 200,000 training and 20,000 validation molecules from the MOSES training
split, 20,000 test molecules from its test split, in random order, as published.
"""

import argparse
import lzma
import random
from collections.abc import Iterator
from pathlib import Path

from molvae.data.datasets import fetch, starter_path
from molvae.data.readers import read_records
from molvae.files import atomic_path

SEED = 0
TRAIN_SIZE, VALID_SIZE, TEST_SIZE = 200_000, 20_000, 20_000


def draw(moses: Path) -> dict[str, list[str]]:
    """The molecules of each split of the starter corpus, drawn from the folder `moses`."""
    generator = random.Random(SEED)
    train = [record.smiles for record in read_records(moses / "train.csv.gz")]
    test = [record.smiles for record in read_records(moses / "test.csv.gz")]
    drawn = generator.sample(train, TRAIN_SIZE + VALID_SIZE)
    return {
        "train": drawn[:TRAIN_SIZE],
        "valid": drawn[TRAIN_SIZE:],
        "test": generator.sample(test, TEST_SIZE),
    }


def rows(splits: dict[str, list[str]]) -> Iterator[str]:
    """The lines of the CSV file."""
    yield "smiles,split\n"
    for name, molecules in splits.items():
        yield from (f"{smiles},{name}\n" for smiles in molecules)


def main() -> None:
    """Write the starter corpus to its place in the package, or to `--out`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moses", type=Path, default=Path("data/moses"), help="folder of MOSES")
    parser.add_argument("--out", type=Path, default=starter_path(), help="file to write")
    arguments = parser.parse_args()
    if not (arguments.moses / "train.csv.gz").exists():
        fetch("moses", arguments.moses)
    text = "".join(rows(draw(arguments.moses)))
    with atomic_path(arguments.out) as temporary:
        temporary.write_bytes(lzma.compress(text.encode("ascii"), preset=9))
    print(f"{arguments.out}: {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
