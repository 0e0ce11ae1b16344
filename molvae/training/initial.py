"""Fine-tuning: a run that starts from a model there is, on molecules it was not made for.

What the model knows is kept: the ids of its tokens, its weights, its conditions. What is
new comes after them and changes nothing at first, so that the run starts as good as the model.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from molvae.checkpoint import CARD, KEYS, WEIGHTS, SavedModel, load_model
from molvae.config import Config, KLConfig, TrainConfig
from molvae.data.annotations import AttributeGroups
from molvae.data.attributes import Attribute
from molvae.data.shards import Corpus
from molvae.errors import TrainingError
from molvae.files import atomic_folder
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import SPECIAL_TOKENS
from molvae.training.run import Run

FEW_MOLECULES = 500
"""Below this many training molecules a fine-tuned model mostly repeats them."""
RATE_SHARE = 0.2
"""Learning rate, as a share of the one the model was made with."""
STEPS_PER_EPOCH = 16
BATCH_SIZES = (16, 32, 64, 128, 256)
EPOCHS, PATIENCE = 60, 6
WARMUP_STEPS = 20
VALID_FRACTION = 0.1
SAMPLES = 128
DECODER_INPUT = "decoder.layers.0.weight_ih_l0"
TOKEN_TABLES = ("embedding.weight", "decoder.output.weight", "decoder.output.bias")
SHAPE = (
    "tokenizer.kind",
    "model.embedding_size",
    "model.latent_size",
    "model.encoder.kind",
    "model.encoder.hidden_size",
    "model.encoder.layers",
    "model.decoder.kind",
    "model.decoder.hidden_size",
    "model.decoder.layers",
    "model.posterior.kind",
    "model.prior.kind",
)
SHAPE_OF_KIND: dict[str, dict[str, tuple[str, ...]]] = {
    "model.encoder.kind": {"convolution": ("model.encoder.kernel_size",)},
    "model.decoder.kind": {"one_shot": ("model.decoder.positions",)},
    "model.posterior.kind": {
        "flow": ("model.posterior.flow", "model.posterior.layers", "model.posterior.hidden_size"),
        "hierarchical": ("model.posterior.hidden_size", "model.posterior.upper_size"),
    },
    "model.prior.kind": {
        "mixture": ("model.prior.components",),
        "vamp": ("model.prior.components", "model.prior.pseudo_length"),
        "flow": ("model.prior.layers", "model.prior.hidden_size"),
        "autoregressive": ("model.prior.layers", "model.prior.hidden_size", "model.prior.modes"),
        "hierarchical": ("model.prior.hidden_size", "model.posterior.upper_size"),
    },
}
"""What decides on shapes with some kinds only."""
LEARNABLE = ("model.prior.kind", "normal")
"""A prior without weights can give way to a learned one, which begins anew."""
GROWING = "model.prior.layers"
"""More couplings, or blocks of the autoregressive network, come after those there are, and leave
the density as it is until they learn: they start as rotations of N(0, I), or as nothing."""


@final
@dataclass(frozen=True)
class Start:
    """The model that a run starts from, and what it was called when the run began."""

    saved: SavedModel
    name: str

    @property
    def attributes(self) -> AttributeGroups:
        """What its columns of conditions and predictions stand for."""
        return AttributeGroups(self.saved.conditions, self.saved.heads)

    def keep(self, run: Run) -> None:
        """Copy the model into the run, so that the run needs nothing else to be resumed."""
        with atomic_folder(run.initial, overwrite=True) as folder:
            for name in (CARD, WEIGHTS, KEYS):
                if (self.saved.path / name).exists():
                    shutil.copyfile(self.saved.path / name, folder / name)

    def known_keys(self, keys: np.ndarray) -> np.ndarray:
        """Keys of all molecules the new model has seen: the old model's, if known, and `keys`."""
        former = self.saved.training_keys
        return keys if former is None else np.union1d(former, keys)

    def describe(self, corpus: Corpus) -> dict[str, Any]:
        """What `model.json` says of it."""
        return {
            "model": self.name,
            "molvae": self.saved.card.get("molvae"),
            "step": _facts(self.saved).get("step"),
            "new_tokens": self._new_tokens(corpus),
        }

    def notes(self, corpus: Corpus) -> list[str]:
        """What to know before training on `corpus`."""
        tokens = self._new_tokens(corpus)
        told = [f"starts from {self.name}; new tokens: {' '.join(tokens) or 'none'}"]
        lacking = [
            attribute.name
            for group in self.attributes
            for attribute in group
            if not attribute.computed and attribute.name not in corpus["train"].columns
        ]
        if lacking:
            told.append(f"the molecules have no column {', '.join(lacking)}: taken as unknown")
        count = len(corpus["train"])
        if count < FEW_MOLECULES:
            told.append(
                f"{count} training molecules are few: below {FEW_MOLECULES} expect the model to "
                "repeat them, or to change little"
            )
        return told

    def _new_tokens(self, corpus: Corpus) -> list[str]:
        return list(corpus.vocabulary.tokens[len(self.saved.tokenizer.vocabulary) :])


