"""The work behind `which_vae.py`: rows are trained or fitted, measured, and kept."""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from _vae_measures import Protocol, measure_model, measure_samples
from _vae_rows import Row

from molvae import Config, Corpus, fit_prior, prepare, train
from molvae.checkpoint import read_card
from molvae.config import PriorConfig
from molvae.data.datasets import starter_config, starter_path
from molvae.data.shards import Split, is_corpus
from molvae.errors import EvaluationError
from molvae.evaluation import Reference, load_reference
from molvae.files import atomic_path
from molvae.generation.codec import Method
from molvae.training.records import Silence

PRESET = "small"
FLOOR = "training molecules"
"""The row of molecules that were not generated: as good as a figure can get."""
SIZES = PriorConfig(components=100, layers=8, hidden_size=256)
"""Of the priors that are fitted afterwards."""
Found = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Where rows are made and kept, and with what."""

    arguments: argparse.Namespace
    corpus: Corpus
    unseen: list[str]
    reference: Reference
    protocol: Protocol

    def row(self, row: Row) -> None:
        """Train or fit, and measure, unless that was done before."""
        self._keep(row.name, lambda: self._made(row))

    def given(self, name: str, path: Path) -> None:
        """Measure a model that is there already, with more samples."""
        protocol = replace(self.protocol, samples=self.arguments.model_samples)
        method: Method = self.arguments.model_method

        def measure() -> Found:
            text = f"{protocol.samples:,} samples" + (", greedy" if method == "greedy" else "")
            return {"group": "Trained longer", "text": text, "given": True,
                    "values": self._measured(path, protocol, method)}  # fmt: skip

        self._keep(name, measure)

    def floor(self) -> None:
        """Molecules of the training set in the place of samples."""

        def measure() -> Found:
            smiles = some_of(self.corpus["train"], self.protocol.samples, self.protocol.seed)
            values = measure_samples(smiles, self.reference, threads=self.arguments.threads)
            return {"group": "For comparison", "values": values}

        self._keep(FLOOR, measure)

    def kept(self) -> dict[str, Found]:
        """Rows in the work folder, by name."""
        paths = (self.arguments.work / "rows").glob("*.json")
        found = (json.loads(path.read_text("utf-8")) for path in paths)
        return {row["name"]: row for row in found}

    def facts(self) -> Found:
        """What the figures belong to; rows of other facts do not share a table."""
        arguments = self.arguments
        return {
            "preset": PRESET,
            "tally": True,
            "batch_size": arguments.batch_size,
            "steps": arguments.steps,
            "molecules_seen": arguments.steps * arguments.batch_size,
            "training_molecules": len(self.corpus["train"]),
            "threads": arguments.threads,
            "fit_molecules": arguments.fit_molecules,
            "fit_minutes": arguments.fit_minutes,
            "reference": self.reference.name,
            **asdict(self.protocol),
        }

    def _keep(self, name: str, make: Callable[[], Found]) -> None:
        path = self._path("rows", f"{name}.json")
        if path.is_file():
            return
        print(f"{name} ...", file=sys.stderr, flush=True)
        started = time.perf_counter()
        found = {"name": name, **make()}
        found["seconds"] = round(time.perf_counter() - started, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        print(f"{name}: {_line(found)}", file=sys.stderr, flush=True)

    def _made(self, row: Row) -> Found:
        made = self._trained(row) if row.fitted is None else self._fitted(row)
        return {"group": row.group, "text": row.text, "line": row.line, **made}

    def _trained(self, row: Row) -> Found:
        run, config = self._path("runs", row.name), row.config(self._common(), PRESET)
        going_on = (run / "config.toml").is_file()
        done = train(self.corpus, run, config, resume=going_on, listener=Silence())
        shutil.rmtree(run / "checkpoints", ignore_errors=True)
        card = read_card(done.best)
        facts, values = card["training"], self._measured(done.best, self.protocol)
        values["molecules_per_second"] = facts["molecules_seen"] / facts["elapsed_seconds"]
        beta = config.train.kl.maximum if row.line is not None else None
        return {"values": values, "beta": beta, "parameters": card["parameters"]}

    def _fitted(self, row: Row) -> Found:
        assert row.base is not None and row.fitted is not None
        base, arguments = self.kept().get(row.base), self.arguments
        if base is None:
            raise EvaluationError(f"the row {row.base}, whose model it is for, is not there")
        out = self._path("fitted", row.name)
        if not out.is_dir():
            fit_prior(
                self._path("runs", row.base) / "best",
                self.corpus,
                out,
                kind=row.fitted,  # type: ignore[arg-type]
                sizes=SIZES,
                limit=arguments.fit_molecules,
                max_minutes=arguments.fit_minutes,
                seed=arguments.seed,
                device=arguments.device,
            )
        values = self._measured(out, self.protocol)
        prior = read_card(out)["training"]["prior"]
        return {"values": values, "beta": base["beta"], "prior": prior}

    def _measured(
        self, path: Path, protocol: Protocol, method: Method = "sample"
    ) -> dict[str, float | None]:
        return measure_model(
            path,
            self.unseen,
            self.reference,
            protocol,
            threads=self.arguments.threads,
            device=self.arguments.device,
            method=method,
        )

    def _common(self) -> list[str]:
        """Settings of all rows: the budget, and no more looking at the model than is needed."""
        arguments = self.arguments
        return [
            f"seed={arguments.seed}",
            f"train.device={arguments.device}",
            "model.decoder.tally=true",
            f"train.batch_size={arguments.batch_size}",
            f"train.max_steps={arguments.steps}",
            f"train.validation.every_steps={arguments.steps + 1}",
            "train.validation.molecules=500",
            "train.validation.samples=0",
            f"train.checkpoint_every_steps={max(20, arguments.steps // 4)}",
            "train.keep_checkpoints=1",
        ]

    def _path(self, kind: str, name: str) -> Path:
        return Path(self.arguments.work, kind, name.replace(" + ", "+").replace(" ", "-"))


def open_table(arguments: argparse.Namespace) -> Table:
    """Everything that rows need; stops where the work folder holds rows of other facts."""
    corpus = Corpus.load(arguments.corpus) if arguments.corpus else _starter(arguments)
    held = corpus["test"] if len(corpus["test"]) else corpus["valid"]
    reference = load_reference("moses", baseline=False)
    if arguments.corpus is None:  # novelty is against what the models have seen
        training = load_reference("starter", baseline=False).training
        reference = replace(reference, training=training)
    protocol = Protocol(
        samples=arguments.samples,
        constrained=min(arguments.samples, arguments.constrained),
        unseen=min(len(held), arguments.unseen),
        likelihood_molecules=min(arguments.unseen, arguments.likelihood),
        likelihood_draws=arguments.draws,
        seed=arguments.seed,
    )
    unseen = some_of(held, protocol.unseen, arguments.seed)
    table = Table(arguments, corpus, unseen, reference, protocol)
    _check_same(arguments.work / "protocol.json", table.facts())
    return table


def some_of(split: Split, count: int, seed: int) -> list[str]:
    """`count` molecules of a split, the same for the same seed."""
    rows = np.random.default_rng(seed).permutation(len(split))[:count]
    return split.smiles(np.sort(rows))


def _starter(arguments: argparse.Namespace) -> Corpus:
    path = arguments.work / "corpus"
    if is_corpus(path):
        return Corpus.load(path)
    print("preparing the starter corpus ...", file=sys.stderr, flush=True)
    config = starter_config(Config.preset(PRESET))
    return prepare(starter_path(), path, config, workers=arguments.threads)


def _check_same(path: Path, facts: Found) -> None:
    """Rows that were measured otherwise are not mixed in."""
    if path.is_file():
        before = json.loads(path.read_text("utf-8"))
        changed = sorted(name for name in facts if before.get(name) != facts[name])
        if changed:
            sys.exit(
                f"{path.parent} holds rows with other {', '.join(changed)}: choose another --work"
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def _line(found: Found) -> str:
    shown: Sequence[str] = ("reconstruction", "valid", "fcd", "kl", "log_likelihood")
    values = {name: found["values"].get(name) for name in shown}
    text = ", ".join(f"{name} {value:.3g}" for name, value in values.items() if value is not None)
    return f"{text} ({found['seconds']:.0f} s)"
