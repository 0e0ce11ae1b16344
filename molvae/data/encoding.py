"""Many molecules through the encoder, in batches of nearly the same length."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch

from molvae.data.batches import pad_sequences
from molvae.model.batch import Batch
from molvae.model.posteriors import Posterior
from molvae.model.vae import MolVAE

Places = npt.NDArray[np.int64]


def encode_by_length(
    model: MolVAE,
    lengths: Sequence[int] | npt.NDArray[np.integer],
    assemble: Callable[[Places], Batch],
    *,
    size: int,
    dtype: torch.dtype = torch.float32,
) -> Iterator[tuple[Places, Posterior]]:
    """The posteriors of at most `size` molecules at a time, and the places these have.

    `lengths` are those of all molecules, of which the shortest come first, so that there is
    little padding; `assemble` makes a batch of some places, on the model's device. Nothing can
    be learned through what is given. The recurrences run in `dtype`.
    """
    order = np.argsort(lengths, kind="stable").astype(np.int64)
    for start in range(0, len(order), size):
        places = order[start : start + size]
        with torch.inference_mode():
            posterior = model.encode(assemble(places), dtype=dtype)
        yield places, posterior


def encode_sequences_by_length(
    model: MolVAE,
    sequences: Sequence[npt.NDArray[np.integer]],
    *,
    size: int,
    dtype: torch.dtype = torch.float32,
) -> Iterator[tuple[Places, Posterior]]:
    """The same of sequences of token ids without special ones; a model is told no conditions."""
    device = model.embedding.weight.device
    lengths = [len(sequence) for sequence in sequences]

    def assemble(places: Places) -> Batch:
        return pad_sequences([sequences[place] for place in places.tolist()], device)

    yield from encode_by_length(model, lengths, assemble, size=size, dtype=dtype)
