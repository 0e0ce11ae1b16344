"""Property heads for a model that was trained without: encoder and decoder stay as they are.

The heads of a joint training learn from draws of the posterior; these learn from its means,
which takes seconds. The model they give is a new one.
"""

import copy
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from molvae.checkpoint import SavedModel, load_model
from molvae.chem.properties import property_names
from molvae.config import Config, HeadsConfig
from molvae.data.annotations import AnnotatedSplits, AttributeGroups, Rows, annotate
from molvae.data.attributes import Attribute, kinds
from molvae.data.shards import Corpus, Split
from molvae.errors import TrainingError
from molvae.model.device import keep_freed_memory
from molvae.model.heads import PropertyHeads
from molvae.model.vae import MolVAE
from molvae.training.refit import (
    HELD_BACK,
    LeftOut,
    Molecules,
    Reading,
    as_corpus,
    name_of,
    posteriors_of,
    save_refitted,
)

BATCH_SIZES = (16, 256)
STEPS_PER_EPOCH = 16
"""Few molecules come in smaller batches, within `BATCH_SIZES`."""
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 1e-3
EPOCHS, PATIENCE = 200, 20
# Of the labeled training molecules, the share HELD_BACK is that by which the best epoch is chosen.


@final
@dataclass(frozen=True)
class FittedHeads:
    """A model with heads, and how well they predict molecules that they did not learn from."""

    path: Path
    scores: dict[str, float]
    """R2 of each number, accuracy of each class, on the validation split; what it can tell."""
    molecules: int
    """Labeled molecules of the training split."""
    epochs: int
    left_out: LeftOut
    """What the model cannot read."""


class _Examples(NamedTuple):
    """Posterior means (N, Z) and labels (N, P), NaN unknown."""

    z: Tensor
    labels: Tensor


def fit_heads(
    model: SavedModel | str | Path,
    molecules: Molecules,
    out: str | Path,
    *,
    properties: Sequence[str] = (),
    classes: Sequence[str] = (),
    hidden_size: int = 64,
    dropout: float = 0.1,
    limit: int = 20_000,
    seed: int = 0,
    device: str = "auto",
    called: str | None = None,
) -> FittedHeads:
    """Fit heads for `properties` and `classes` and write the model with them to `out`.

    `molecules` are a prepared corpus, a file, or a table with SMILES and the named columns;
    registered properties are computed. At most `limit` labeled molecules are used. Heads the
    model had are replaced. `called` is what errors call the molecules. Raises `ConfigError` for
    names and columns that will not do, and `TrainingError` where no molecule with a label can
    be encoded.
    """
    saved = model if isinstance(model, SavedModel) else load_model(model)
    heads = HeadsConfig(
        properties=tuple(properties),
        classes=tuple(classes),
        hidden_size=hidden_size,
        dropout=dropout,
    )
    if not heads.names:
        raise TrainingError("name the properties or classes that the heads are to predict")
    config = _with_heads(saved.config, heads)
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder:
        corpus = as_corpus(molecules, config, Path(folder), _columns(heads))
        reading = Reading(saved, corpus)
        rows = _labeled(saved, corpus, reading, config, limit, seed, called or name_of(molecules))
        annotated, examples = _examples(saved, corpus, reading, rows, config, device)
        left_out = reading.left_out()
        fitted, epochs = _fit(saved.model.latent_size, annotated, examples["train"], heads, seed)
    attributes = annotated.attributes.heads
    scores = _scores(fitted, examples["valid"], attributes)
    _save(saved, config, fitted, attributes, out, {"scores": scores, "epochs": epochs})
    return FittedHeads(Path(out), scores, len(examples["train"].z), epochs, left_out)


def _with_heads(config: Config, heads: HeadsConfig) -> Config:
    return config.model_copy(update={"model": config.model.model_copy(update={"heads": heads})})


def _columns(heads: HeadsConfig) -> list[str]:
    """What `heads` need of a file beside the molecules."""
    columns = [name for name in heads.properties if name not in property_names()]
    return list(dict.fromkeys([*columns, *heads.classes]))


def _labeled(
    saved: SavedModel,
    corpus: Corpus,
    reading: Reading,
    config: Config,
    limit: int,
    seed: int,
    called: str,
) -> dict[str, Rows]:
    """Of each split what has a label and can be read."""
    rng = np.random.default_rng(seed)
    rows = {
        name: _chosen(corpus[name], config.model.heads, reading.readable(name), limit, rng)
        for name in ("train", "valid")
    }
    if len(rows["train"]) < 2:
        raise TrainingError(
            f"{called}: no molecules in its train split that have a label and that the model "
            f"{saved.path} can read; left out: {reading.left_out()}"
        )
    return rows


