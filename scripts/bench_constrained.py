"""What constrained decoding gains in validity, changes in the molecules, and costs in time.

    python scripts/bench_constrained.py --model default --out docs/benchmarks/constrained.json

Validity is of raw samples from the prior. The distributions of constrained samples are
compared with those of valid unconstrained ones by total variation, half the sum of absolute
differences; two halves of the unconstrained samples show what chance alone does. Rates are
medians of batches that take turns; `cpu` counts processor time, which a busy machine
distorts less.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from _bench import environment, interleaved, print_table, save

from molvae.chem import canonicalize, is_valid, property_table
from molvae.generation import Generator
from molvae.tokenizers import AtomTokenizer

PROPERTIES = ("heavy_atoms", "rings")


def main() -> None:
    arguments = _arguments()
    generator = Generator.load(arguments.model)
    raw = {
        kind: generator.raw_samples(arguments.count, seed=seed, constrained=kind == "constrained")
        for kind, seed in (("unconstrained", 0), ("constrained", 1))
    }
    valid = {kind: [text for text in texts if is_valid(text)] for kind, texts in raw.items()}
    validity = {kind: len(valid[kind]) / arguments.count for kind in raw}
    distances = _distances(generator, valid["unconstrained"], valid["constrained"])
    rates = _rates(generator, arguments.rounds)
    print(f"{environment()['cpu']}, {environment()['cores']} cores; {generator!r}\n")
    rows = [
        {
            "decoding": kind,
            "validity": validity[kind],
            "unique_of_valid": len(set(map(canonicalize, valid[kind]))) / len(valid[kind]),
            "raw_per_second": rates[kind],
            "raw_per_cpu_second": rates[f"{kind}, cpu"],
        }
        for kind in raw
    ]
    print_table(rows)
    print()
    print_table(distances)
    if arguments.out:
        save(
            arguments.out,
            {
                "samples": arguments.count,
                "limit_tokens": generator.saved.config.data.max_tokens,
                "decoding": rows,
                "speed_ratio": rates["constrained"] / rates["unconstrained"],
                "cpu_ratio": rates["constrained, cpu"] / rates["unconstrained, cpu"],
                "total_variation": distances,
            },
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="model, run or shipped name [default: as molvae sample]")
    parser.add_argument("--count", type=int, default=10_000, help="raw samples of each kind")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _distances(
    generator: Generator, free: Sequence[str], constrained: Sequence[str]
) -> list[dict[str, Any]]:
    """Total variation of each property, constrained against free, and between free halves."""
    values = [_values(generator, smiles) for smiles in (free, constrained)]
    middle = len(free) // 2
    return [
        {
            "property": name,
            "constrained_to_valid": total_variation(values[0][name], values[1][name]),
            "between_halves": total_variation(values[0][name][:middle], values[0][name][middle:]),
        }
        for name in values[0]
    ]


def _values(generator: Generator, smiles: Sequence[str]) -> dict[str, list[int]]:
    table = property_table(smiles, PROPERTIES)
    tokens = generator.saved.tokenizer.tokenize_batch(smiles, workers=1).lengths
    return {
        "tokens": tokens.tolist(),
        **{name: table[name].tolist() for name in PROPERTIES},
        "heteroatoms": list(map(_heteroatoms, smiles)),
    }


def _heteroatoms(smiles: str) -> int:
    """Atoms that are written as other than carbon."""
    atoms = (token for token in AtomTokenizer().split(smiles) if token.strip("[")[0].isalpha())
    return sum(token.strip("[")[:2].rstrip("]@Hh+-0123456789") not in ("C", "c") for token in atoms)


def total_variation(some: Sequence[int], others: Sequence[int]) -> float:
    """Half the summed absolute difference of the shares of each value."""
    a, b = Counter(some), Counter(others)
    return sum(abs(a[x] / len(some) - b[x] / len(others)) for x in a | b) / 2


def _rates(generator: Generator, rounds: int) -> dict[str, float]:
    """Raw samples a second of both kinds, in wall and in processor time, of batches in turn."""
    cpu: dict[str, list[float]] = {"unconstrained": [], "constrained": []}
    wall = interleaved({kind: _batch(generator, kind, cpu[kind]) for kind in cpu}, rounds)
    medians = {f"{kind}, cpu": sorted(seconds)[len(seconds) // 2] for kind, seconds in cpu.items()}
    return {**wall, **medians}


def _batch(generator: Generator, kind: str, cpu: list[float]) -> Callable[[], float]:
    """Draws 1,000 raw samples, others each time, and tells how many that is a second."""

    def measure() -> float:
        seed = 1_000 + len(cpu)
        started_at, cpu_started_at = time.perf_counter(), time.process_time()
        generator.raw_samples(1_000, seed=seed, constrained=kind == "constrained")
        cpu.append(1_000 / (time.process_time() - cpu_started_at))
        return 1_000 / (time.perf_counter() - started_at)

    return measure


if __name__ == "__main__":
    main()
