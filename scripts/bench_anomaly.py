"""How well each anomaly score of a model tells foreign molecules from those of its own kind.

    molvae data fetch moses --out moses
    python scripts/bench_anomaly.py --usual moses/test.csv.gz --qm9 qm9.csv.gz \
        --zinc zinc250k.smi.gz --out docs/benchmarks/anomaly.json

Usual are molecules of the MOSES test set. Unusual are molecules of QM9; those of ZINC250k
that the MOSES filters leave out; and mutants, other MOSES test molecules with three random atoms
replaced. A score may be chosen on the first half of each set; the second is what counts. ROC
AUC is given with molecules that the model cannot write counted as anomalies, and without them.
The number of tokens alone stands beside the scores: what it separates needs no model.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _bench import print_table, save

from molvae.chem import parse, passes_filters, to_smiles
from molvae.data.readers import read_records
from molvae.evaluation.separation import roc_auc
from molvae.generation import Generator
from molvae.generation.anomaly_scores import SCORES
from molvae.tokenizers.atom import AtomTokenizer

ATOMS = ("C", "N", "O", "S", "F", "Cl", "Br", "c", "n", "o", "s")
REPLACED = 3
SHORTNESS = "fewer tokens (no model)"


def main() -> None:
    arguments = _arguments()
    rng = np.random.default_rng(arguments.seed)
    generator = Generator.load(arguments.model)
    sets = _sets(arguments, rng)
    found = {name: generator.anomalies(smiles) for name, smiles in sets.items()}
    tables = {name: anomalies.table for name, anomalies in found.items()}
    summary = found["usual"].summary
    print(summary.reference, f"threshold {summary.threshold:.4f}", sep=", ")
    rows = [row for name in list(sets)[1:] for row in _rows(name, tables["usual"], tables[name])]
    print_table(rows)
    verdicts = [_verdicts(name, table) for name, table in tables.items()]
    print()
    print_table(verdicts)
    if arguments.out:
        protocol = {
            "model": str(arguments.model),
            "reference": summary.reference,
            "reference_molecules": summary.reference_molecules,
            "seed": arguments.seed,
        }
        save(arguments.out, {"protocol": protocol, "separation": rows, "verdicts": verdicts})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--usual", type=Path, required=True, help="test set of MOSES")
    parser.add_argument("--qm9", type=Path, required=True)
    parser.add_argument("--zinc", type=Path, required=True, help="ZINC250k")
    parser.add_argument("--model", default="default", help="model, run or shipped name")
    parser.add_argument("--molecules", type=int, default=2_000, help="of each set")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _sets(arguments: argparse.Namespace, rng: np.random.Generator) -> dict[str, list[str]]:
    """Distinct molecules of each set, in random order."""
    count = arguments.molecules
    usual = _shuffled(arguments.usual, rng)
    mutants = _mutants(usual[count:], rng)
    refused = (text for text in _shuffled(arguments.zinc, rng) if _is_refused(text))
    return {
        "usual": usual[:count],
        "QM9": _shuffled(arguments.qm9, rng)[:count],
        "ZINC250k, filtered out": _first(refused, count),
        "mutants": _first(mutants, count),
    }


def _shuffled(path: Path, rng: np.random.Generator) -> list[str]:
    smiles = [record.smiles for record in read_records(path) if not record.problem]
    return [smiles[row] for row in rng.permutation(len(smiles)).tolist()]


def _first(smiles: Iterator[str], count: int) -> list[str]:
    return [text for text, _ in zip(smiles, range(count), strict=False)]


def _is_refused(smiles: str) -> bool:
    mol = parse(smiles)
    return mol is not None and not passes_filters(mol)


def _mutants(smiles: list[str], rng: np.random.Generator) -> Iterator[str]:
    """Molecules with three atoms replaced, where that gives another molecule."""
    tokenizer = AtomTokenizer()
    for text in smiles:
        tokens = tokenizer.split(text)
        places = [place for place, token in enumerate(tokens) if token in ATOMS]
        for place in rng.choice(places, min(REPLACED, len(places)), replace=False):
            tokens[place] = str(rng.choice(ATOMS))
        mol = parse("".join(tokens))
        if mol is not None and to_smiles(mol) != text:
            yield to_smiles(mol)


def _rows(name: str, usual: pd.DataFrame, unusual: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for score in (*SCORES, SHORTNESS):
        own, others = _values(usual, score), _values(unusual, score)
        counted = others[1::2]
        rows.append(
            {
                "set": name,
                "score": score,
                "auc, choice half": roc_auc(own[::2], others[::2]),
                "auc": roc_auc(own[1::2], counted),
                "auc, writable": roc_auc(own[1::2], counted[np.isfinite(counted)]),
            }
        )
    return rows


def _values(table: pd.DataFrame, score: str) -> np.ndarray:
    """Scores of all that can be read; infinite for what the model cannot write."""
    read = table[table["verdict"] != "unreadable"]
    if score == SHORTNESS:
        values = -read["tokens"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    else:
        values = read[score].to_numpy(np.float64)
    return np.where(np.isinf(read["score"]), np.inf, values)


def _verdicts(name: str, table: pd.DataFrame) -> dict[str, Any]:
    writable = table[np.isfinite(table["score"])]
    return {
        "set": name,
        "molecules": len(table),
        "not writable": int(np.isposinf(table["score"]).sum()),
        "unreadable": int((table["verdict"] == "unreadable").sum()),
        "unusual": float((table["verdict"] == "unusual").mean()),
        "unusual, writable": float((writable["verdict"] == "unusual").mean()),
        "mean tokens": float(writable["tokens"].mean()),
    }


if __name__ == "__main__":
    main()