def _examples(
    saved: SavedModel,
    corpus: Corpus,
    reading: Reading,
    rows: Mapping[str, Rows],
    config: Config,
    device: str,
) -> tuple[AnnotatedSplits, dict[str, _Examples]]:
    former = AttributeGroups(conditions=saved.conditions)
    annotated = annotate(corpus, config.model, former=former, rows=rows)
    examples = {}
    for name, chosen in rows.items():
        conditions, labels = annotated.splits[name]
        assert labels is not None, "heads have names"
        z = torch.empty(len(chosen), saved.model.latent_size)
        for places, posterior in posteriors_of(
            saved.model, reading.split(name), chosen, conditions, device=device
        ):
            z[places] = posterior.mu.cpu()
        examples[name] = _Examples(z, torch.from_numpy(labels))
    return annotated, examples


def _chosen(
    split: Split,
    heads: HeadsConfig,
    readable: npt.NDArray[np.bool_],
    limit: int,
    rng: np.random.Generator,
) -> Rows:
    """Rows, in order, that are `readable` and have a label; at most `limit`, by chance."""
    columns = [name for name in heads.names if name in split.columns]
    usable = readable
    if len(columns) == len(heads.names):  # else there is a property, that each molecule has
        table = split.properties(names=columns).replace(r"^\s*$", np.nan, regex=True)
        usable = readable & table.notna().any(axis=1).to_numpy()
    rows = np.flatnonzero(usable)
    return np.sort(rng.permutation(rows)[:limit]).astype(np.int64)


def _fit(
    latent_size: int,
    annotated: AnnotatedSplits,
    examples: _Examples,
    config: HeadsConfig,
    seed: int,
) -> tuple[PropertyHeads, int]:
    """The heads of the epoch with the lowest loss on the molecules held back, and how many ran."""
    count = len(examples.z)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        heads = PropertyHeads(latent_size, kinds(annotated.attributes.heads), config)
        order = torch.randperm(count)
        held = max(1, round(HELD_BACK * count))
        held_back, learned = order[:held], order[held:]
        optimizer = torch.optim.AdamW(heads.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        best, best_loss, best_epoch = copy.deepcopy(heads.state_dict()), math.inf, 0
        for epoch in range(EPOCHS):
            _learn(heads, optimizer, examples, learned[torch.randperm(len(learned))])
            loss = _loss(heads, examples, held_back)
            if loss < best_loss:
                best, best_loss, best_epoch = copy.deepcopy(heads.state_dict()), loss, epoch
            if epoch - best_epoch >= PATIENCE:
                break
    heads.load_state_dict(best)
    return heads.eval(), epoch + 1


def _learn(
    heads: PropertyHeads, optimizer: torch.optim.Optimizer, examples: _Examples, order: Tensor
) -> None:
    heads.train()
    size = min(max(BATCH_SIZES[0], len(order) // STEPS_PER_EPOCH), BATCH_SIZES[1])
    for rows in torch.split(order, size):
        optimizer.zero_grad(set_to_none=True)
        losses = heads.losses(heads(examples.z[rows]), examples.labels[rows])
        losses.sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()


@torch.no_grad()
def _loss(heads: PropertyHeads, examples: _Examples, rows: Tensor) -> float:
    heads.eval()
    return float(heads.losses(heads(examples.z[rows]), examples.labels[rows]).sum())


@torch.no_grad()
def _scores(
    heads: PropertyHeads, examples: _Examples, attributes: Sequence[Attribute]
) -> dict[str, float]:
    predictions = heads.predict(examples.z).numpy()
    labels = examples.labels.numpy()
    scores = {
        attribute.name: attribute.score(labels[:, column], predictions[:, column])
        for column, attribute in enumerate(attributes)
    }
    return {name: score for name, score in scores.items() if score is not None}


def _save(
    saved: SavedModel,
    config: Config,
    heads: PropertyHeads,
    attributes: tuple[Attribute, ...],
    out: str | Path,
    facts: dict[str, object],
) -> None:
    size = len(saved.tokenizer.vocabulary)
    with torch.device("meta"):  # no random weights that would be thrown away
        model = MolVAE(
            size, config.model, conditions=kinds(saved.conditions), heads=kinds(attributes)
        )
    weights = {n: v for n, v in saved.model.state_dict().items() if not n.startswith("heads.")}
    weights |= {f"heads.{name}": value for name, value in heads.state_dict().items()}
    model.load_state_dict(weights, assign=True)
    save_refitted(saved, model, config, out, {"heads": facts}, heads=attributes)
