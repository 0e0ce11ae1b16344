"""`molvae train`: from molecules, or a corpus, or nothing at all, to a model."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from molvae.cli.failures import INTERRUPTED, fail
from molvae.cli.inspect import training_facts
from molvae.cli.options import (
    Session,
    SettingsSource,
    column_option,
    command,
    config_options,
    input_argument,
    out_option,
    workers_option,
)
from molvae.cli.prepare import prepare_corpus, show_counts
from molvae.cli.settings import limit_assignments, resolve_config

if TYPE_CHECKING:
    from molvae.config import Config
    from molvae.data.shards import Corpus

STARTER = "starter"
STARTER_SIZE = 240_000
CORPUS = "corpus"
"""Name of the corpus in the folder of a run that was given molecules."""


@command(
    "train",
    examples=(
        "molvae train molecules.smi",
        "molvae train --max-minutes 5                 (on the shipped starter corpus)",
        "molvae train corpora/mine --out runs/wide --set model.decoder.hidden_size=768",
        "molvae train --resume --out runs/wide --max-epochs 40",
    ),
)
@input_argument(required=False)
@out_option("Run folder [default: runs/NAME-N].")
@config_options
@click.option(
    "--max-minutes",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Stop after this many minutes.",
)
@click.option(
    "--max-epochs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop after this many passes over the molecules.",
)
@click.option(
    "--max-steps", type=click.IntRange(min=1), metavar="N", help="Stop after this many batches."
)
@click.option("--resume", is_flag=True, help="Go on with the run in --out, or the newest one.")
@column_option
@workers_option
def train(
    session: Session,
    *,
    source: str | None,
    out: str | None,
    settings: SettingsSource,
    max_minutes: float | None,
    max_epochs: int | None,
    max_steps: int | None,
    resume: bool,
    column: str | None,
    workers: int | None,
) -> None:
    """Train a model.

    INPUT is a file of molecules (prepared first, into RUN/corpus), a folder made by
    `molvae prepare`, or - for standard input. Without it, the starter corpus that ships
    with molvae is used. The limits given replace those of the preset. Ctrl-C saves; the run
    goes on with --resume.
    """
    run = _run_folder(source, out, resume=resume)
    limits = limit_assignments(max_minutes, max_epochs, max_steps)
    base = run / "config.toml" if resume else None
    config = resolve_config(session, settings, limits=limits, base=base)
    corpus = _corpus(source, run, resume=resume)
    if corpus is None:
        corpus = _prepared(session, source, run, config, column, workers)
    _fit(session, corpus, run, config, resume=resume)
    _show_run(session, run)


def _run_folder(source: str | None, out: str | None, *, resume: bool) -> Path:
    """The folder of the run: the one given, the newest to resume, or the next free one."""
    from molvae.checkpoint import RUNS_FOLDER
    from molvae.errors import OutputError, TrainingError

    if resume:
        run = Path(out) if out is not None else _newest_run(RUNS_FOLDER)
        if run is None or not (run / "config.toml").is_file():
            place = run or f"{RUNS_FOLDER}/"
            raise TrainingError(f"nothing to resume in {place}: it holds no run")
        return run
    if out is None:
        return _next_run(source, RUNS_FOLDER)
    if Path(out).exists() and not _is_unused(Path(out)):
        raise OutputError(f"{out} exists already; add --resume or choose another --out")
    return Path(out)


def _is_unused(folder: Path) -> bool:
    """Whether `folder` holds no run: nothing, or the corpus of one that did not begin."""
    return folder.is_dir() and {path.name for path in folder.iterdir()} <= {CORPUS}


def _newest_run(folder: Path) -> Path | None:
    runs = [path.parent for path in folder.glob("*/config.toml")]
    return max(runs, key=lambda path: path.stat().st_mtime, default=None)


def _next_run(source: str | None, folder: Path) -> Path:
    """FOLDER/NAME-N with the first N above all that are taken."""
    stem = Path(source).name.partition(".")[0] if source else STARTER
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-") or "run"
    taken = [re.fullmatch(rf"{re.escape(name)}-(\d+)", path.name) for path in folder.glob("*")]
    return folder / f"{name}-{1 + max((int(match[1]) for match in taken if match), default=0)}"


def _corpus(source: str | None, run: Path, *, resume: bool) -> "Corpus | None":
    """The corpus given, or that of the run to resume; None where molecules are to be prepared."""
    from molvae.data.shards import Corpus, is_corpus
    from molvae.training.run import Run

    if source is not None and (is_corpus(source) or Path(source).is_dir()):
        return Corpus.load(source)
    if not resume:
        return None
    if source is not None:
        raise click.UsageError("--resume goes on with the run's own corpus: give no molecules")
    return Corpus.load(Run(run).corpus_path)


def _prepared(
    session: Session,
    source: str | None,
    run: Path,
    config: "Config",
    column: str | None,
    workers: int | None,
) -> "Corpus":
    """The corpus made in the run's folder from the molecules given, or from the starter corpus.

    One that is left of an attempt to train is made again.
    """
    from molvae.data.datasets import starter_config, starter_path
    from molvae.model.device import resolve_device

    resolve_device(config.train.device)  # an absent one is told before the work, not after
    total = None
    if source is None:
        source, total, config = str(starter_path()), STARTER_SIZE, starter_config(config)
    corpus = prepare_corpus(
        (source,),
        run / CORPUS,
        config,
        session.terminal,
        column=column,
        workers=workers,
        overwrite=True,
        total=total,
    )
    show_counts(corpus, session.terminal, err=True)
    return corpus


def _fit(session: Session, corpus: "Corpus", run: Path, config: "Config", *, resume: bool) -> None:
    from molvae.training.console import ConsoleListener
    from molvae.training.records import Silence
    from molvae.training.train import train as train_model

    listener = Silence() if session.terminal.quiet else ConsoleListener()
    try:
        train_model(corpus, run, config, resume=resume, listener=listener)
    except KeyboardInterrupt:
        if not (run / "last").is_dir():
            raise
        fail(f"interrupted; {run} is saved: go on with --resume --out {run}", INTERRUPTED, kind="")


def _show_run(session: Session, run: Path) -> None:
    """Where the model is and how good."""
    from molvae.checkpoint import find_model, read_card

    best = find_model(run)
    training: dict[str, Any] = read_card(best)["training"]
    terminal = session.terminal
    if terminal.json:
        terminal.write_json({"run": run, "model": best, "training": training})
        return
    terminal.facts({"model": best, **training_facts(training)}, title=str(run))
    terminal.say(f"next: molvae sample -n 1000 --model {run}")
