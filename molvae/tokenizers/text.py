"""Splitting a whole batch of SMILES at once, by arithmetic on the bytes of its text."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from molvae.errors import TokenizationError
from molvae.tokenizers.batch import Encoded, Problem, Tokenized, compact, offsets_of

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Positions = np.ndarray[Any, np.dtype[np.intp]]

NEWLINE = 10
SINGLE_TOKENS = tuple(map(chr, range(128)))
"""Tokens of one character have their ASCII code for an id; longer ones follow."""


class Scan(NamedTuple):
    """Where the tokens of a text of lines are, or where it cannot be split."""

    starts: Flags
    """(bytes,) true where a token begins, and at each newline."""
    long_starts: Positions
    """Where tokens of more than one character begin."""
    long_tokens: list[str]
    errors: Positions
    """Where something is wrong; if there is anything here the rest is void."""


def tokenize_lines(
    smiles: Sequence[str], scan: Callable[[str, Bytes], Scan], split: Callable[[str], list[str]]
) -> Tokenized:
    """The rows of `smiles` tokenized by `scan`; rows it doubts are judged by `split`."""
    rows, problems = _without_strays(smiles, split)
    while True:
        text = "\n".join([*rows, ""])
        codes = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
        found = scan(text, codes)
        if not len(found.errors):
            return _tokenized(codes, found, tuple(sorted(problems)))
        line_ends = np.flatnonzero(codes == NEWLINE)
        doubtful = np.unique(np.searchsorted(line_ends, found.errors)).tolist()
        refused = [Problem(i, why) for i in doubtful if (why := _refusal(rows[i], split))]
        if not refused:
            raise AssertionError("the batch scanner and split() disagree")  # a bug of molvae
        problems += refused
        for problem in refused:
            rows[problem.index] = ""


def _without_strays(
    smiles: Sequence[str], split: Callable[[str], list[str]]
) -> tuple[list[str], list[Problem]]:
    """The rows, those that are empty, of several lines or not ASCII emptied and reported."""
    rows = list(smiles)
    text = "\n".join(rows)
    if text.isascii() and text.count("\n") == len(rows) - 1 and "" not in rows:
        return rows, []
    strays = [i for i, row in enumerate(rows) if not row or not row.isascii() or "\n" in row]
    problems = [Problem(i, _refusal(rows[i], split) or "cannot be split") for i in strays]
    for i in strays:
        rows[i] = ""
    return rows, problems


def _refusal(smiles: str, split: Callable[[str], list[str]]) -> str | None:
    try:
        split(smiles)
    except TokenizationError as error:
        return str(error)
    return None


def _tokenized(codes: Bytes, found: Scan, problems: tuple[Problem, ...]) -> Tokenized:
    names: dict[str, int] = {}
    codes_of_long = [
        names.setdefault(token, len(SINGLE_TOKENS) + len(names)) for token in found.long_tokens
    ]
    largest = len(SINGLE_TOKENS) + len(names)
    ids = codes.astype(np.min_scalar_type(largest))
    ids[found.long_starts] = codes_of_long
    is_end = codes[found.starts] == NEWLINE
    ids = ids[found.starts]
    ends = np.flatnonzero(is_end)
    lengths = np.diff(ends, prepend=-1) - 1
    return compact((*SINGLE_TOKENS, *names), ids[~is_end], offsets_of(lengths), problems)


def write_lines(rows: Encoded, tokens: tuple[str, ...]) -> list[str]:
    """The tokens of each row written one after the other."""
    table = np.array([*tokens, "\n"], dtype=object)
    pieces = np.insert(rows.ids.astype(np.int32), rows.offsets[1:], len(tokens))
    return "".join(table[pieces].tolist()).split("\n")[:-1]
