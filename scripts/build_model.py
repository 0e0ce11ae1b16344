r"""Put a trained run's best model into the package, in half precision, with its measured facts.

    molvae train --out runs/shipped --max-minutes 22
    python scripts/build_model.py runs/shipped

    molvae train --out runs/conditional --condition logp,qed,sa,tpsa --max-minutes 42 \
        --set train.kl.maximum=1.0 --set train.kl.end=0.4
    python scripts/build_model.py runs/conditional --name conditional

    python scripts/build_model.py runs/moses --name moses --no-keys     (see docs/results.md)

Measures the stored model itself: 10,000 raw samples from the prior, and 2,000 molecules drawn from
the corpus's test split through the latent space and back. The figures go into its `model.json`.
"""

import argparse
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import torch
from _bench import environment, print_table
from _vae_table import some_of

from molvae.checkpoint import CARD, load_model, save_model
from molvae.data.shards import Corpus
from molvae.files import atomic_path
from molvae.generation import Generator
from molvae.training.run import Run

MODELS = Path(__file__).parent.parent / "molvae" / "resources" / "models"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--name", default="default")
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--molecules", type=int, default=2_000)
    keys_help = "leave out the keys of the training molecules, 8 bytes each"
    parser.add_argument("--no-keys", action="store_true", help=keys_help)
    arguments = parser.parse_args()
    folder = MODELS / arguments.name
    saved = load_model(arguments.run)
    save_model(
        folder,
        saved.model,
        saved.tokenizer,
        saved.config,
        training=saved.card["training"],
        training_keys=None if arguments.no_keys else saved.training_keys,
        conditions=saved.conditions,
        heads=saved.heads,
        dtype=torch.float16,
    )
    corpus = Corpus.load(Run(arguments.run).corpus_path)
    facts = _measure(Generator.load(folder), corpus, arguments.samples, arguments.molecules)
    card = json.loads((folder / CARD).read_text("utf-8"))
    card["training"]["measured"] = {**facts, "environment": environment()}
    with atomic_path(folder / CARD) as temporary:
        temporary.write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    print_table([{"measure": name, "value": value} for name, value in facts.items()])


def _measure(generator: Generator, corpus: Corpus, samples: int, molecules: int) -> dict[str, Any]:
    raw = generator.sample(samples, seed=0, valid=False, unique=False)
    summary = dataclasses.asdict(raw.summary)
    test = some_of(corpus["test"], molecules, seed=0)
    table = generator.reconstruct(test)
    return {
        **{name: summary[name] for name in ("drawn", "validity", "uniqueness")},
        "novelty": None if math.isnan(summary["novelty"]) else summary["novelty"],
        "test_molecules": len(test),
        "exact_reconstruction": float(table["exact"].mean()),
        "tanimoto_of_valid_reconstructions": float(table["tanimoto"].mean()),
    }


if __name__ == "__main__":
    main()
