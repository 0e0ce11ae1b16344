"""From a corpus to a trained model in a run folder."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from molvae.checkpoint import save_model
from molvae.chem.keys import molecule_keys
from molvae.config import Config
from molvae.data.attributes import kinds
from molvae.data.batches import Batches, Cursor
from molvae.data.corruption import build_corruption
from molvae.data.shards import Corpus, Split
from molvae.model.device import keep_freed_memory, resolve_dtype
from molvae.model.objectives import build_objective
from molvae.model.vae import MolVAE
from molvae.tokenizers import Tokenizer
from molvae.training.console import default_listener
from molvae.training.curves import draw_curves
from molvae.training.initial import inherit
from molvae.training.logs import RunLog
from molvae.training.loop import Loop
from molvae.training.plan import Plan, settled
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
    init: str | Path | None = None,
    resume: bool = False,
    listener: Listener | None = None,
    sampled_validity: SampledValidity | None = prior_validity,
) -> Run:
    """Train a model on `corpus` and write it to the run folder `out`.

    With `init`, a model's path, run or shipped name, training goes on from that model
    (fine-tuning): its weights and the ids of its tokens are kept, new tokens are added, and
    without `config` its own settings, changed to `finetuning_config`, are used.

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
    listener = listener or default_listener()
    plan = settled(Run(Path(out)), corpus, config, init, resume=resume, tell=listener.on_wait)
    keep_freed_memory()
    state = _fresh_state(plan)
    saved = latest_checkpoint(plan.run.path) if resume else None
    if saved is not None:
        state.restore(saved)
        if plan.run.config.train.kl != plan.config.train.kl:
            state.best_objective = math.inf  # it was measured with another weight
    listener = _with_tensorboard(listener, plan.run, plan.config)
    _write_beginning(plan, resume=resume)
    log = RunLog(plan.run.path)
    log.truncate(state.step)
    loop = _build_loop(plan, state, log, listener, sampled_validity)
    listener.on_start(_facts(plan, state, loop))
    try:
        loop.fit()
        draw_curves(plan.run.path, plan.run.path / "curves.png")
    except KeyboardInterrupt:
        draw_curves(plan.run.path, plan.run.path / "curves.png")
        raise
    finally:
        listener.close()
    return plan.run


def _write_beginning(plan: Plan, *, resume: bool) -> None:
    """All that `--resume` needs beside a checkpoint."""
    start = plan.start
    if start is not None and not resume:
        start.keep(plan.run)  # first, for what `prepare` writes makes it a run
    name = None if start is None else start.name
    plan.run.prepare(plan.config, plan.corpus, initialized_from=name)


def _fresh_state(plan: Plan) -> TrainState:
    """A model with weights from the seed, or of its start; the caller's random numbers stay."""
    config, attributes = plan.config, plan.annotated.attributes
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = MolVAE(
            len(plan.corpus.vocabulary),
            config.model,
            conditions=kinds(attributes.conditions),
            heads=kinds(attributes.heads),
        )
        objective = build_objective(
            config.train.objective,
            config.train.kl,
            model=config.model,
            molecules=len(plan.corpus["train"]),
        )
    if plan.start is not None:
        inherit(model, plan.start.saved)
    return new_state(model.to(plan.device), objective.to(plan.device), config)


def _build_loop(
    plan: Plan,
    state: TrainState,
    log: RunLog,
    listener: Listener,
    sampled_validity: SampledValidity | None,
) -> Loop:
    config, split = plan.config, plan.corpus["train"]
    dtype = resolve_dtype(config.train.precision, plan.device)
    batches = Batches(
        split,
        config.train.batch_size,
        seed=config.seed,
        device=plan.device,
        annotations=plan.annotated.splits["train"],
        labeled_share=config.model.heads.labeled_share,
        mixes_lengths=state.objective.mixes_lengths,
        noise=build_corruption(
            config.train.noise, plan.corpus.tokenizer, max_tokens=config.data.max_tokens
        ),
    )
    return Loop(
        run=plan.run.path,
        config=config.train,
        state=state,
        batches=batches,
        dtype=dtype,
        log=log,
        listener=listener,
        validate=_validator(plan, state, dtype, sampled_validity),
        save_model=_saver(plan, state),
        describe_rows=_row_describer(split, plan.corpus.tokenizer, batches),
        seed=config.seed,
        validates_first=plan.start is not None,
    )


def _validator(
    plan: Plan, state: TrainState, dtype: torch.dtype, sampled_validity: SampledValidity | None
) -> Callable[[int], ValidationRecord]:
    settings, corpus = plan.config.train.validation, plan.corpus

    def measure(step: int) -> ValidationRecord:
        validity = None
        if sampled_validity is not None and settings.samples:
            limit = plan.config.data.max_tokens + 1  # and the end token
            validity = sampled_validity(
                state.measured, corpus.tokenizer, settings.samples, limit, dtype
            )
        return validate(
            state.measured,
            corpus["valid"],
            step,
            validation=settings,
            kl=plan.config.train.kl,
            dtype=dtype,
            sampled_validity=validity,
            annotations=plan.annotated.splits["valid"],
            heads=plan.annotated.attributes.heads,
        )

    return measure


def _saver(plan: Plan, state: TrainState) -> Callable[[str, ValidationRecord | None], None]:
    corpus, start, attributes = plan.corpus, plan.start, plan.annotated.attributes
    keys = molecule_keys(corpus["train"].iter_smiles())
    keys = keys if start is None else start.known_keys(keys)
    started = {} if start is None else {"initialized_from": start.describe(corpus)}

    def save(name: str, record: ValidationRecord | None) -> None:
        facts: dict[str, Any] = {
            "step": state.step,
            "epochs": state.cursor.epoch,
            "elapsed_seconds": round(state.elapsed_seconds, 1),
            "molecules_seen": state.molecules_seen,
            "corpus": dict(corpus.counts),
            "validation": None if record is None else record._asdict(),
            **started,
        }
        if state.watch.warning is not None:
            facts["warnings"] = [state.watch.warning]
        save_model(
            plan.run.path / name,
            state.measured,
            corpus.tokenizer,
            plan.config,
            training=facts,
            training_keys=keys,
            conditions=attributes.conditions,
            heads=attributes.heads,
        )

    return save


def _row_describer(split: Split, tokenizer: Tokenizer, batches: Batches) -> Callable[[Cursor], str]:
    def describe(cursor: Cursor) -> str:
        rows = batches.rows(cursor)
        return "".join(f"{tokenizer.decode(split.tokens(int(row)))}\n" for row in rows)

    return describe


def _facts(plan: Plan, state: TrainState, loop: Loop) -> dict[str, object]:
    corpus = plan.corpus
    return {
        "molecules": len(corpus["train"]),
        "tokenizer": corpus.tokenizer.kind,
        "vocabulary": len(corpus.vocabulary),
        "parameters": sum(parameter.numel() for parameter in state.model.parameters()),
        "device": str(plan.device),
        "precision": str(loop.dtype).removeprefix("torch."),
        "batch_size": plan.config.train.batch_size,
        "resumed_at": state.step or None,
        "notes": [] if plan.start is None else plan.start.notes(corpus),
    }


def _with_tensorboard(listener: Listener, run: Run, config: Config) -> Listener:
    if not config.train.tensorboard:
        return listener
    from molvae.training.tensorboard import TensorBoardListener

    return TensorBoardListener(run.path, listener)
