"""SMILES one character at a time: the smallest vocabulary, the longest sequences."""

from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np

from molvae.errors import TokenizationError
from molvae.tokenizers.base import Tokenizer
from molvae.tokenizers.batch import Encoded, Tokenized
from molvae.tokenizers.text import NEWLINE, Bytes, Scan, tokenize_lines, write_lines

_LEGAL = np.zeros(256, dtype=bool)
_LEGAL[33:127] = True
_LEGAL[NEWLINE] = True


@final
class CharTokenizer(Tokenizer):
    """Each printable ASCII character of a SMILES is a token."""

    kind: ClassVar[str] = "char"

    def split(self, smiles: str) -> list[str]:
        """The characters of `smiles`; raises `TokenizationError` for one that is not ASCII."""
        if not smiles:
            raise TokenizationError("the SMILES is empty")
        for position, character in enumerate(smiles):
            if not "!" <= character <= "~":
                raise TokenizationError(
                    f"cannot tokenize the SMILES: character {character!r} at position {position}"
                )
        return list(smiles)

    def join(self, tokens: Sequence[str]) -> str:
        """The characters one after the other."""
        return "".join(tokens)

    def tokenize_rows(self, smiles: Sequence[str]) -> Tokenized:
        """`split` of each molecule, all at once, in this process."""
        return tokenize_lines(smiles, _scan, self.split)

    def join_rows(self, rows: Encoded, tokens: tuple[str, ...]) -> list[str]:
        """`join` of each row of ids into `tokens`, all at once, in this process."""
        return write_lines(rows, tokens)


def _scan(text: str, codes: Bytes) -> Scan:
    starts = np.ones(len(codes), dtype=bool)
    errors = np.flatnonzero(~_LEGAL[codes])
    return Scan(starts, np.zeros(0, dtype=np.intp), [], errors)
