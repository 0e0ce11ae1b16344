"""`molvae train`: from molecules, or a corpus, or nothing at all, to a model."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from molvae.cli.failures import INTERRUPTED, fail
from molvae.cli.fitting import fit_heads as fit
from molvae.cli.fitting_priors import fit_prior as fit_new_prior
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
from molvae.cli.run_folders import CORPUS, run_folder
from molvae.cli.settings import resolve_config
from molvae.cli.training_options import (
    Values,
    finetuning_base,
    fit_heads_option,
    fit_prior_option,
    init_option,
    initial_model,
    limit_options,
    value_options,
)

if TYPE_CHECKING:
    from molvae.checkpoint import SavedModel
    from molvae.config import Config
    from molvae.data.shards import Corpus
    from molvae.training.fit_prior import PriorKind

STARTER_SIZE = 240_000


@command(
    "train",
    examples=(
        "molvae train molecules.smi",
        "molvae train --max-minutes 5                 (on the shipped starter corpus)",
        "molvae train corpora/mine --out runs/wide --set model.decoder.hidden_size=768",
        "molvae train --resume --out runs/wide --max-epochs 40",
        "molvae train actives.smi --init default      (fine-tuning)",
        "molvae train measured.csv --condition logp,qed,active --heads pIC50",
        "molvae train measured.csv --fit-heads pIC50 --init runs/mine --out new",
        "molvae train --fit-prior flow --init runs/mine --out new --max-minutes 10",
    ),
)
@input_argument(required=False)
@out_option("Run folder [default: runs/NAME-N].")
@init_option
@value_options
@fit_heads_option
@fit_prior_option
@config_options
@limit_options
@click.option("--resume", is_flag=True, help="Go on with the run in --out, or the newest one.")
@column_option
@workers_option
def train(
    session: Session,
    *,
    source: str | None,
    out: str | None,
    init: str | None,
    values: Values,
    fit_heads: tuple[str, ...],
    fit_prior: "PriorKind | None",
    settings: SettingsSource,
    limits: Sequence[str],
    resume: bool,
    column: str | None,
    workers: int | None,
) -> None:
    """Train a model.

    INPUT is a file of molecules (prepared first, into RUN/corpus), a folder made by
    `molvae prepare`, or - for standard input. Without it, the starter corpus that ships
    with molvae is used. The limits given replace those of the preset. Ctrl-C saves; the run
    goes on with --resume.

    With --init the model goes on learning from 500 molecules or more of your own, at a lower
    rate, until the validation objective gets no better.
    """
    if fit_prior is not None:
        _check_prior_fitting(values, fit_heads, resume=resume)
        fit_new_prior(session, fit_prior, source=source, init=init, out=out, settings=settings,
            limits=limits, column=column, workers=workers)  # fmt: skip
        return
    if fit_heads:
        _check_fitting(values, limits, resume=resume)
        fit(session, fit_heads, source=source, init=init, out=out, settings=settings,
            column=column, workers=workers)  # fmt: skip
        return
    _check_usage(source, settings, init, resume=resume)
    run = run_folder(source, out, resume=resume)
    initial = initial_model(init)
    resolved = partial(_config, session, settings, limits, values, initial, run, resume=resume)
    corpus = _corpus(source, run, resume=resume)
    if corpus is None:
        corpus = _prepared(session, source, run, resolved(), column, workers, initial)
    _fit(session, corpus, run, resolved(len(corpus["train"])), init=init, resume=resume)
    _show_run(session, run)


def _check_fitting(values: Values, limits: Sequence[str], *, resume: bool) -> None:
    if values != Values() or limits or resume:
        raise click.UsageError(
            "--fit-heads trains no autoencoder: give no --condition, --heads, --max-..., --resume"
        )


def _check_prior_fitting(values: Values, heads: Sequence[str], *, resume: bool) -> None:
    if values != Values() or heads or resume:
        raise click.UsageError(
            "--fit-prior learns a prior alone: give no --condition, --heads, --fit-heads, --resume"
        )


def _check_usage(
    source: str | None, settings: SettingsSource, init: str | None, *, resume: bool
) -> None:
    if init is None:
        return
    if resume:
        raise click.UsageError("--resume goes on with the run's own model: give no --init")
    if settings.preset is not None:
        raise click.UsageError("--init brings the settings of MODEL: give no --preset")
    if source is None:
        raise click.UsageError("--init needs molecules to go on with: give INPUT")


def _config(
    session: Session,
    settings: SettingsSource,
    limits: Sequence[str],
    values: Values,
    initial: "SavedModel | None",
    run: Path,
    molecules: int | None = None,
    *,
    resume: bool,
) -> "Config":
    """The settings of the run, over those of the run resumed, the model, or the preset."""
    from molvae.config import Config

    base = finetuning_base(initial, molecules)
    if resume:
        base = Config.load(run / "config.toml")
    own = [*limits, *values.assignments(base)]
    config = resolve_config(session, settings, own=own, base=base)
    if initial is not None:
        from molvae.training.initial import check_fits

        check_fits(config, initial)
    return config


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
    initial: "SavedModel | None",
) -> "Corpus":
    """The corpus made in the run's folder from the molecules given, or from the starter corpus.

    One that is left of an attempt to train is made again.
    """
    from molvae.data.datasets import starter_config, starter_path
    from molvae.model.device import resolve_device
    from molvae.training.plan import check_settings

    resolve_device(config.train.device)  # what cannot be is told before the work, not after
    check_settings(config, begins=initial is None)
    total = None
    if source is None:
        source, total, config = str(starter_path()), STARTER_SIZE, starter_config(config)
    corpus = prepare_corpus(
        (source,),
        run / CORPUS,
        config,
        session.terminal,
        initial=initial,
        column=column,
        workers=workers,
        overwrite=True,
        total=total,
    )
    show_counts(corpus, session.terminal, err=True)
    return corpus


def _fit(
    session: Session,
    corpus: "Corpus",
    run: Path,
    config: "Config",
    *,
    init: str | None,
    resume: bool,
) -> None:
    from molvae.training.console import ConsoleListener
    from molvae.training.records import Silence
    from molvae.training.train import train as train_model

    listener = Silence() if session.terminal.quiet else ConsoleListener()
    try:
        train_model(corpus, run, config, init=init, resume=resume, listener=listener)
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
    facts = {"model": best, **training_facts(training), **_gain(run, training)}
    terminal.facts(facts, title=str(run))
    terminal.say(f"next: molvae sample -n 1000 --model {run}")


def _gain(run: Path, training: Mapping[str, Any]) -> dict[str, object]:
    """Of a run that goes on from a model: what it gained in what early stopping goes by."""
    from molvae.training.logs import read_log

    checks = (event for event in read_log(run) if event["event"] == "validation")
    first = next(checks, None)
    if first is None or first["step"] > 0 or not training.get("validation"):
        return {}
    before, after = first["objective"], training["validation"]["objective"]
    return {"validation objective": f"{before:.2f} before, {after:.2f} after"}
