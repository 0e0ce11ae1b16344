"""SMILES one atom, bond or ring number at a time: the form the models read by default."""

import re
from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from molvae.errors import TokenizationError
from molvae.tokenizers.base import Tokenizer
from molvae.tokenizers.batch import Encoded, Tokenized
from molvae.tokenizers.text import (
    NEWLINE,
    Bytes,
    Flags,
    Positions,
    Scan,
    tokenize_lines,
    write_lines,
)

_SINGLES = r"BCNOPSFIbcnops0123456789()=#$:/\\~.*<>-"
_RING_NUMBER = r"%[0-9]{2}|%\([0-9]{1,5}\)"
_IN_BRACKET = r"[!-Z\\^-~]"  # printable, no bracket
_BRACKET = rf"\[{_IN_BRACKET}+\]"
_TOKEN = re.compile(rf"{_BRACKET}|Cl|Br|{_RING_NUMBER}|[{_SINGLES}]")
_BRACKET_CHARACTER = re.compile(_IN_BRACKET)
_RING_TOKEN = re.compile(_RING_NUMBER)

_LEGAL_OUTSIDE = np.zeros(256, dtype=bool)
_LEGAL_OUTSIDE[[code for code in range(128) if _TOKEN.fullmatch(chr(code))]] = True
_LEGAL_OUTSIDE[NEWLINE] = True
_PRINTABLE = np.zeros(256, dtype=bool)
_PRINTABLE[33:127] = True
_PRINTABLE[NEWLINE] = True

_OPEN, _CLOSE, _PERCENT = b"[]%"


@final
class AtomTokenizer(Tokenizer):
    """A bracket atom, `Cl`, `Br`, a ring number or any other character of SMILES is a token.

    Ring numbers are digits, `%nn` and RDKit's `%(nnn)`; dative bonds (`->`) are two tokens.
    """

    kind: ClassVar[str] = "atom"

    def split(self, smiles: str) -> list[str]:
        """Atom-level tokens, which joined give `smiles`; raises `TokenizationError`."""
        tokens: list[str] = _TOKEN.findall(smiles)
        if not smiles or sum(map(len, tokens)) != len(smiles):
            raise TokenizationError(_explain(smiles))
        return tokens

    def join(self, tokens: Sequence[str]) -> str:
        """The tokens one after the other."""
        return "".join(tokens)

    def tokenize_rows(self, smiles: Sequence[str]) -> Tokenized:
        """`split` of each molecule, all at once, in this process."""
        return tokenize_lines(smiles, _scan, self.split)

    def join_rows(self, rows: Encoded, tokens: tuple[str, ...]) -> list[str]:
        """`join` of each row of ids into `tokens`, all at once, in this process."""
        return write_lines(rows, tokens)


def _explain(smiles: str) -> str:
    if not smiles:
        return "the SMILES is empty"
    position = 0
    while match := _TOKEN.match(smiles, position):
        position = match.end()
    why = f"character {smiles[position]!r} at position {position}"
    if smiles[position] == "[":
        why += _explain_bracket(smiles, position)
    elif smiles[position] == "]":
        why += " closes a bracket that is not open"
    elif smiles[position] == "%":
        why += " is not followed by a ring number"
    return f"cannot tokenize the SMILES: {why}"


def _explain_bracket(smiles: str, opened: int) -> str:
    end = opened + 1
    while end < len(smiles) and _BRACKET_CHARACTER.match(smiles, end):
        end += 1
    if end == len(smiles):
        return " opens a bracket that is never closed"
    if smiles[end] == "]":
        return " opens an empty bracket"
    return f" opens a bracket that cannot hold {smiles[end]!r} at position {end}"


def _scan(text: str, codes: Bytes) -> Scan:
    opened, closed, errors = _brackets(codes)
    errors = np.concatenate([errors, np.flatnonzero(~_PRINTABLE[codes])])
    if len(errors):
        return _failed(errors)
    outside = _outside(len(codes), opened, closed)
    pairs = _two_letter_elements(codes, outside)
    rings = np.flatnonzero((codes == _PERCENT) & outside)
    ring_ends = [_ring_end(text, at) for at in rings.tolist()]
    starts = outside
    starts[opened] = True
    starts[pairs + 1] = False
    for begin, end in zip(rings.tolist(), ring_ends, strict=True):
        starts[begin + 1 : end] = False
    legal = _LEGAL_OUTSIDE[codes]
    legal[opened] = True
    legal[rings[np.array(ring_ends, dtype=np.intp) > 0]] = True
    errors = np.flatnonzero(starts & ~legal)
    begins = np.concatenate([opened, pairs, rings])
    ends = [*(closed + 1).tolist(), *(pairs + 2).tolist(), *ring_ends]
    tokens = [text[begin:end] for begin, end in zip(begins.tolist(), ends, strict=True)]
    return Scan(starts, begins, tokens, errors)


def _failed(errors: Positions) -> Scan:
    return Scan(np.zeros(0, dtype=bool), np.zeros(0, dtype=np.intp), [], errors)


def _brackets(codes: Bytes) -> tuple[Positions, Positions, Positions]:
    """Where brackets open, where the same ones close, and which of them have no partner."""
    at = np.flatnonzero((codes == _OPEN) | (codes == _CLOSE) | (codes == NEWLINE))
    kinds = codes[at]
    is_open, is_close = kinds == _OPEN, kinds == _CLOSE
    closed_next = np.append(is_close[1:], False)
    opened_before = np.append(False, is_open[:-1])
    wrong = (is_open & ~closed_next) | (is_close & ~opened_before)
    opened, closed = at[is_open], at[is_close]
    errors = at[wrong]
    if not len(errors):
        errors = opened[closed == opened + 1]
    return opened, closed, errors


def _outside(size: int, opened: Positions, closed: Positions) -> Flags:
    """(size,) false from the opening to the closing bracket of each atom."""
    step = np.zeros(size + 1, dtype=np.int8)
    step[opened] = 1
    step[closed + 1] -= 1
    depth = np.cumsum(step[:-1], dtype=np.int8)
    return np.equal(depth, 0)


def _two_letter_elements(codes: Bytes, outside: Flags) -> Positions:
    """Where `Cl` and `Br` begin outside brackets."""
    second = np.flatnonzero(((codes == ord("l")) | (codes == ord("r"))) & outside)
    second = second[second > 0]
    first = np.where(codes[second] == ord("l"), ord("C"), ord("B"))
    begins: Positions = second[codes[second - 1] == first] - 1
    return begins


def _ring_end(text: str, at: int) -> int:
    """Where the ring number that begins at `at` ends; 0 when there is none."""
    match = _RING_TOKEN.match(text, at)
    return match.end() if match else 0
