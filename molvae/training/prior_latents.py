"""The latents that a prior is fitted to, and those that judge it."""

from collections.abc import Callable
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt
import torch

from molvae.checkpoint import SavedModel
from molvae.config import ModelConfig
from molvae.data.annotations import AttributeGroups, annotate
from molvae.data.shards import Corpus
from molvae.errors import TrainingError
from molvae.model.posteriors import Draw
from molvae.training.latents import Latents, keep_latents
from molvae.training.refit import HELD_BACK, Reading, posteriors_of

SPLITS = ("train", "valid")
_Rows = npt.NDArray[np.int64]
Progress = Callable[[str, int, int], None]
"""Told the stage, how much of it is done, and of how much."""

FEWEST = 20
"""Molecules below which no distribution is fitted."""
HELD_MOLECULES = 10_000
"""Molecules at most by which the best weights are chosen, and others that measure them."""
HELD_DRAWS = 10
"""Latents at most of each of these, where they are few."""


@final
class EncodedMolecules(NamedTuple):
    """Latents of different molecules of one corpus."""

    learned_from: Latents
    chosen_by: Draw
    measured_by: Draw


def rows_to_read(
    saved: SavedModel, reading: Reading, limit: int, seed: int, called: str
) -> tuple[_Rows, _Rows]:
    """Of the train and the valid split, in random order."""
    rng = np.random.default_rng(seed)
    train, valid = (rng.permutation(np.flatnonzero(reading.readable(name))) for name in SPLITS)
    train, valid = train[:limit], valid[:HELD_MOLECULES]
    if len(train) < FEWEST:
        raise TrainingError(
            f"{len(train)} molecules in the train split of {called} can be read by the "
            f"model {saved.path}: too few to fit a prior, give {FEWEST} or more; "
            f"left out: {reading.left_out()}"
        )
    return train, valid


def encode_rows(
    saved: SavedModel,
    corpus: Corpus,
    reading: Reading,
    rows_of: tuple[_Rows, _Rows],
    seed: int,
    device: str,
    progress: Progress | None,
) -> EncodedMolecules:
    """Latents to learn from, to choose by, and to measure with, of different molecules.

    Those to choose by also measure where no others are held out.
    """
    train, valid = rows_of
    held = min(HELD_MOLECULES, max(1, round(HELD_BACK * len(train))))
    told = annotate(
        corpus,
        ModelConfig(condition=saved.config.model.condition),
        former=AttributeGroups(conditions=saved.conditions),
        rows={"train": train, "valid": valid},
    ).splits
    total, before = len(train) + len(valid), 0
    found = []
    for name, rows, conditions in (
        ("train", train[held:], _rows(told["train"].conditions, slice(held, None))),
        ("train", train[:held], _rows(told["train"].conditions, slice(held))),
        ("valid", valid, told["valid"].conditions),
    ):
        posteriors = posteriors_of(
            saved.model, reading.split(name), rows, conditions, device=device
        )
        counting = _counting(progress, before, total)
        size = saved.model.latent_size
        found.append(keep_latents(posteriors, len(rows), size, seed=seed, progress=counting))
        before += len(rows)
    generator = torch.Generator().manual_seed(seed)
    chosen_by = _draws(found[1], generator)
    measured_by = _draws(found[2], generator) if len(valid) else chosen_by
    return EncodedMolecules(found[0], chosen_by, measured_by)


def _rows(conditions: np.ndarray | None, some: slice) -> np.ndarray | None:
    return None if conditions is None else conditions[some]


def _counting(progress: Progress | None, before: int, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    return lambda done: progress("encoding", before + done, total)


def _draws(latents: Latents, generator: torch.Generator) -> Draw:
    """About `HELD_MOLECULES` latents, several of a molecule where there are fewer of these."""
    times = min(HELD_DRAWS, max(1, HELD_MOLECULES // len(latents)))
    return latents.draw(torch.arange(len(latents)).repeat(times), generator)
