"""How near a conditional model's molecules come to their targets, and at what cost.

    python scripts/bench_conditional.py runs/conditional --out docs/benchmarks/conditional.json

For each target, 1,000 valid molecules are drawn from the prior with that one condition given
and the others free; repeats stay. MAD is the mean of |value - target|. Beside it stands the
MAD of as many molecules of the same model with all conditions free at the same target, the
ratio of the two, and the MAD of training molecules. Validity is of the raw strings,
uniqueness of the valid, novelty of the distinct; IntDiv is the internal diversity of the
molecules given (1 - mean Tanimoto similarity of all pairs, as in MOSES).
"""

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from _bench import print_table, save

from molvae import Generator
from molvae.chem import packed_morgan, parse, property_table
from molvae.data.datasets import starter_path
from molvae.data.readers import read_records
from molvae.evaluation import mean_similarities
from molvae.generation import Molecules

TARGETS = {
    "logp": (1.2, 2.6, 3.5),
    "tpsa": (45.0, 65.0, 90.0),
    "qed": (0.7, 0.8, 0.9),
    "sa": (2.0, 2.4, 3.0),
}
"""About the 10th, 50th and 90th percentile of the starter corpus."""
CURVES = ({"logp": 3.5}, {"qed": 0.9})
GUIDANCES = (1.0, 1.5, 2.0, 3.0, 4.0)
TOGETHER = ({"logp": 2.5, "qed": 0.9}, {"tpsa": 45.0, "sa": 2.0})
TRAINING = 5_000
"""Training molecules whose MAD is told."""

Row = dict[str, Any]


class Bench:
    """A model, how it is asked, and what its free samples and training molecules are like."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.generator = Generator.load(arguments.model, device=arguments.device)
        self.arguments = arguments
        known = [attribute.name for attribute in self.generator.conditions]
        self.names = [name for name in TARGETS if name in known]
        self.free = self.draw({}, 1.0)
        self.training = property_table(_training(arguments.training), self.names)

    def draw(self, conditions: Mapping[str, float], guidance: float, best_of: int = 1) -> Molecules:
        """Valid molecules for `conditions`, with their properties; without, with those of all."""
        return self.generator.sample(
            self.arguments.samples,
            seed=self.arguments.seed,
            conditions=conditions,
            guidance=guidance,
            best_of=best_of,
            temperature=self.arguments.temperature,
            constrained=self.arguments.constrained,
            unique=False,
            properties=() if conditions else self.names,
        )

    def rows(self, conditions: Mapping[str, float], guidance: float, best_of: int = 1) -> list[Row]:
        """What came out, one row a condition."""
        print(f"{dict(conditions)}, guidance {guidance:g}", file=sys.stderr)
        molecules = self.draw(conditions, guidance, best_of)
        summary = molecules.summary
        shared = {
            "guidance": guidance,
            "best_of": best_of,
            "validity": summary.validity,
            "uniqueness": summary.uniqueness,
            "novelty": summary.novelty,
            "intdiv": diversity(molecules.smiles),
        }
        return [
            {
                "property": result.name,
                "target": float(result.target),
                "mean": result.mean,
                "mad": result.mad,
                "sd": result.sd,
                **self._beside(result.name, float(result.target), result.mad),
                **shared,
            }
            for result in summary.conditions
        ]

    def _beside(self, name: str, target: float, mad: float) -> Row:
        free = _mad(self.free.table[name], target)
        return {
            "free_mad": free,
            "ratio": mad / free,
            "training_mad": _mad(self.training[name], target),
        }


def main() -> None:
    """Measure, print four tables, write JSON."""
    arguments = _arguments()
    bench = Bench(arguments)
    found: dict[str, list[Row]] = {"targets": [], "nearest": [], "guidance": [], "together": []}
    for name in bench.names:
        for target in TARGETS[name]:
            found["targets"] += bench.rows({name: target}, arguments.guidance)
            found["nearest"] += bench.rows({name: target}, arguments.guidance, arguments.best_of)
    for conditions in _possible(CURVES, bench.names):
        for guidance in GUIDANCES:
            found["guidance"] += bench.rows(conditions, guidance)
    for conditions in _possible(TOGETHER, bench.names):
        found["together"] += bench.rows(conditions, arguments.guidance)
    for title, rows in found.items():
        print(f"{title}\n")
        print_table(rows)
        print()
    if arguments.out:
        save(arguments.out, {"protocol": _protocol(bench), **found})


def diversity(smiles: Sequence[str]) -> float:
    """1 - mean Tanimoto similarity of all pairs (Morgan radius 2, 1024 bits)."""
    mols = [mol for mol in map(parse, smiles) if mol is not None]
    return 1.0 - mean_similarities(packed_morgan(mols, bits=1024)).linear


def _possible(
    requests: Sequence[Mapping[str, float]], names: Sequence[str]
) -> list[Mapping[str, float]]:
    return [request for request in requests if set(request) <= set(names)]


def _mad(values: "pd.Series[float]", target: float) -> float:
    return float((values - target).abs().mean())


def _training(path: Path) -> list[str]:
    smiles = [record.smiles for record in read_records(path)]
    return random.Random(0).sample(smiles, min(TRAINING, len(smiles)))


def _protocol(bench: Bench) -> Row:
    arguments, summary = bench.arguments, bench.free.summary
    training = dict(bench.generator.saved.card.get("training") or {})
    return {
        "molecules_for_each_target": arguments.samples,
        "seed": arguments.seed,
        "temperature": arguments.temperature,
        "constrained": summary.constrained,
        "free_validity": summary.validity,
        "free_uniqueness": summary.uniqueness,
        "free_novelty": summary.novelty,
        "free_intdiv": diversity(bench.free.smiles),
        "training_molecules": len(bench.training),
        "model_steps": training.get("step"),
        "model_molecules_seen": training.get("molecules_seen"),
        "model_minutes": (training.get("elapsed_seconds") or 0.0) / 60,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", nargs="?", help="model or run [default: as molvae sample]")
    parser.add_argument("--samples", type=int, default=1_000)
    parser.add_argument("--guidance", type=float, default=1.0, help="of the first and last table")
    parser.add_argument("--best-of", type=int, default=4, help="of the second table")
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--constrained", action="store_true", help="mask impossible tokens")
    parser.add_argument("--training", type=Path, default=starter_path())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
