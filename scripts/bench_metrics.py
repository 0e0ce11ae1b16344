"""How long each metric of the MOSES suite takes, and how much memory an evaluation needs.

    python scripts/bench_metrics.py --out docs/benchmarks/metrics.json
    python scripts/bench_metrics.py --memory --count 1000000 --input generated.smi

Molecules come from `--input`, or raw from the model. The reference is loaded before the clock
starts, and told apart. Numbers of molecules take turns in each round; figures are medians of
wall-clock seconds. Memory is that of this process and its workers together at the worst moment,
pages that they share counted once (Linux; looked at every quarter of a second).
"""

import argparse
import os
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _bench import environment, print_table, save

from molvae.evaluation import Evaluation, Reference, evaluate, load_reference
from molvae.evaluation.subjects import subject_of

WARM_UP = 500
TOTAL = "all"


def main() -> None:
    arguments = _arguments()
    started_at = time.perf_counter()
    reference = load_reference(arguments.reference, device=arguments.device)
    loading = time.perf_counter() - started_at
    sizes = [arguments.count] if arguments.memory else arguments.n
    subject = subject_of(arguments.input or arguments.model, device=arguments.device)
    smiles = subject.samples(max(sizes), 0, lambda done: None)
    cores = environment()["cores"]
    print(f"{environment()['cpu']}, {cores} cores; reference loaded in {loading:.2f} s\n")
    measure = _memory if arguments.memory else _times
    rows = measure(smiles, sizes, reference, arguments)
    print_table(rows)
    if arguments.out:
        protocol = {
            "input": arguments.input.name if arguments.input else f"samples of {arguments.model}",
            "reference": Path(arguments.reference).name,
            "rounds": 1 if arguments.memory else arguments.rounds,
            "seconds_to_load_the_reference": loading,
        }
        save(arguments.out, {**protocol, "rows": rows})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input", type=Path, help="molecules to evaluate [default: raw samples]")
    parser.add_argument("--model", default="default", help="what to sample without --input")
    parser.add_argument("--n", type=int, nargs="+", default=[10_000, 30_000])
    parser.add_argument("--reference", default="moses", help="a name, or a file of molecules")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--memory", action="store_true", help="measure memory instead of time")
    parser.add_argument("--count", type=int, default=1_000_000, help="molecules for --memory")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _times(
    smiles: Sequence[str],
    sizes: Sequence[int],
    reference: Reference,
    arguments: argparse.Namespace,
) -> list[dict[str, Any]]:
    """Median seconds, a row for each stage and a column for each size."""
    _evaluate(smiles[:WARM_UP], reference, arguments)
    readings: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for _ in range(arguments.rounds):
        for size in sizes:
            started_at = time.perf_counter()
            result = _evaluate(smiles[:size], reference, arguments)
            total = time.perf_counter() - started_at
            readings[size].append({**result.seconds, TOTAL: total})
    medians = {size: _medians(taken) for size, taken in readings.items()}
    stages = dict.fromkeys(stage for own in medians.values() for stage in own)
    return [
        {"stage": stage, **{f"seconds for {size:,}": medians[size].get(stage) for size in sizes}}
        for stage in stages
    ]


def _medians(readings: Sequence[Mapping[str, float]]) -> dict[str, float]:
    stages = readings[0]
    return {stage: statistics.median(one[stage] for one in readings) for stage in stages}


def _memory(
    smiles: Sequence[str],
    sizes: Sequence[int],
    reference: Reference,
    arguments: argparse.Namespace,
) -> list[dict[str, Any]]:
    """The worst moment of one evaluation of each size."""
    rows = []
    for size in sizes:
        started_at = time.perf_counter()
        before = _tree_mib()
        with _Watch() as watch:
            _evaluate(smiles[:size], reference, arguments)
        seconds = time.perf_counter() - started_at
        row = {"molecules": size, "seconds": seconds, "mib_before": before}
        rows.append({**row, "peak_mib": watch.peak_mib, "processes": watch.processes})
    return rows


def _evaluate(
    smiles: Sequence[str], reference: Reference, arguments: argparse.Namespace
) -> Evaluation:
    return evaluate(smiles, reference=reference, device=arguments.device, workers=arguments.workers)


class _Watch:
    """Looks at the memory of this process and its descendants until the block ends."""

    def __init__(self) -> None:
        self.peak_mib = 0.0
        self.processes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.peak_mib = max(self.peak_mib, _tree_mib())
            self.processes = max(self.processes, len(list(_tree(os.getpid()))))
            if self._ended.wait(0.25):
                return


def _tree_mib() -> float:
    return sum(_proportional_kib(process) for process in _tree(os.getpid())) / 1024


def _tree(process: int) -> Iterator[int]:
    """A process and all that it started, as far as they still run."""
    yield process
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = listing.read_text("ascii").split()
        except OSError:
            continue  # the thread has ended meanwhile
        for child in children:
            yield from _tree(int(child))


def _proportional_kib(process: int) -> int:
    """Its own memory and its share of what it shares; 0 where it has ended meanwhile."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    main()
