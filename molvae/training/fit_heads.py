"""Property heads for a model that was trained without: encoder and decoder stay as they are.

The heads of a joint training learn from draws of the posterior; these learn from its means,
which takes seconds. The model they give is a new one.
"""

import copy
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molvae.checkpoint import SavedModel, load_model, save_model
from molvae.chem.properties import property_names
from molvae.config import Config, DataConfig, HeadsConfig
from molvae.data.annotations import AnnotatedSplits, Annotations, AttributeGroups, Rows, annotate
from molvae.data.attributes import Attribute, kinds
from molvae.data.batches import assembler
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus, Split, is_corpus
from molvae.errors import TrainingError
from molvae.model.device import keep_freed_memory, resolve_device, resolve_dtype
from molvae.model.heads import PropertyHeads
from molvae.model.vae import MolVAE

ENCODED_AT_ONCE = 500
BATCH_SIZES = (16, 256)
STEPS_PER_EPOCH = 16
"""Few molecules come in smaller batches, within `BATCH_SIZES`."""
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 1e-3
EPOCHS, PATIENCE = 200, 20
HELD_BACK = 0.1
"""Share of the labeled training molecules by which the best epoch is chosen."""


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


class _Examples(NamedTuple):
    """Posterior means (N, Z) and labels (N, P), NaN unknown."""

    z: Tensor
    labels: Tensor


def fit_heads(
    model: SavedModel | str | Path,
    molecules: Corpus | pd.DataFrame | str | Path,
    out: str | Path,
    *,
    properties: Sequence[str] = (),
    classes: Sequence[str] = (),
    hidden_size: int = 64,
    dropout: float = 0.1,
    limit: int = 20_000,
    seed: int = 0,
    device: str = "auto",
) -> FittedHeads:
    """Fit heads for `properties` and `classes` and write the model with them to `out`.

    `molecules` are a prepared corpus, a file, or a table with SMILES and the named columns;
    registered properties are computed. At most `limit` labeled molecules are used. Heads the
    model had are replaced. Raises `ConfigError` for names and columns that will not do, and
    `TrainingError` where no molecule with a label can be encoded.
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
        corpus = _as_corpus(molecules, config, Path(folder))
        annotated, examples = _examples(saved, corpus, config, limit, seed, device)
        fitted, epochs = _fit(saved.model.latent_size, annotated, examples["train"], heads, seed)
    attributes = annotated.attributes.heads
    scores = _scores(fitted, examples["valid"], attributes)
    _save(saved, config, fitted, attributes, out, {"scores": scores, "epochs": epochs})
    return FittedHeads(Path(out), scores, len(examples["train"].z), epochs)


def _with_heads(config: Config, heads: HeadsConfig) -> Config:
    return config.model_copy(update={"model": config.model.model_copy(update={"heads": heads})})


def _as_corpus(
    molecules: Corpus | pd.DataFrame | str | Path, config: Config, folder: Path
) -> Corpus:
    """The molecules in the form that the model was trained on, whatever they come as."""
    if isinstance(molecules, Corpus):
        return molecules
    if not isinstance(molecules, pd.DataFrame) and is_corpus(molecules):
        return Corpus.load(molecules)
    if isinstance(molecules, pd.DataFrame):
        table, molecules = molecules, folder / "molecules.csv"
        table.to_csv(molecules, index=False)
    heads = config.model.heads
    columns = [name for name in heads.properties if name not in property_names()]
    data = DataConfig(
        valid_fraction=HELD_BACK,
        test_fraction=0.0,
        max_tokens=config.data.max_tokens,
        columns=tuple(dict.fromkeys([*columns, *heads.classes])),
    )
    settings = Config(
        seed=config.seed, standardize=config.standardize, tokenizer=config.tokenizer, data=data
    )
    return prepare(molecules, folder / "corpus", settings)


def _examples(
    saved: SavedModel, corpus: Corpus, config: Config, limit: int, seed: int, device: str
) -> tuple[AnnotatedSplits, dict[str, _Examples]]:
    vocabulary = saved.tokenizer.vocabulary
    known = np.array([token in vocabulary for token in corpus.vocabulary])
    table = np.array([vocabulary.get(token) or 0 for token in corpus.vocabulary], np.int64)
    rng = np.random.default_rng(seed)
    rows = {
        name: _chosen(corpus[name], config.model.heads, known, limit, rng)
        for name in ("train", "valid")
    }
    if len(rows["train"]) < 2:
        raise TrainingError(
            f"the corpus {corpus.path} has no molecules in its train split that have a label and "
            f"that the model {saved.path} can read"
        )
    former = AttributeGroups(conditions=saved.conditions)
    annotated = annotate(corpus, config.model, former=former, rows=rows)
    place = resolve_device(device)
    encode = _encoder(saved.model.to(place).eval(), place)
    examples = {}
    for name, chosen in rows.items():
        split, annotations = corpus[name].translated(table), annotated.splits[name]
        assert annotations.labels is not None, "heads have names"
        z = encode(split, chosen, annotations)
        examples[name] = _Examples(z, torch.from_numpy(annotations.labels))
    return annotated, examples


def _chosen(
    split: Split, heads: HeadsConfig, known: np.ndarray, limit: int, rng: np.random.Generator
) -> Rows:
    """Rows, in order, with a label and only `known` tokens; at most `limit`, by chance."""
    columns = [name for name in heads.names if name in split.columns]
    usable = np.ones(len(split), bool)
    if len(columns) == len(heads.names):  # else there is a property, that each molecule has
        table = split.properties(names=columns).replace(r"^\s*$", np.nan, regex=True)
        usable = table.notna().any(axis=1).to_numpy(copy=True)
    strange = np.flatnonzero(~known[split.ids])  # places of unknown tokens
    usable[np.searchsorted(split.offsets, strange, side="right") - 1] = False
    rows = np.flatnonzero(usable)
    return np.sort(rng.permutation(rows)[:limit]).astype(np.int64)


def _encoder(model: MolVAE, device: torch.device) -> Callable[[Split, Rows, Annotations], Tensor]:
    dtype = resolve_dtype("auto", device)

    def encode(split: Split, rows: Rows, annotations: Annotations) -> Tensor:
        """Posterior means (N, Z) of `rows`, under their conditions, in main memory."""
        assemble = assembler(split, device)
        z = torch.empty(len(rows), model.latent_size)
        order = np.argsort(split.lengths[rows], kind="stable")
        for start in range(0, len(rows), ENCODED_AT_ONCE):
            some = order[start : start + ENCODED_AT_ONCE]
            batch = assemble(rows[some])
            if annotations.conditions is not None:
                conditions = torch.from_numpy(annotations.conditions[some]).to(device)
                batch = batch._replace(conditions=conditions)
            with torch.inference_mode():
                z[some] = model.encode(batch, dtype=dtype).mu.cpu()
        return z

    return encode


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
    save_model(
        out,
        model,
        saved.tokenizer,
        config,
        training={**(saved.card.get("training") or {}), "heads": facts},
        training_keys=saved.training_keys,
        conditions=saved.conditions,
        heads=attributes,
    )
