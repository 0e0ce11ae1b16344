"""`molvae train --fit-prior`: a model that exists draws from where its molecules lie."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from molvae.cli.failures import INTERRUPTED, fail
from molvae.cli.fitting import fitted_model, fitting_corpus
from molvae.cli.options import Session, SettingsSource
from molvae.cli.settings import resolve_config
from molvae.cli.terminal import Terminal
from molvae.cli.training_options import finetuning_base

if TYPE_CHECKING:
    from molvae.checkpoint import SavedModel
    from molvae.config import Config
    from molvae.data.shards import Corpus
    from molvae.training.fit_prior import FittedPrior, PriorKind
    from molvae.training.prior_learning import PriorCheck

STARTER_MOLECULES = 100_000


def fit_prior(
    session: Session,
    kind: "PriorKind",
    *,
    source: str | None,
    init: str | None,
    out: str | None,
    settings: SettingsSource,
    limits: Sequence[str],
    column: str | None,
    workers: int | None,
) -> None:
    """Fit a prior of this `kind` to the molecules of `source`; the model with it goes to `out`.

    Without a source these are the model's own, where its corpus is still there, else the starter
    corpus.
    """
    from molvae.training.fit_prior import fit_prior as fit

    saved, out = fitted_model("--fit-prior", settings, init, out)
    config = _prior_config(session, settings, kind, limits, saved)
    pace, terminal = config.train, session.terminal
    if not limits:  # those of the model's own training are none of the prior's
        pace = pace.model_copy(update={"max_minutes": None, "max_epochs": None, "max_steps": None})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "corpus"
        corpus = _own_corpus(session, saved) if source is None else None
        if corpus is None:
            data = resolve_config(session, SettingsSource(), base=finetuning_base(saved))
            corpus = fitting_corpus(
                session, source, folder, data, saved, column, workers, STARTER_MOLECULES
            )
        fitted = fit(
            saved,
            corpus,
            out,
            kind=kind,
            sizes=config.model.prior,
            max_minutes=pace.max_minutes,
            max_epochs=pace.max_epochs,
            max_steps=pace.max_steps,
            seed=config.seed,
            device=config.train.device,
            progress=stack.enter_context(terminal.stages()),
            on_check=partial(_say_check, terminal),
        )
    _show_prior(session, fitted)


def _show_prior(session: Session, fitted: "FittedPrior") -> None:
    """Where the model is, and how many nats the new prior saves."""
    terminal, out = session.terminal, fitted.path
    if terminal.json:
        terminal.write_json({"model": out, **fitted.facts})
    else:
        facts = {
            "molecules": fitted.molecules,
            "steps": fitted.steps,
            "KL to N(0, I)": f"{fitted.nats_standard:.2f} nats a held-out molecule",
            "KL to the prior before": f"{fitted.nats_before:.2f} nats",
            "KL to the new prior": f"{fitted.nats_after:.2f} nats",
        }
        terminal.facts(facts, title=str(out))
        terminal.say(f"next: molvae sample -n 1000 --model {out}")
    if fitted.interrupted:
        fail(f"interrupted; {out} has what was learned: go on with --init {out}", INTERRUPTED,
             kind="")  # fmt: skip


def _say_check(terminal: Terminal, check: "PriorCheck") -> None:
    """A line, which the bar is moved down for."""
    best = " *" if check.best else ""
    line = f"step {check.step:>6,}  epoch {check.epoch:6.2f}  KL {check.nats:8.3f} nats{best}"
    terminal.say(f"\r\033[2K{line}" if terminal.live else line)


def _prior_config(
    session: Session,
    settings: SettingsSource,
    kind: str,
    limits: Sequence[str],
    saved: "SavedModel",
) -> "Config":
    """The model's settings with the prior asked for; raises `ConfigError` for other changes."""
    from molvae.errors import ConfigError

    own = [f"model.prior.kind={kind}", *limits]
    config = resolve_config(session, settings, own=own, base=saved.config)
    former = saved.config.override(limits)
    allowed = former.model_copy(
        update={
            "seed": config.seed,
            "model": former.model.model_copy(update={"prior": config.model.prior}),
            "train": former.train.model_copy(update={"device": config.train.device}),
        }
    )
    if config != allowed or config.model.prior.kind != kind:
        raise ConfigError(
            "--fit-prior changes nothing but the prior: set only model.prior (not its kind)"
        )
    return config


def _own_corpus(session: Session, saved: "SavedModel") -> "Corpus | None":
    from molvae.data.origin import corpus_of_model

    corpus = corpus_of_model(saved.path)
    if corpus is not None:
        session.terminal.say(f"molecules: the model's own, {corpus.path}")
    return corpus
