"""From a corpus to a trained model in a run folder."""

from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import torch

from molvae.checkpoint import save_model
from molvae.chem.keys import molecule_keys
from molvae.config import Config
from molvae.data.batches import Batches, Cursor
from molvae.data.shards import Corpus, Split
from molvae.errors import OutputError, TrainingError
from molvae.model.device import keep_freed_memory, resolve_device, resolve_dtype
from molvae.model.vae import MolVAE
from molvae.tokenizers import Tokenizer
from molvae.training.console import default_listener
from molvae.training.curves import draw_curves
from molvae.training.logs import RunLog
from molvae.training.loop import Loop
from molvae.training.records import Listener, ValidationRecord
from molvae.training.run import Run
from molvae.training.state import TrainState, latest_checkpoint, new_state
from molvae.training.validate import prior_validity, validate

SampledValidity = Callable[[MolVAE, Tokenizer, int, int, torch.dtype], float]
"""From a model, its tokenizer, how many samples, how many tokens at most, and a precision."""


def train(
    corpus: Corpus | str | Path,
    out: str | Path,
    config: Config | None = None,
    *,
    resume: bool = False,
    listener: Listener | None = None,
    sampled_validity: SampledValidity | None = prior_validity,
) -> Run:
    """Train a model on `corpus` and write it to the run folder `out`.

    With `resume` the newest checkpoint in `out` goes on; on a CPU, with the same number of
    threads and no time limit, the losses are then those of a run that was never
    interrupted, bit for bit; a run without a checkpoint begins again. `config` may change
    the limits and the optimizer of a resumed run, not its model, seed or batch size. Without
    `config` the default preset, or the run's own, is used. `sampled_validity` measures
    prior samples at each validation.

    Raises `TrainingError` (not finite, nothing to resume, nothing to validate on),
    `OutputError` when `out` holds a run already, and `KeyboardInterrupt` after saving
    when interrupted.
    """
    corpus = corpus if isinstance(corpus, Corpus) else Corpus.load(corpus)
    run = Run(Path(out))
    config = _resolved_config(run, corpus, config, resume=resume)
    _check_splits(corpus)
    keep_freed_memory()
    device = resolve_device(config.train.device)
    state = _fresh_state(corpus, config, device)
    saved = latest_checkpoint(run.path) if resume else None
    if saved is not None:
        state.restore(saved)
    listener = _with_tensorboard(listener or default_listener(), run, config)
    run.prepare(config, corpus)
    log = RunLog(run.path)
    log.truncate(state.step)
    loop = _build_loop(run, corpus, config, state, log, listener, sampled_validity)
    listener.on_start(_facts(corpus, config, state, loop))
    try:
        loop.fit()
        draw_curves(run.path, run.path / "curves.png")
    except KeyboardInterrupt:
        draw_curves(run.path, run.path / "curves.png")
        raise
    finally:
        listener.close()
    return run


def _resolved_config(run: Run, corpus: Corpus, config: Config | None, *, resume: bool) -> Config:
    """The configuration of the run, with what the corpus has fixed already."""
    if resume:
        run.check_corpus(corpus)
        _check_same_run(run.config, config or run.config)
    elif run.exists:
        raise OutputError(f"{run.path} holds a run already; resume it or choose another folder")
    if config is None:
        config = run.config if resume else Config.preset()
    fixed = {name: getattr(corpus.config, name) for name in ("standardize", "tokenizer", "data")}
    config = config.model_copy(update=fixed)
    limits = (config.train.max_steps, config.train.max_epochs, config.train.max_minutes)
    if not any(limits):
        raise TrainingError("no end is set: give max_steps, max_epochs or max_minutes")
    return config


def _check_same_run(former: Config, config: Config) -> None:
    """What decides the order of the data and the shape of the weights stays as it was."""
    for key in ("seed", "model", "train.batch_size"):
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


def _fresh_state(corpus: Corpus, config: Config, device: torch.device) -> TrainState:
    """A model with weights from the seed, leaving the caller's random numbers alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = MolVAE(len(corpus.vocabulary), config.model).to(device)
    return new_state(model, config.train.optimizer, seed=config.seed)


def _build_loop(
    run: Run,
    corpus: Corpus,
    config: Config,
    state: TrainState,
    log: RunLog,
    listener: Listener,
    sampled_validity: SampledValidity | None,
) -> Loop:
    device = state.running.device
    dtype = resolve_dtype(config.train.precision, device)
    split = corpus["train"]
    batches = Batches(split, config.train.batch_size, seed=config.seed, device=device)
    return Loop(
        run=run.path,
        config=config.train,
        state=state,
        batches=batches,
        dtype=dtype,
        log=log,
        listener=listener,
        validate=_validator(corpus, config, state, dtype, sampled_validity),
        save_model=_saver(run, corpus, config, state),
        describe_rows=_row_describer(split, corpus.tokenizer, batches),
        seed=config.seed,
    )


def _validator(
    corpus: Corpus,
    config: Config,
    state: TrainState,
    dtype: torch.dtype,
    sampled_validity: SampledValidity | None,
) -> Callable[[int], ValidationRecord]:
    settings, tokenizer = config.train.validation, corpus.tokenizer

    def measure(step: int) -> ValidationRecord:
        validity = None
        if sampled_validity is not None and settings.samples:
            limit = config.data.max_tokens + 1  # and the end token
            validity = sampled_validity(state.model, tokenizer, settings.samples, limit, dtype)
        return validate(
            state.model,
            corpus["valid"],
            step,
            validation=settings,
            kl=config.train.kl,
            dtype=dtype,
            sampled_validity=validity,
        )

    return measure


def _saver(
    run: Run, corpus: Corpus, config: Config, state: TrainState
) -> Callable[[str, ValidationRecord | None], None]:
    keys = molecule_keys(corpus["train"].iter_smiles())

    def save(name: str, record: ValidationRecord | None) -> None:
        facts: dict[str, Any] = {
            "step": state.step,
            "epochs": state.cursor.epoch,
            "elapsed_seconds": round(state.elapsed_seconds, 1),
            "molecules_seen": state.molecules_seen,
            "corpus": dict(corpus.counts),
            "validation": None if record is None else record._asdict(),
        }
        save_model(
            run.path / name,
            state.model,
            corpus.tokenizer,
            config,
            training=facts,
            training_keys=keys,
        )

    return save


def _row_describer(split: Split, tokenizer: Tokenizer, batches: Batches) -> Callable[[Cursor], str]:
    def describe(cursor: Cursor) -> str:
        rows = batches.rows(cursor)
        return "".join(f"{tokenizer.decode(split.tokens(int(row)))}\n" for row in rows)

    return describe


def _facts(corpus: Corpus, config: Config, state: TrainState, loop: Loop) -> dict[str, object]:
    return {
        "molecules": len(corpus["train"]),
        "tokenizer": corpus.tokenizer.kind,
        "vocabulary": len(corpus.vocabulary),
        "parameters": sum(parameter.numel() for parameter in state.model.parameters()),
        "device": str(state.running.device),
        "precision": str(loop.dtype).removeprefix("torch."),
        "batch_size": config.train.batch_size,
        "resumed_at": state.step or None,
    }


def _with_tensorboard(listener: Listener, run: Run, config: Config) -> Listener:
    if not config.train.tensorboard:
        return listener
    from molvae.training.tensorboard import TensorBoardListener

    return TensorBoardListener(run.path, listener)
