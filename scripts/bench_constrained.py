"""What constrained decoding changes: validity, speed, and which molecules come out.

    python scripts/bench_constrained.py --out docs/benchmarks/constrained.json

Raw samples from the prior, the same latents with and without the constraint, in turn. The
total variation (half the sum of absolute differences of shares) is between constrained
samples and the valid unconstrained ones; beside it stands that between two unconstrained draws
of other seeds, valid ones, which is what chance alone makes. Time is of the processor; the
first round, in which the constraint meets its first states, is told apart.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from _bench import environment, print_table, save

from molvae import Generator
from molvae.chem import parse
from molvae.chem.molecule import heavy_atoms

Row = dict[str, Any]


def main() -> None:
    arguments = _arguments()
    generator = Generator.load(arguments.model)
    share = arguments.samples // arguments.rounds
    drawn, speeds = _draw(generator, share, arguments.rounds)
    other = [
        text
        for seed in range(arguments.rounds)
        for text in generator.raw_samples(share, seed=1_000 + seed)
    ]
    sets = {
        "unconstrained": _described(drawn[False]),
        "constrained": _described(drawn[True]),
        "unconstrained, other seeds": _described(other),
    }
    total = share * arguments.rounds
    rows = [_summary(name, table, total) for name, table in sets.items()]
    distances = [
        {
            "of": column,
            "constrained": _total_variation(sets["unconstrained"], sets["constrained"], column),
            "chance": _total_variation(*list(sets.values())[::2], column),
        }
        for column in ("characters", "heavy_atoms", "rings", "heteroatoms")
    ]
    print(f"{environment()['cpu']}, {total:,} raw samples each, {generator.path.name}\n")
    for part in (rows, distances, speeds):
        print_table(part)
        print()
    if arguments.out:
        save(arguments.out, {"samples": rows, "total_variation": distances, "speed": speeds})


def _draw(generator: Generator, share: int, rounds: int) -> tuple[dict[bool, list[str]], list[Row]]:
    """Raw strings without and with the constraint, and how fast each round was."""
    drawn: dict[bool, list[str]] = {False: [], True: []}
    speeds: list[Row] = []
    for seed in range(rounds):
        row: Row = {"round": seed + 1}
        for constrained, strings in drawn.items():
            before = time.process_time()
            strings += generator.raw_samples(share, seed=seed, constrained=constrained)
            name = "constrained" if constrained else "unconstrained"
            row[f"{name}_per_cpu_second"] = share / (time.process_time() - before)
        row["ratio"] = row["constrained_per_cpu_second"] / row["unconstrained_per_cpu_second"]
        speeds.append(row)
    return drawn, speeds


def _described(strings: Sequence[str]) -> pd.DataFrame:
    """Of each string that is a molecule: its length and what it is made of."""
    rows = []
    for text in strings:
        mol = parse(text)
        if mol is not None:
            rings = mol.GetRingInfo().NumRings()
            heteroatoms = sum(atom.GetAtomicNum() not in (1, 6) for atom in mol.GetAtoms())
            rows.append((len(text), heavy_atoms(mol), rings, heteroatoms))
    return pd.DataFrame(rows, columns=["characters", "heavy_atoms", "rings", "heteroatoms"])


def _summary(name: str, table: pd.DataFrame, total: int) -> Row:
    sizes = table["heavy_atoms"]
    return {
        "samples": name,
        "validity": len(table) / total,
        "mean_heavy_atoms": float(sizes.mean()),
        "share_above_40_heavy_atoms": float((sizes > 40).mean()),
    }


def _total_variation(first: pd.DataFrame, second: pd.DataFrame, column: str) -> float:
    counts = [Counter(table[column]) for table in (first, second)]
    keys = counts[0].keys() | counts[1].keys()
    shares = [[count[key] / count.total() for key in keys] for count in counts]
    return 0.5 * sum(abs(a - b) for a, b in zip(*shares, strict=True))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="default", help="model, run or shipped name")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
