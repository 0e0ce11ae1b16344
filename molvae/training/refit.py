"""What it takes to fit one part of a trained model: its molecules, encoded, and a new model."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
from molvae.errors import InputError
from molvae.model.device import resolve_device, resolve_dtype
from molvae.model.posteriors import Posterior
from molvae.model.vae import MolVAE

ENCODED_AT_ONCE = 500
HELD_BACK = 0.1
"""Share of the molecules that are not learned from, where the corpus does not say which."""
SHOWN_TOKENS = 8
TABLE = "molecules.csv"
TOO_LONG = "too many tokens"
"""What a corpus calls the reason."""

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
        molecules.to_csv(folder / TABLE, index=False)
        molecules = folder / TABLE
    data = DataConfig(
        valid_fraction=HELD_BACK,
        test_fraction=0.0,
        max_tokens=config.data.max_tokens,
        columns=tuple(columns),
    )
    settings = Config(
        seed=config.seed, standardize=config.standardize, tokenizer=config.tokenizer, data=data
    )
    try:
        return prepare(molecules, folder / "corpus", settings)
    except InputError as error:  # the caller knows nothing of this file
        if molecules != folder / TABLE:
            raise
        told = str(error).replace(str(molecules), TABLE).replace(TABLE, "the table")
        raise InputError(told) from error


def name_of(molecules: Molecules) -> str:
    """What messages call them."""
    if isinstance(molecules, Corpus):
        return f"the corpus {molecules.path}"
    if isinstance(molecules, str | Path):
        return str(molecules)
    return "the table" if isinstance(molecules, pd.DataFrame) else "the list of molecules"


class LeftOut(NamedTuple):
    """Molecules that a model cannot read."""

    unknown: int
    """Those with tokens that it does not know."""
    tokens: tuple[str, ...]
    """These tokens, those of the most molecules first."""
    too_long: int
    """Those of more tokens than the corpus takes, left out when it was prepared."""

    @property
    def molecules(self) -> int:
        """All of them."""
        return self.unknown + self.too_long

    def __str__(self) -> str:
        """For people: how many, and why."""
        some = " ".join(self.tokens[:SHOWN_TOKENS]) + (" ..." * (len(self.tokens) > SHOWN_TOKENS))
        why = [f"{self.unknown:,} with unknown tokens: {some}"] if self.unknown else []
        why += [f"{self.too_long:,} too long"] if self.too_long else []
        return f"{self.molecules:,}" + (f" ({'; '.join(why)})" if why else "")


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
        usable = np.ones(len(self._corpus[name]), bool)
        usable[self._strange(name)[0]] = False
        return usable

    def left_out(self, splits: Sequence[str] = ("train", "valid")) -> LeftOut:
        """What of the corpus the model cannot read."""
        size = len(self._known)
        molecules, unknown = np.zeros(size, np.int64), 0
        for name in splits:
            rows, tokens = self._strange(name)
            unknown += len(np.unique(rows))
            found = np.unique(rows * size + tokens)  # a token once a molecule
            molecules += np.bincount(found % size, minlength=size)
        order = np.argsort(-molecules, kind="stable")[: np.count_nonzero(molecules)]
        too_long = self._corpus.counts.get("rejected_by", {}).get(TOO_LONG, 0)
        names = self._corpus.vocabulary.tokens
        return LeftOut(unknown, tuple(names[token] for token in order), int(too_long))

    def _strange(self, name: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows of a split and the unknown tokens there, one after the other."""
        split = self._corpus[name]
        places = np.flatnonzero(~self._known[split.ids])
        rows = np.searchsorted(split.offsets, places, side="right") - 1
        return rows, split.ids[places].astype(np.int64)


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


def training_of(saved: SavedModel) -> dict[str, Any]:
    """What a model says of its training."""
    return dict(saved.card.get("training") or {})


def save_refitted(
    saved: SavedModel,
    model: MolVAE,
    config: Config,
    out: str | Path,
    facts: Mapping[str, Any],
    *,
    heads: Sequence[Attribute] | None = None,
    former: Mapping[str, Any] | None = None,
) -> None:
    """Write `model`, made of `saved`, to `out`; `facts` join those of its training, `former`.

    It knows the same training molecules; `heads` None keeps what it predicts.
    """
    save_model(
        out,
        model,
        saved.tokenizer,
        config,
        training={**(training_of(saved) if former is None else former), **facts},
        training_keys=saved.training_keys,
        conditions=saved.conditions,
        heads=saved.heads if heads is None else heads,
    )
