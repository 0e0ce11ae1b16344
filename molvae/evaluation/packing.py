"""Large sets of strings, bits and numbers in few bytes, without pickle.

Strings are sorted and front-coded, bits are stored by column, ascending numbers by their
differences: alike bytes come to lie side by side, and xz finds them. An archive is NumPy's
own (`.npz`, without pickle) inside xz.
"""

import io
import json
import lzma
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from molvae.errors import InputError
from molvae.files import atomic_path

MAX_DECIMALS = 9
"""Numbers are kept to within half of the ninth decimal place."""
_NOISE = 1e-11
"""Less than this from a shorter decimal number is rounding of the sum that made it."""
_LONGEST_PREFIX = 255
_LINE_BREAK = ord("\n")
_COLUMNS_AT_ONCE = 64

Arrays = dict[str, npt.NDArray[Any]]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


@final
class FrontCoded(Collection[str]):
    """Sorted strings, each kept as what it does not share with the one before it.

    A walk decodes one after the other; to look for many, intersect a set with this.
    """

    def __init__(self, shared: Bytes, rest: Bytes) -> None:
        self.shared, self.rest = shared, rest

    @classmethod
    def of(cls, strings: Collection[str]) -> "FrontCoded":
        """`strings`, sorted; those with a line break are left out, for no SMILES has one."""
        kept = sorted(text for text in strings if "\n" not in text)
        shared = np.zeros(len(kept), np.uint8)
        rest: list[str] = []
        for place, (last, text) in enumerate(zip(["", *kept], kept, strict=False)):
            shared[place] = length = _shared_length(last, text)
            rest.append(text[length:])
        return cls(shared, as_bytes("\n".join(rest)))

    def __len__(self) -> int:
        return len(self.shared)

    def __iter__(self) -> Iterator[str]:
        text = ""
        for length, piece in zip(self.shared.tolist(), self._pieces(), strict=True):
            if length > len(text):
                raise InputError(f"{length} characters are shared with the string {text!r}")
            text = text[:length] + piece
            yield text

    def __contains__(self, item: object) -> bool:
        return any(text == item for text in self)

    def _pieces(self) -> list[str]:
        try:
            pieces = as_text(self.rest).split("\n")
        except UnicodeDecodeError as error:
            raise InputError(f"the strings are no text: {error}") from error
        return pieces if len(self.shared) else []


def as_bytes(text: str) -> Bytes:
    """`text` as UTF-8."""
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def as_text(data: Bytes) -> str:
    """What `as_bytes` was given."""
    return data.tobytes().decode("utf-8", "surrogatepass")


def pack_strings(name: str, strings: Collection[str]) -> Arrays:
    """Arrays of the sorted `strings`."""
    coded = strings if isinstance(strings, FrontCoded) else FrontCoded.of(strings)
    return {f"{name}/shared": coded.shared, f"{name}/rest": coded.rest}


