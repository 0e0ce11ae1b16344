"""What it takes to fit one part of a trained model: its molecules, encoded, and a new model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from molvae.checkpoint import SavedModel, save_model
from molvae.config import Config, DataConfig
from molvae.data.attributes import Attribute
from molvae.data.batches import assembler
from molvae.data.encoding import Places, encode_by_length
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus, Split, is_corpus
from molvae.model.device import resolve_device, resolve_dtype
from molvae.model.posteriors import Posterior
from molvae.model.vae import MolVAE

ENCODED_AT_ONCE = 500
HELD_BACK = 0.1
"""Share of the molecules that are not learned from, where the corpus does not say which."""

Molecules = Corpus | pd.DataFrame | Sequence[str] | str | Path
"""A prepared corpus, its folder, a file, a table with SMILES, or a list of them."""


def as_corpus(
    molecules: Molecules, config: Config, folder: Path, columns: Sequence[str] = ()
) -> Corpus:
    """The molecules in the form that the model was trained on, whatever they come as.

    A corpus that must be made goes into `folder`, with the `columns` of a file or table.
    """
    if isinstance(molecules, Corpus):
        return molecules
    if isinstance(molecules, str | Path) and is_corpus(molecules):
        return Corpus.load(molecules)
    if isinstance(molecules, pd.DataFrame):
        table, molecules = molecules, folder / "molecules.csv"
        table.to_csv(molecules, index=False)
    data = DataConfig(
        valid_fraction=HELD_BACK,
        test_fraction=0.0,
        max_tokens=config.data.max_tokens,
        columns=tuple(columns),
    )
    settings = Config(
        seed=config.seed, standardize=config.standardize, tokenizer=config.tokenizer, data=data
    )
    return prepare(molecules, folder / "corpus", settings)


class Reading:
    """A corpus read with the vocabulary of a model, which need not have all of its tokens."""

    def __init__(self, saved: SavedModel, corpus: Corpus) -> None:
        vocabulary = saved.tokenizer.vocabulary
        self._corpus = corpus
        self._known = np.array([token in vocabulary for token in corpus.vocabulary])
        ids = [vocabulary.get(token) or 0 for token in corpus.vocabulary]
        self._ids = np.array(ids, vocabulary.dtype)  # a corpus can be large

    def split(self, name: str) -> Split:
        """A split with the model's token ids; right for readable rows alone."""
        return self._corpus[name].translated(self._ids)

    def readable(self, name: str) -> npt.NDArray[np.bool_]:
        """Which molecules of a split have only tokens that the model knows."""
        split = self._corpus[name]
        usable = np.ones(len(split), bool)
        strange = np.flatnonzero(~self._known[split.ids])  # places of unknown tokens
        usable[np.searchsorted(split.offsets, strange, side="right") - 1] = False
        return usable


def posteriors_of(
    model: MolVAE,
    split: Split,
    rows: npt.NDArray[np.integer],
    conditions: npt.NDArray[np.float32] | None,
    *,
    device: str,
) -> Iterator[tuple[Places, Posterior]]:
    """The posteriors of `rows` of a split under their `conditions` (N, C), on `device`.

    With each some the places that they have among `rows`. The model is moved there, to stay.
    """
    place = resolve_device(device)
    assemble = assembler(split, place)

    def batch(places: Places) -> Any:
        made = assemble(rows[places])
        if conditions is None:
            return made
        return made._replace(conditions=torch.from_numpy(conditions[places]).to(place))

    yield from encode_by_length(
        model.to(place).eval(),
        split.lengths[rows],
        batch,
        size=ENCODED_AT_ONCE,
        dtype=resolve_dtype("auto", place),
    )


def save_refitted(
    saved: SavedModel,
    model: MolVAE,
    config: Config,
    out: str | Path,
    facts: Mapping[str, Any],
    *,
    heads: Sequence[Attribute] | None = None,
) -> None:
    """Write `model`, made of `saved`, to `out`; `facts` join those of its training.

    It knows the same training molecules; `heads` None keeps what it predicts.
    """
    save_model(
        out,
        model,
        saved.tokenizer,
        config,
        training={**(saved.card.get("training") or {}), **facts},
        training_keys=saved.training_keys,
        conditions=saved.conditions,
        heads=saved.heads if heads is None else heads,
    )