def find_start(run: Run, init: str | Path | None, *, resume: bool) -> Start | None:
    """The model called `init`, or the one that the run to resume began with; None for neither.

    Raises `ModelError`, and `TrainingError` for a model to go on from that is not the run's.
    """
    if resume and init is not None:
        raise TrainingError(f"{run.path} goes on from its own model: leave out init={str(init)!r}")
    if resume:
        name = run.initialized_from
        return None if name is None else Start(load_model(run.initial), name)
    return None if init is None else Start(load_model(init), str(init))


def finetuning_config(initial: SavedModel, molecules: int | None = None) -> Config:
    """The configuration of `initial`, changed to what suits going on with `molecules` of them.

    A fifth of its learning rate, KL weight constant where it ended, early stopping, and for
    few molecules smaller batches and more frequent validation; `molecules` None keeps those.
    """
    config = initial.config
    data = config.data.model_copy(
        update={
            "split": "scaffold" if config.data.split == "scaffold" else "random",
            "split_column": None,
            "valid_fraction": max(config.data.valid_fraction, VALID_FRACTION),
            "properties": (),
            "columns": (),
        }
    )
    train = _training(config.train, molecules, again="initialized_from" in _facts(initial))
    return config.model_copy(update={"data": data, "train": train})


def _training(former: TrainConfig, molecules: int | None, *, again: bool) -> TrainConfig:
    """`again`: the model was fine-tuned itself, so its rate is a low one already."""
    share = 1.0 if again else RATE_SHARE
    optimizer = former.optimizer.model_copy(
        update={
            "learning_rate": share * former.optimizer.learning_rate,
            "warmup_steps": WARMUP_STEPS,
        }
    )
    batch = former.batch_size if molecules is None else _batch_size(molecules, former.batch_size)
    epoch = former.validation.every_steps if molecules is None else -(-molecules // batch)
    validation = former.validation.model_copy(
        update={
            "every_steps": max(10, min(epoch, former.validation.every_steps)),
            "patience": PATIENCE,
            "samples": min(SAMPLES, former.validation.samples),
        }
    )
    limits = {"max_epochs": EPOCHS, "max_steps": None, "max_minutes": None}
    return former.model_copy(
        update={
            **limits,
            "batch_size": batch,
            "optimizer": optimizer,
            "kl": _settled_kl(former.kl),
            "validation": validation,
        }
    )


def _settled_kl(former: KLConfig) -> KLConfig:
    """The weight where it ended; a KL that is held goes on being held."""
    return former if former.shape == "target" else former.model_copy(update={"shape": "constant"})


def _batch_size(molecules: int, largest: int) -> int:
    """The largest of `BATCH_SIZES` with `STEPS_PER_EPOCH`, at most that of the model's training."""
    fitting = [size for size in BATCH_SIZES if size * STEPS_PER_EPOCH <= molecules]
    return min(largest, max(fitting, default=BATCH_SIZES[0]))


def _facts(saved: SavedModel) -> dict[str, Any]:
    return dict(saved.card.get("training") or {})


def adapted(corpus: Corpus, initial: SavedModel) -> Corpus:
    """`corpus` with the ids of the model's vocabulary, new tokens after it.

    One that was prepared for this model is as it is. Raises `TrainingError` for one of
    another kind of tokens.
    """
    kind = initial.tokenizer.kind
    if corpus.tokenizer.kind != kind:
        raise TrainingError(
            f"the corpus {corpus.path} is written in {corpus.tokenizer.kind} tokens, the model "
            f"{initial.path} in {kind} tokens; prepare it with --init, or tokenizer.kind = {kind!r}"
        )
    old = initial.tokenizer.vocabulary
    if corpus.vocabulary.tokens[: len(old)] == old.tokens:
        return corpus
    return corpus.translated(old.extended(corpus.vocabulary))


def check_fits(config: Config, initial: SavedModel) -> None:
    """Raise `TrainingError` where weights of `initial` have no place in a model of `config`."""
    former = initial.config
    keys = [*SHAPE]
    for kind, of_kind in SHAPE_OF_KIND.items():
        keys += of_kind.get(attrgetter(kind)(former), ())
    keys += ["model.condition.hidden_size", "model.condition.size"] if initial.conditions else []
    keys += ["model.heads.hidden_size"] if initial.heads else []
    for key in keys:
        before, now = attrgetter(key)(former), attrgetter(key)(config)
        grows = key == GROWING and now > before
        if before != now and not grows and (key, before) != LEARNABLE:
            raise TrainingError(
                f"{key} cannot change when a model goes on: {initial.path} has {before}, not {now}"
            )
    if initial.model.decoder.tally_size and config.model.decoder.tally is False:
        raise TrainingError(
            f"model.decoder.tally: {initial.path} keeps a tally and cannot go on without"
        )
    _check_names("condition", initial.conditions, config.model.condition.names)
    _check_names("heads", initial.heads, config.model.heads.names)


def _check_names(key: str, former: Sequence[Attribute], names: Sequence[str]) -> None:
    before = [attribute.name for attribute in former]
    if list(names[: len(before)]) != before:
        raise TrainingError(
            f"model.{key} must begin with what the model has, {', '.join(before)}; "
            f"it is {', '.join(names) or 'empty'}"
        )


def inherit(model: MolVAE, initial: SavedModel) -> None:
    """Give the fresh `model` the weights of `initial`; what is new changes nothing at first.

    A new token gets the mean weights of the old ones: its logit is their mean, so that it
    has at most the mean probability (Jensen's inequality). The features of new conditions
    enter with weight 0.
    """
    former = initial.model.state_dict()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name == DECODER_INPUT:
                _take_over_parts(tensor, former[name], model, initial.model)
            elif name in former:
                _take_over(tensor, former[name], name)


def _take_over_parts(tensor: Tensor, old: Tensor, model: MolVAE, initial: MolVAE) -> None:
    """`_take_over` for each kind of input of the decoder: tokens, latent, tally."""
    parts = torch.split(tensor, list(model.decoder.widths), dim=1)
    former = torch.split(old, list(initial.decoder.widths), dim=1)
    for part, old_part in zip(parts, former, strict=True):
        _take_over(part, old_part, DECODER_INPUT)


def _take_over(tensor: Tensor, old: Tensor, name: str) -> None:
    """Write `old` into the first corner of `tensor`, and what is neutral into the rest."""
    if name in TOKEN_TABLES:
        tensor[len(old) :] = old[len(SPECIAL_TOKENS) :].mean(0)
    elif not name.startswith("heads."):  # new heads keep the weights they are born with
        tensor.zero_()
    tensor[tuple(slice(size) for size in old.shape)] = old
