"""What fine-tuning on a thousand molecules gives, against no training and against none before.

    OMP_NUM_THREADS=1 python scripts/bench_finetune.py molecules.csv --out finetune.json

Three models of the same shape and vocabulary: `before` is the model as it is, with rows for
the new tokens; `fine-tuned` went on from it; `from scratch` had random weights and the learning
rate and KL warm-up of the default preset, batches and number of steps as the fine-tuned one.
Each is its run's best by the validation objective. Losses are in nats a molecule of the test
split, which no run saw; samples are raw draws from the prior, no token masked.
"""

import argparse
import itertools
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _bench import environment, print_table, save

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import is_valid
from molvae.chem.fingerprints import morgan, nearest
from molvae.chem.molecule import parse
from molvae.config import Config
from molvae.data.prepare import prepare
from molvae.data.readers import read_records
from molvae.data.shards import Corpus
from molvae.generation import Generator
from molvae.tokenizers import Vocabulary
from molvae.training import Run, finetuning_config, train
from molvae.training.records import Silence
from molvae.training.validate import validate


def main() -> None:
    arguments = _arguments()
    initial = load_model(arguments.init)
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        corpus = _corpus(arguments, initial, runs / "corpus")
        config = finetuning_config(initial, len(corpus["train"]))
        config = config.override(
            [f"train.max_epochs={arguments.epochs}", "train.validation.samples=0"]
        )
        tuned = train(corpus, runs / "tuned", config, init=arguments.init, listener=Silence())
        idle = config.override(["train.max_steps=1", "train.optimizer.learning_rate=1e-12"])
        before = train(corpus, runs / "before", idle, init=arguments.init, listener=Silence())
        scratch = train(corpus, runs / "scratch", _scratch(config), listener=Silence())
        named = {"before": before, "fine-tuned": tuned, "from scratch": scratch}
        rows = [_row(name, run, corpus, initial, arguments.n) for name, run in named.items()]
        rows.append(_held_out(corpus, initial))
    told = {name: len(corpus[name]) for name in ("train", "valid", "test")}
    new = sorted(set(corpus.vocabulary) - set(initial.tokenizer.vocabulary))
    print(
        f"{arguments.input.name}, {told}, {environment()['cpu']}, {torch.get_num_threads()} thread"
    )
    print(f"{len(new)} new tokens: {' '.join(new)}\n")
    print_table(rows)
    if arguments.out:
        facts = {"input": arguments.input.name, "molecules": told, "new_tokens": new}
        facts |= {"epochs": arguments.epochs, "samples": arguments.n, "init": arguments.init}
        save(arguments.out, {**facts, "rows": rows})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("input", type=Path, help="molecules to go on with")
    parser.add_argument("--init", default="default", help="the model to start from")
    parser.add_argument("--molecules", type=int, default=1_250, help="how many to take of INPUT")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--n", type=int, default=1_000, help="samples of each model")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _corpus(arguments: argparse.Namespace, initial: SavedModel, folder: Path) -> Corpus:
    config = finetuning_config(initial).override(
        ["data.valid_fraction=0.1", "data.test_fraction=0.1"]
    )
    records = itertools.islice(read_records(arguments.input), arguments.molecules)
    smiles = [record.smiles for record in records]
    return prepare(smiles, folder, config, vocabulary=initial.tokenizer.vocabulary)


def _scratch(config: Config) -> Config:
    """The settings of the fine-tuned run with the course of a model that knows nothing."""
    preset = Config.preset().train
    train = config.train.model_copy(update={"optimizer": preset.optimizer, "kl": preset.kl})
    return config.model_copy(update={"train": train})


def _row(name: str, run: Run, corpus: Corpus, initial: SavedModel, samples: int) -> dict[str, Any]:
    saved = load_model(run.best)
    record = validate(
        saved.model, corpus["test"], 0, validation=run.config.train.validation,
        kl=initial.config.train.kl, dtype=torch.float32, sampled_validity=None,
    )  # fmt: skip
    written = Generator(saved, precision="float32").raw_samples(samples, seed=0)
    valid = [smiles for smiles in written if is_valid(smiles)]
    card = load_model(run.last).card["training"]
    return {
        "model": name,
        "steps": card["step"],
        "seconds": round(card["elapsed_seconds"]),
        "best_step": saved.card["training"]["step"],
        "objective": record.objective,
        "reconstruction": record.reconstruction,
        "kl": record.kl,
        "exact": record.exact_reconstruction,
        "validity": len(valid) / samples,
        "unique": len(set(valid)) / max(1, len(valid)),
        **_of_molecules(written, valid, corpus, initial.tokenizer.vocabulary),
    }


def _of_molecules(
    written: list[str], valid: list[str], corpus: Corpus, known: Vocabulary
) -> dict[str, float]:
    """How much the strings are like the training molecules of `corpus`."""
    tokenized = corpus.tokenizer.tokenize_batch(written)
    is_new = np.array([token not in known for token in tokenized.tokens], bool)
    similar = nearest(_fingerprints(valid), _fingerprints(corpus["train"].smiles()))
    return {
        "new_tokens": float(is_new[tokenized.ids].mean()),
        "nearest_similarity": float(np.mean(similar.similarities)) if valid else math.nan,
    }


def _fingerprints(smiles: list[str]) -> list[Any]:
    return [morgan(mol) for mol in map(parse, smiles) if mol is not None]


def _held_out(corpus: Corpus, initial: SavedModel) -> dict[str, Any]:
    """The test molecules themselves: what perfect samples would measure."""
    smiles = corpus["test"].smiles()
    measured = _of_molecules(smiles, smiles, corpus, initial.tokenizer.vocabulary)
    return {"model": "(test molecules)", "validity": 1.0, "unique": 1.0, **measured}


if __name__ == "__main__":
    main()
