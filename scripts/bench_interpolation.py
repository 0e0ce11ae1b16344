"""What lies between two molecules: how much of it is valid, how smooth, and whether ends come back.

    python scripts/bench_interpolation.py --out docs/benchmarks/interpolation.json
    python scripts/bench_interpolation.py --input moses_test.csv --model runs/mine

Random pairs of molecules the model was not trained on, the same for every row, each with the
library's own defaults: ten steps, each decoded greedily and twenty times at temperature 0.5.
`neighbor_tanimoto` is the mean Tanimoto similarity (Morgan radius 2, 2,048 bits) between
neighboring steps, the given ends included; `inner_tanimoto` leaves the ends out, where a
molecule the model does not write meets one that it writes. For comparison: random pairs of the
same molecules, and the two ends of each pair. An end is reproduced where most attempts agree on
the given molecule: at the posterior mean alone, or (the default) also at a draw from the
posterior if not at its mean. Shares of 100 pairs have a standard error of up to 0.05.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _bench import environment, print_table, save

from molvae.chem import tanimoto_pairs
from molvae.evaluation.unseen import unseen_molecules
from molvae.generation import Generator
from molvae.generation.walks import Walk

RANDOM_PAIRS = 2_000
STEPS = 10
METHODS = ("spherical", "linear")
Pairs = Sequence[tuple[str, str]]


def main() -> None:
    arguments = _arguments()
    generator = Generator.load(arguments.model, device=arguments.device)
    smiles, source = unseen_molecules(generator.path, arguments.input)
    source = Path(source).name
    rng = np.random.default_rng(arguments.seed)
    pairs = _encodable_pairs(generator, smiles, arguments.pairs, rng)
    comparison = _compare(generator, smiles, pairs, rng)
    rows = [
        _measure(generator, pairs, method, constrained, arguments.seed)
        for constrained in (True, False)
        for method in METHODS
    ]
    machine = environment()
    print(f"{machine['cpu']}, {machine['cores']} cores; {len(pairs)} pairs of the {source}\n")
    print_table(rows)
    print()
    print_table([comparison])
    if arguments.out:
        protocol = {"input": source, "model": generator.path.name, "pairs": len(pairs)}
        protocol |= {"steps": STEPS, "attempts": 21, "temperature": 0.5, "seed": arguments.seed}
        save(arguments.out, {**protocol, "comparison": comparison, "rows": rows})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input", type=Path, help="molecules [default: the model's test split]")
    parser.add_argument("--model", default="default", help="model, run or shipped name")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _encodable_pairs(
    generator: Generator, smiles: Sequence[str], count: int, rng: np.random.Generator
) -> Pairs:
    """`count` random pairs of different molecules that the model can read, none used twice."""
    chosen = [smiles[row] for row in rng.permutation(len(smiles))[: 4 * count]]
    broken = {problem.index for problem in generator.latents(chosen).problems}
    known = [one for row, one in enumerate(chosen) if row not in broken][: 2 * count]
    return list(zip(known[::2], known[1::2], strict=True))


def _compare(
    generator: Generator, smiles: Sequence[str], pairs: Pairs, rng: np.random.Generator
) -> dict[str, float]:
    """What chance and a single greedy decoding of each posterior mean give."""
    first, second = (
        [smiles[row] for row in rng.permutation(len(smiles))[:RANDOM_PAIRS]] for _ in range(2)
    )
    ends = [molecule for pair in pairs for molecule in pair]
    exact = generator.reconstruct(ends)["exact"].to_numpy()
    a, b = zip(*pairs, strict=True)
    return {
        "tanimoto_of_random_pairs": float(np.nanmean(tanimoto_pairs(first, second))),
        "tanimoto_of_ends": float(np.nanmean(tanimoto_pairs(a, b))),
        "greedy_end_exact": float(exact.mean()),
        "greedy_both_exact": float((exact[::2] & exact[1::2]).mean()),
    }


def _measure(
    generator: Generator, pairs: Pairs, method: str, constrained: bool, seed: int
) -> dict[str, Any]:
    started_at = time.process_time()
    walks = [
        generator.interpolate(a, b, STEPS, method=method, constrained=constrained, seed=seed)  # type: ignore[arg-type]
        for a, b in pairs
    ]
    seconds = (time.process_time() - started_at) / max(1, len(pairs))
    facts = [walk.facts for walk in walks]
    at_mean = [
        [one[f"{end}_reproduced"] and one[f"{end}_at_mean"] for end in "ab"] for one in facts
    ]
    found = [[one[f"{end}_reproduced"] for end in "ab"] for one in facts]
    return {
        "method": method,
        "constrained": "yes" if constrained else "no",
        "valid_steps": float(np.mean([one["valid_steps"] / STEPS for one in facts])),
        "valid_attempts": float(np.mean([one["valid_attempts"] for one in facts])),
        "distinct": float(np.mean([one["distinct"] for one in facts])),
        "neighbor_tanimoto": float(np.mean([one["neighbor_tanimoto"] for one in facts])),
        "inner_tanimoto": float(np.nanmean([_inner(walk) for walk in walks])),
        "end_at_mean": float(np.mean(at_mean)),
        "end": float(np.mean(found)),
        "both_ends_at_mean": float(np.mean(np.all(at_mean, axis=1))),
        "both_ends": float(np.mean(np.all(found, axis=1))),
        "cpu_seconds_each": seconds,
    }


def _inner(walk: Walk) -> float:
    """Mean similarity between neighboring steps, without those to the given ends."""
    return float(walk.table["to_previous"].iloc[2:-1].mean())


if __name__ == "__main__":
    main()
