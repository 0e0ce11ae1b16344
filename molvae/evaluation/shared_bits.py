"""How many bits fingerprints share: exact integer products, as fast as the processor has them.

Zeros and ones are multiplied as int8 where that is fast (VNNI, AMX) and as float32 elsewhere;
both are exact, so results never depend on which was taken.
"""

import functools
import heapq
import time

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Packed = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]

_DIGIT_BITS = 7
DIGIT = 1 << _DIGIT_BITS
"""Counts below this fit the low digit of a product that carries two counts at once."""

_BITS_SET = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1).astype(np.uint8)


def count_bits(packed: Packed) -> Counts:
    """Number of bits on in each row of bytes, (rows,)."""
    return np.asarray(_BITS_SET[packed].sum(axis=1, dtype=np.int64))


def unpack(packed: Packed, device: torch.device) -> Tensor:
    """Rows of bytes as zeros and ones, (rows, bits), in the type `multiply` wants."""
    bits = torch.from_numpy(np.unpackbits(packed, axis=1).view(np.int8))
    return bits.to(device, factor_type(device))


def factor_type(device: torch.device) -> torch.dtype:
    """int8 where integer products are faster than float32 ones, else float32."""
    return torch.int8 if device.type == "cpu" and _has_fast_int8() else torch.float32


def multiply(left: Tensor, right: Tensor) -> Tensor:
    """Products of the rows of `left` and of `right`, exact below 2^24, (left, right), int32."""
    if left.dtype == torch.int8:
        return torch._int_mm(left, right.T)
    return (left @ right.T).to(torch.int32)


def fold_bits(frequencies: npt.NDArray[np.float64], width: int) -> Tensor:
    """A matrix that adds bits up in `width` places, (bits, width), zeros and ones, int8.

    Bits go, the most frequent first, where the frequencies so far add up to the least: common
    bits stay alone and rare ones share a place, so that few fall together in one molecule.
    """
    folding = torch.zeros((len(frequencies), width), dtype=torch.int8)
    places = [(0.0, place) for place in range(width)]
    for bit in np.argsort(-frequencies, kind="stable"):
        load, place = places[0]
        folding[bit, place] = 1
        heapq.heapreplace(places, (load + float(frequencies[bit]), place))
    return folding


def pair_up(bits: Tensor) -> Tensor:
    """Row i of the first half minus `DIGIT` times row i of the second, (ceil(rows / 2), bits).

    Products of such rows carry both counts: `split_maxima` takes them apart.
    """
    half = (len(bits) + 1) // 2
    paired = bits[:half].to(torch.int16)
    paired[: len(bits) - half] -= DIGIT * bits[half:].to(torch.int16)
    return paired.to(bits.dtype)


def split_maxima(products: Tensor) -> Tensor:
    """The largest count of each row that was paired up, (2 x products,), padding last.

    Right where the counts of the first half are below `DIGIT`. Overwrites `products`.
    """
    second = -(products.amin(1) >> _DIGIT_BITS)
    first = products.bitwise_and_(DIGIT - 1).amax(1)
    return torch.cat([first, second])


@functools.cache
def _has_fast_int8() -> bool:
    """Whether int8 products beat float32 here; a few milliseconds, once."""
    integers = torch.ones((512, 1024), dtype=torch.int8)
    try:
        return _best_time(integers) < _best_time(integers.float())
    except (RuntimeError, AttributeError):
        return False  # this torch has no int8 product for this processor


def _best_time(factor: Tensor, rounds: int = 3) -> float:
    """The shortest of `rounds` products of `factor` with itself, in seconds, after one more."""
    seconds = []
    for _ in range(rounds + 1):
        started_at = time.perf_counter()
        multiply(factor, factor)
        seconds.append(time.perf_counter() - started_at)
    return min(seconds[1:])
