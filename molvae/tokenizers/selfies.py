"""SELFIES: a form of molecules in which every sequence of tokens is a molecule."""

import re
from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np
import selfies

from molvae.errors import TokenizationError
from molvae.tokenizers.base import Tokenizer
from molvae.tokenizers.batch import Encoded, Problem, Tokenized, compact, offsets_of
from molvae.tokenizers.derivation import derive
from molvae.tokenizers.symbols import ATOM, parse_symbol
from molvae.tokenizers.vocabulary import Vocabulary

_SYMBOL = re.compile(r"\[[^\]]*\]|\.|\n")
_ATOM_MAP = re.compile(r"\[[^\]]*:\d+\]")

_UNTOLD = ("SMILES:", "^", "Errors:", "input violates", "failed to parse")


@final
class SelfiesTokenizer(Tokenizer):
    """The symbols of a molecule's SELFIES are its tokens.

    Aromatic rings are kekulized: what is decoded is the same molecule, not the same
    string. Whatever the ids, `decode` gives a string that RDKit reads.
    """

    kind: ClassVar[str] = "selfies"
    rows_per_chunk: ClassVar[int] = 500
    uses_workers: ClassVar[bool] = True

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        super().__init__(vocabulary)
        for token in vocabulary or ():
            parse_symbol(token)

    def split(self, smiles: str) -> list[str]:
        """The symbols of the SELFIES of `smiles`; raises `TokenizationError` with the reason."""
        text = _encoded(smiles)
        tokens: list[str] = _SYMBOL.findall(text)
        symbols = [parse_symbol(token) for token in tokens]
        if any(map(_is_doubtful, tokens)) and derive(symbols) != selfies.decoder(text):
            raise TokenizationError("SELFIES cannot hold it: an atom has too many bonds")
        return tokens

    def join(self, tokens: Sequence[str]) -> str:
        """The SMILES that the SELFIES of `tokens` derives."""
        return derive([parse_symbol(token) for token in tokens])

    def tokenize_rows(self, smiles: Sequence[str]) -> Tokenized:
        """`split` of each molecule in this process."""
        texts: list[str] = []
        problems: list[Problem] = []
        for index, molecule in enumerate(smiles):
            try:
                texts.append(_encoded(molecule))
            except TokenizationError as error:
                texts.append("")
                problems.append(Problem(index, str(error)))
        problems += self._refused(smiles, texts)
        for problem in problems:
            texts[problem.index] = ""
        return _tokenized(texts, tuple(sorted(problems)))

    def _refused(self, smiles: Sequence[str], texts: Sequence[str]) -> list[Problem]:
        """Why `split` refuses molecules of which the selfies library wrote `texts`."""
        distinct = set(_SYMBOL.findall("".join(texts)))
        doubtful = [token for token in distinct if _is_doubtful(token)]
        problems = []
        for index, text in enumerate(texts) if doubtful else ():
            if any(token in text for token in doubtful):
                try:
                    self.split(smiles[index])
                except TokenizationError as error:
                    problems.append(Problem(index, str(error)))
        return problems

    def join_rows(self, rows: Encoded, tokens: tuple[str, ...]) -> list[str]:
        """The SMILES of each row of ids into `tokens`."""
        symbols = [parse_symbol(token) for token in tokens]
        return [derive([symbols[i] for i in row.tolist()]) for row in rows]


def _encoded(smiles: str) -> str:
    if mapped := _ATOM_MAP.search(smiles):
        raise TokenizationError(f"SELFIES has no atom-map numbers such as {mapped[0]}")
    try:
        text: str = selfies.encoder(smiles)
    except selfies.EncoderError as error:
        raise TokenizationError(f"SELFIES cannot hold it: {_reason(error)}") from error
    except RecursionError as error:
        raise TokenizationError("SELFIES cannot hold it: its branches nest too deep") from error
    except (AssertionError, LookupError, TypeError, ValueError) as error:  # bad SMILES
        raise TokenizationError(f"the selfies library fails on it: {error!r}") from error
    return text


def _reason(error: Exception) -> str:
    """The library's message in one line, without the molecule, which the reader has."""
    lines = f"{error}\n{error.__cause__ or ''}".splitlines()
    told = [" ".join(line.split()) for line in lines]
    reason = " ".join(line for line in told if line and not line.startswith(_UNTOLD))
    return re.sub(r"^Index: (\d+) Reason: (.*)$", r"\2 at position \1", reason)


def _tokenized(texts: Sequence[str], problems: tuple[Problem, ...]) -> Tokenized:
    pieces: list[str] = _SYMBOL.findall("\n".join([*texts, ""]))
    ranks = {token: rank for rank, token in enumerate(sorted({*pieces, "\n"}))}  # "\n" is first
    ids = np.array([ranks[piece] for piece in pieces], dtype=np.uint16)
    ends = np.flatnonzero(ids == 0)
    lengths = np.diff(ends, prepend=-1) - 1
    tokens = tuple(ranks)[1:]
    return compact(tokens, ids[ids > 0] - 1, offsets_of(lengths), problems)


def _is_doubtful(token: str) -> bool:
    """Whether the selfies library, as it is set now, allows other bonds than `derive` does."""
    try:
        symbol = parse_symbol(token)
    except TokenizationError:
        return True
    constraints = selfies.get_semantic_constraints()
    allowed = constraints.get(symbol.element, constraints["?"])
    return bool(symbol.kind == ATOM and allowed != symbol.valence)