def unpack_strings(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> FrontCoded:
    """What `pack_strings` packed; raises `InputError` where strings are lacking.

    Of other damage, whoever walks through the strings is told.
    """
    shared, rest = arrays[f"{name}/shared"], arrays[f"{name}/rest"]
    pieces = int(np.count_nonzero(rest == _LINE_BREAK)) + 1 if len(shared) or len(rest) else 0
    if pieces != len(shared):
        raise InputError(f"{name} are {pieces:,} strings instead of {len(shared):,}")
    return FrontCoded(shared, rest)


def pack_counts(name: str, counts: Mapping[str, int]) -> Arrays:
    """Arrays of how often each string occurs."""
    coded = FrontCoded.of(counts)
    numbers = np.array([counts[text] for text in coded], np.int32)
    return {**pack_strings(name, coded), f"{name}/counts": numbers}


def unpack_counts(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, int]:
    """What `pack_counts` packed."""
    numbers = arrays[f"{name}/counts"].tolist()
    return dict(zip(unpack_strings(name, arrays), numbers, strict=True))


def pack_bits(rows: Bytes) -> Bytes:
    """Packed rows (n, m) as packed columns (8 m, ceil(n / 8)): a bit is rare or frequent."""
    return np.concatenate([_turned(rows[:, at : at + 8]) for at in range(0, rows.shape[1], 8)])


def unpack_bits(columns: Bytes, count: int) -> Bytes:
    """The `count` rows that `pack_bits` packed."""
    blocks = range(0, len(columns), _COLUMNS_AT_ONCE)
    parts = [_turned(columns[at : at + _COLUMNS_AT_ONCE]) for at in blocks]
    return np.ascontiguousarray(np.concatenate(parts, axis=1)[:count])


def pack_numbers(name: str, values: Floats, *, ascending: bool = False) -> Arrays:
    """Finite numbers (n,), of any size below 10^9, as decimal fractions.

    Each is kept to the fewest decimal places that give all of them, at most nine; where they
    are `ascending`, the differences are kept.
    """
    decimals = _decimals(values)
    whole = np.rint(values * 10.0**decimals).astype(np.int64)
    lowest = int(whole.min()) if len(whole) else 0
    steps = np.diff(whole, prepend=lowest) if ascending else whole - lowest
    scale = np.array([decimals, lowest, int(ascending)], np.int64)
    return {f"{name}/scale": scale, f"{name}/steps": _planes(steps)}


def unpack_numbers(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> Floats:
    """What `pack_numbers` packed."""
    decimals, lowest, ascending = arrays[f"{name}/scale"].tolist()
    planes = arrays[f"{name}/steps"]
    steps = np.zeros(planes.shape[1], np.int64)
    for place, plane in enumerate(planes):
        steps |= plane.astype(np.int64) << (8 * place)
    whole = (np.cumsum(steps) if ascending else steps) + lowest
    return np.asarray(whole / 10.0**decimals)


def pack_symmetric(matrix: Floats) -> Floats:
    """The upper triangle of a symmetric matrix (n, n), by rows."""
    return matrix[np.triu_indices(len(matrix))]


def unpack_symmetric(triangle: npt.NDArray[np.floating[Any]]) -> Floats:
    """What `pack_symmetric` packed, of any precision, in double precision."""
    size = int(np.sqrt(2 * len(triangle)))
    matrix = np.zeros((size, size))
    rows, columns = np.triu_indices(size)
    matrix[rows, columns] = triangle
    matrix[columns, rows] = triangle
    return matrix


def write_archive(path: Path, facts: Mapping[str, Any], arrays: Arrays) -> None:
    """Write `arrays`, and `facts` as JSON, to `path`; raises `OutputError`."""
    memory = io.BytesIO()
    np.savez(memory, allow_pickle=False, facts=as_bytes(json.dumps(dict(facts))), **arrays)
    with atomic_path(path) as temporary:
        temporary.write_bytes(lzma.compress(memory.getvalue(), preset=9))


def read_archive(path: Path) -> tuple[dict[str, Any], Arrays]:
    """Facts and arrays of an archive; raises `InputError` where it is missing or damaged."""
    try:
        memory = io.BytesIO(lzma.decompress(path.read_bytes()))
        with np.load(memory, allow_pickle=False) as archive:
            arrays: Arrays = {name: archive[name] for name in archive.files}
        return json.loads(as_text(arrays.pop("facts"))), arrays
    except OSError as error:
        raise InputError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error
    except (lzma.LZMAError, EOFError, BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}") from error


def _shared_length(first: str, second: str) -> int:
    limit = min(len(first), len(second), _LONGEST_PREFIX)
    for place in range(limit):
        if first[place] != second[place]:
            return place
    return limit


def _turned(block: Bytes) -> Bytes:
    """A block of packed bits (n, m) with its bits turned: (8 m, ceil(n / 8))."""
    return np.packbits(np.ascontiguousarray(np.unpackbits(block, axis=1).T), axis=1)


def _decimals(values: Floats) -> int:
    for decimals in range(MAX_DECIMALS):
        scale = 10.0**decimals
        if np.all(np.abs(np.rint(values * scale) / scale - values) < _NOISE):
            return decimals
    return MAX_DECIMALS


def _planes(steps: npt.NDArray[np.int64]) -> Bytes:
    """Numbers of 0 or more (n,) by their bytes, lowest first, without bytes that are all 0."""
    size = max((int(steps.max(initial=0)).bit_length() + 7) // 8, 1)
    return np.stack([(steps >> (8 * place)).astype(np.uint8) for place in range(size)])
