"""How fast `prepare` is, and how much memory it and training on its corpus take.

    python scripts/bench_prepare.py --input data/moses/train.csv.gz --out prepare.json

`prepare` runs once on the whole input. Then a few training steps run on corpora of growing
size, each in a process of its own, so that its peak memory is its own. Needs a Unix system.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _bench import environment, print_table, save
from loky import get_reusable_executor

from molvae.config import Config
from molvae.data.datasets import starter_path
from molvae.data.prepare import prepare
from molvae.data.readers import read_records
from molvae.data.shards import Corpus
from molvae.parallel import worker_count

TRAINING = """
import resource, sys
from molvae import Config, train
from molvae.training.records import Silence
config = Config.preset("small").override(["train.max_steps=60", "train.validation.samples=0"])
train(sys.argv[1], sys.argv[2], config, listener=Silence())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        rows = [_prepare(arguments.input, whole, arguments.workers)]
        print(f"{environment()['cpu']}, {arguments.workers} of {environment()['cores']} cores\n")
        print_table(rows)
        smaller = [_part(arguments.input, Path(folder), size) for size in arguments.sizes]
        memory = [_training(path, Path(folder)) for path in [*smaller, whole]]
    print()
    print_table(memory)
    if arguments.out:
        save(arguments.out, {"prepare": rows, "training": memory})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input", type=Path, default=starter_path())
    parser.add_argument("--workers", type=int, default=worker_count())
    parser.add_argument("--sizes", type=int, nargs="*", default=[20_000])
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _prepare(source: Path, out: Path, workers: int) -> dict[str, Any]:
    started_at = time.perf_counter()
    corpus = prepare(source, out, Config(), workers=workers)
    seconds = time.perf_counter() - started_at
    get_reusable_executor().shutdown(wait=True)  # the peak of a child counts when it has ended
    return {
        "read": corpus.counts["read"],
        "kept": corpus.counts["kept"],
        "rejected": corpus.counts["rejected"],
        "seconds": seconds,
        "molecules_per_second": corpus.counts["read"] / seconds,
        "peak_mib": _mib(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss),
        "peak_mib_of_a_worker": _mib(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss),
    }


def _part(source: Path, folder: Path, size: int) -> Path:
    records = read_records(source)
    smiles = [record.smiles for record, _ in zip(records, range(size), strict=False)]
    return prepare(smiles, folder / f"first-{size}", Config(), workers=1).path


def _training(corpus: Path, folder: Path) -> dict[str, Any]:
    run = folder / f"run-{corpus.name}"
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(corpus), str(run)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {
        "training_molecules": len(Corpus.load(corpus)["train"]),
        "peak_mib": _mib(json.loads(done.stdout)),
    }


def _mib(kibibytes: int) -> float:
    """`ru_maxrss` is in KiB on Linux, in bytes on macOS."""
    return kibibytes / (1024**2 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
