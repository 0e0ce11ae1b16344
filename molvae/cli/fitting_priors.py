"""`molvae train --fit-prior`: a model that exists draws from where its molecules lie."""

import shlex
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from molvae.cli.failures import INTERRUPTED, fail
from molvae.cli.fitting import called, fitted_model, fitting_corpus
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
    from molvae.training.fit_prior import measure_of

    saved, out = fitted_model("--fit-prior", settings, init, out)
    config = _prior_config(session, settings, kind, limits, saved)
    pace, terminal = config.train, session.terminal
    if not limits:  # those of the model's own training are none of the prior's
        pace = pace.model_copy(update={"max_minutes": None, "max_epochs": None, "max_steps": None})
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "corpus"
        own = _own_corpus(session, saved) if source is None else None
        corpus = own
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
            called=None if own is not None else called(source),
            progress=stack.enter_context(terminal.stages()),
            on_check=partial(_say_check, terminal, measure_of(config)),
        )
    _show_prior(session, fitted)
    _say_if_worse(session.terminal, fitted, str(init))
    if fitted.interrupted:
        given = source or (None if own is None else str(own.path))
        again = _going_on(given, column, kind, out)
        fail(f"interrupted; {out} has what was learned: go on with {again}", INTERRUPTED, kind="")


def _say_if_worse(terminal: Terminal, fitted: "FittedPrior", init: str) -> None:
    """A line where the prior that the model had is the better one."""
    if fitted.worse:
        terminal.say(
            f"molvae: warning: the new prior is worse than the one before, {fitted.nats_after:.2f} "
            f"and not {fitted.nats_before:.2f} nats on held-out molecules: sample from {init} "
            "itself, or fit longer (--max-minutes) or on more molecules"
        )


def _going_on(given: str | None, column: str | None, kind: str, out: str) -> str:
    """The command that fits the prior in `out` further, to the same molecules."""
    words = ["molvae", "train", *([given] if given else [])]
    words += ["--column", column] if column else []
    return shlex.join([*words, "--fit-prior", kind, "--init", out, "--out", "NEW"])


def _show_prior(session: Session, fitted: "FittedPrior") -> None:
    """Where the model is, and how many nats the new prior saves."""
    terminal, out = session.terminal, fitted.path
    if terminal.json:
        terminal.write_json({"model": out, **fitted.facts})
    else:
        nats = f"{fitted.measure} {'to' if fitted.measure == 'KL' else 'under'}"
        facts = {
            "molecules": fitted.molecules,
            "left out": str(fitted.left_out),
            "steps": fitted.steps,
            f"{nats} N(0, I)": f"{fitted.nats_standard:.2f} nats a held-out molecule",
            f"{nats} the prior before": f"{fitted.nats_before:.2f} nats",
            f"{nats} the new prior": f"{fitted.nats_after:.2f} nats",
        }
        terminal.facts(facts, title=str(out))
        if not (fitted.interrupted or fitted.worse):
            terminal.say(f"next: molvae sample -n 1000 --model {out}")


def _say_check(terminal: Terminal, measure: str, check: "PriorCheck") -> None:
    """A line, which the bar is moved down for."""
    best = " *" if check.best else ""
    line = (
        f"step {check.step:>6,}  epoch {check.epoch:6.2f}  {measure} {check.nats:8.3f} nats{best}"
    )
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
