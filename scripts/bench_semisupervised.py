"""What unlabeled molecules are worth: property heads learned with and without them.

    python scripts/bench_semisupervised.py --out docs/benchmarks/semisupervised.json

Part of the starter corpus, of which a share (5 %) has labels: logP, QED and synthetic
accessibility. The same model with the same heads is trained for the same number of steps on
all rows and on the labeled rows alone; and heads are fitted afterwards to the model that was
trained on all rows, without heads. R2 is measured at the end on held-out molecules that no
variant saw. A model of few molecules soon repeats them, so `best_mean_r2` is what early
stopping could have given at best: the highest of the run's validations, on other molecules.
"""

import argparse
import csv
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _bench import print_table, save

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import property_table
from molvae.config import Config
from molvae.data.annotations import AttributeGroups, annotate
from molvae.data.batches import in_order
from molvae.data.origin import starter_splits
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.training.fit_heads import fit_heads
from molvae.training.logs import read_log
from molvae.training.train import train

PROPERTIES = ("logp", "qed", "sa")
COLUMNS = tuple(f"measured_{name}" for name in PROPERTIES)
SPLITS = ("train", "valid", "test")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--molecules", type=int, default=20_000, help="training molecules")
    parser.add_argument("--held-out", type=int, default=2_000, help="of each other split")
    parser.add_argument("--share", type=float, default=0.05, help="of training molecules labeled")
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--weight", type=float, default=5.0, help="of the heads' loss")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    config = _config(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = _measure(Path(folder), config, arguments)
    print_table(rows)
    if arguments.out is not None:
        protocol = {name: value for name, value in vars(arguments).items() if name != "out"}
        save(arguments.out, {"protocol": protocol, "properties": PROPERTIES, "variants": rows})


def _config(arguments: argparse.Namespace) -> Config:
    return Config.preset("small").override(
        [
            f"train.max_steps={arguments.steps}",
            "train.kl.maximum=0.1",  # the latent is for prediction here, not for sampling
            "model.heads.labeled_share=0.5",
            f"train.validation.every_steps={max(1, arguments.steps // 10)}",
            "train.validation.samples=0",
            "train.validation.molecules=1000",
            'data.split="column"',
            'data.split_column="split"',
            f"data.columns={list(COLUMNS)}",
            *arguments.set,
        ]
    )


def _measure(folder: Path, config: Config, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    everything, labeled = _corpora(folder, config, arguments)
    with_heads = config.override(
        [f"model.heads.properties={list(COLUMNS)}", f"model.heads.weight={arguments.weight}"]
    )
    rows = []
    for name, corpus, settings in (
        ("all rows, heads trained jointly", everything, with_heads),
        ("labeled rows alone, heads trained jointly", labeled, with_heads),
        ("all rows, heads fitted afterwards", everything, config),
    ):
        started = time.perf_counter()
        run = train(corpus, folder / name, settings, sampled_validity=None)
        seconds = time.perf_counter() - started
        path = run.last
        if settings is config:
            path = fit_heads(path, everything, folder / "fitted", properties=COLUMNS).path
        scores = _held_out(load_model(path), everything)
        rows.append(
            {
                "variant": name,
                "molecules": len(corpus["train"]),
                **{f"r2_{column.removeprefix('measured_')}": scores[column] for column in COLUMNS},
                "mean_r2": float(np.mean(list(scores.values()))),
                "best_mean_r2": _best_validation(run.path),
                "minutes": seconds / 60,
            }
        )
        print_table(rows)
    return rows


def _corpora(folder: Path, config: Config, arguments: argparse.Namespace) -> tuple[Corpus, Corpus]:
    """The corpus with few labels, and that of the labeled rows; other splits as they are."""
    rng = np.random.default_rng(0)
    sizes = {"train": arguments.molecules, "valid": arguments.held_out, "test": arguments.held_out}
    splits = {
        name: rng.permutation(smiles)[: sizes[name]] for name, smiles in starter_splits().items()
    }
    labels = round(arguments.share * arguments.molecules)
    known = {name: labels if name == "train" else sizes[name] for name in SPLITS}
    for name, only_labeled in (("everything", False), ("labeled", True)):
        with (folder / f"{name}.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["smiles", "split", *COLUMNS])
            for split in SPLITS:
                values = property_table(list(splits[split][: known[split]]), PROPERTIES)
                for smiles, row in zip(splits[split], values.itertuples(index=False), strict=False):
                    writer.writerow([smiles, split, *row])
                rest = () if only_labeled else splits[split][known[split] :]
                writer.writerows([smiles, split, *("" for _ in COLUMNS)] for smiles in rest)
    everything = prepare(folder / "everything.csv", folder / "everything", config)
    vocabulary = everything.vocabulary  # so that each model can read every molecule
    labeled = prepare(folder / "labeled.csv", folder / "labeled", config, vocabulary=vocabulary)
    return everything, labeled


@torch.no_grad()
def _held_out(saved: SavedModel, corpus: Corpus) -> Mapping[str, float]:
    """R2 on the test split, from posterior means."""
    former = AttributeGroups(heads=saved.heads)
    annotations = annotate(corpus, saved.config.model, splits=["test"], former=former).splits[
        "test"
    ]
    truth, guess = [], []
    for batch in in_order(corpus["test"], 500, annotations=annotations):
        assert batch.labels is not None
        truth.append(batch.labels)
        guess.append(saved.model.predict(saved.model.encode(batch).mu))
    values, predictions = torch.cat(truth).numpy(), torch.cat(guess).numpy()
    return {
        attribute.name: attribute.score(values[:, column], predictions[:, column]) or 0.0
        for column, attribute in enumerate(saved.heads)
    }


def _best_validation(run: Path) -> float | None:
    """The highest mean R2 of a run's validations; None without heads."""
    checks = [event["predicted"] for event in read_log(run) if event["event"] == "validation"]
    return max((float(np.mean(list(some.values()))) for some in checks if some), default=None)


if __name__ == "__main__":
    main()
