"""Rows of numbers that take long to compute, kept in the cache folder and read in blocks."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from molvae.checkpoint import SavedModel, host_tensors
from molvae.files import atomic_path

Rows = npt.NDArray[Any]


def kept_rows(
    path: Path | None, shape: tuple[int, int], dtype: npt.DTypeLike, computed: Iterable[Rows]
) -> Iterator[Rows]:
    """The blocks of `computed`, which together are an array of `shape` and `dtype`.

    They are read from the NPY file `path` if it holds such an array, and else kept there
    as they are passed on; without a path, or where its folder cannot be written to, nothing
    is kept. Memory does not grow with the number of rows. Raises `OutputError` for a full disk.
    """
    found = _open(path, shape, dtype)
    if found is not None:
        yield from found
    elif path is None or not _may_write(path.parent):
        yield from computed
    else:
        yield from _keeping(path, shape, dtype, computed)


_BLOCK = 8_192


def molecules_digest(smiles: Sequence[str]) -> str:
    """Of strings in their order, to tell a set of molecules from others."""
    return hashlib.sha256("\n".join(smiles).encode("utf-8", "replace")).hexdigest()[:32]


def model_digest(saved: SavedModel) -> str:
    """Of the weights, and of how a string becomes tokens."""
    digest = hashlib.sha256()
    for name, tensor in sorted(host_tensors(saved.model).items()):
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    settings = (saved.tokenizer.kind, saved.tokenizer.vocabulary.tokens, saved.config.standardize)
    digest.update(repr(settings).encode())
    return digest.hexdigest()[:32]


def _open(path: Path | None, shape: tuple[int, int], dtype: npt.DTypeLike) -> list[Rows] | None:
    if path is None or not path.is_file():
        return None
    try:
        rows = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # damaged: computed and written anew
    if rows.shape != shape or rows.dtype != dtype:
        return None
    return [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]


def _keeping(
    path: Path, shape: tuple[int, int], dtype: npt.DTypeLike, computed: Iterable[Rows]
) -> Iterator[Rows]:
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        for block in computed:
            stream.write(np.ascontiguousarray(block, dtype=dtype).tobytes())
            yield block


def _may_write(folder: Path) -> bool:
    """Whether `folder` can be written to, or made."""
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)
