"""What a run works with: corpus, settings, annotations and the model it starts from, checked."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import torch

from molvae.config import Config
from molvae.data.annotations import AnnotatedSplits, annotate
from molvae.data.shards import Corpus
from molvae.errors import ConfigError, OutputError, TrainingError
from molvae.model.device import resolve_device
from molvae.model.objectives import check_objective
from molvae.training.initial import Start, adapted, check_fits, find_start, finetuning_config
from molvae.training.positions import with_positions
from molvae.training.run import Run


@dataclass(frozen=True)
class Plan:
    """What a run works with, settled before its first step."""

    run: Run
    corpus: Corpus
    config: Config
    annotated: AnnotatedSplits
    start: Start | None
    """The model that it goes on from, in fine-tuning."""
    device: torch.device


def settled(
    run: Run,
    corpus: Corpus | str | Path,
    config: Config | None,
    init: str | Path | None,
    *,
    resume: bool,
    tell: Callable[[str], None] | None = None,
) -> Plan:
    """Check and bring together what `train` was given; `tell` is told what takes a while.

    Raises `ConfigError`, `ModelError`, `TrainingError`, and `OutputError` as `train` does.
    """
    corpus = corpus if isinstance(corpus, Corpus) else Corpus.load(corpus)
    start = find_start(run, init, resume=resume)
    corpus = corpus if start is None else adapted(corpus, start.saved)
    config = _resolved_config(run, corpus, config, start, resume=resume)
    _check_splits(corpus)
    device = resolve_device(config.train.device)
    former = None if start is None else start.attributes
    annotated = annotate(
        corpus, config.model, cache=run.annotations, reuse=resume, former=former, tell=tell
    )
    return Plan(run, corpus, config, annotated, start, device)


def _resolved_config(
    run: Run, corpus: Corpus, config: Config | None, start: Start | None, *, resume: bool
) -> Config:
    """The configuration of the run, with what the corpus has fixed already."""
    former = None if start is None else start.saved.config
    if config is not None:
        config = with_positions(config, corpus, former)
    if resume:
        run.check_corpus(corpus)
        _check_same_run(run.config, config or run.config)
    elif run.exists:
        raise OutputError(f"{run.path} holds a run already; resume it or choose another folder")
    if config is None and resume:
        config = run.config
    if start is not None:
        config = config or finetuning_config(start.saved, len(corpus["train"]))
        check_fits(config, start.saved)
    config = config or Config.preset()
    if start is None:
        _check_prior_learns(config)
    if not resume:  # the model of a run that goes on cannot change
        check_settings(config, begins=start is None)
    fixed = {name: getattr(corpus.config, name) for name in ("standardize", "tokenizer", "data")}
    config = with_positions(config.model_copy(update=fixed), corpus, former)
    _check_end(config)
    return config


def check_settings(config: Config, *, begins: bool) -> None:
    """What can be said of settings before there is a corpus: whether they contradict each other.

    `begins` is False where training goes on from a model. Raises `ConfigError`, and
    `TrainingError` where nothing would end the run.
    """
    if begins:
        _check_prior_learns(config)
    _check_decoder(config)
    check_objective(config.train.objective, config.train.kl, config.model)
    _check_end(config)


def _check_decoder(config: Config) -> None:
    """What changes the tokens that a decoder reads needs one that reads them.

    `model.decoder.tally` changes nothing there either, but presets set it.
    """
    if config.model.decoder.kind != "one_shot":
        return
    for key, share in (
        ("model.decoder.word_dropout", config.model.decoder.word_dropout),
        ("train.scheduled_sampling", config.train.scheduled_sampling),
    ):
        if share > 0.0:
            raise ConfigError(
                f"{key} = {share:g} needs a decoder that reads what it wrote, which "
                'model.decoder.kind = "one_shot" does not: set it to 0'
            )


def _check_end(config: Config) -> None:
    limits = (config.train.max_steps, config.train.max_epochs, config.train.max_minutes)
    if not any(limits):
        raise TrainingError("no end is set: give max_steps, max_epochs or max_minutes")


def _check_prior_learns(config: Config) -> None:
    """A prior learns from the KL of posteriors: where there is none, it would stay as it was born.

    A fitted prior may stay as it is in a model that goes on.
    """
    free = config.train.kl.maximum == 0.0 and config.train.kl.shape != "target"
    if config.model.prior.kind != "normal" and (
        free or config.model.posterior.kind == "deterministic"
    ):
        why = "train.kl.maximum = 0" if free else "a deterministic posterior"
        raise ConfigError(
            f"with {why} there is no KL from which model.prior.kind = "
            f'{config.model.prior.kind!r} could learn: set it to "normal", and fit a prior '
            "afterwards with --fit-prior"
        )


def _check_same_run(former: Config, config: Config) -> None:
    """What decides the order of the data and the shape of the weights stays as it was."""
    for key in ("seed", "model", "train.batch_size", "train.objective.kind"):
        before, now = (attrgetter(key)(settings) for settings in (former, config))
        if before != now:
            raise TrainingError(
                f"{key} cannot change when a run goes on: it was {before}, not {now}"
            )


def _check_splits(corpus: Corpus) -> None:
    for name in ("train", "valid"):
        if len(corpus[name]) == 0:
            raise TrainingError(
                f"the corpus {corpus.path} has no molecules in its {name} split; "
                "prepare it from more molecules or with other fractions"
            )
