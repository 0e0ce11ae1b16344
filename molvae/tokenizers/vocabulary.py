"""The fixed, ordered set of tokens a model reads and writes, saved as readable JSON."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, final

import numpy as np

from molvae.errors import TokenizationError
from molvae.files import atomic_path

PAD, BOS, EOS, MASK = range(4)
SPECIAL_TOKENS = ("<pad>", "<bos>", "<eos>", "<mask>")

_FORMAT_VERSION = 1


@final
class Vocabulary:
    """Tokens and their ids: the four special tokens first, then each token once.

    `tokens` are all tokens in the order of their ids, special tokens included. A
    vocabulary never changes; `extended` makes a larger one.
    """

    __slots__ = ("_ids", "_tokens")

    def __init__(self, tokens: Iterable[str]) -> None:
        self._tokens = tuple(tokens)
        _check(self._tokens)
        self._ids = {token: index for index, token in enumerate(self._tokens)}

    @classmethod
    def from_tokens(cls, tokens: Iterable[str]) -> Self:
        """The vocabulary of the distinct `tokens`, sorted, behind the special tokens."""
        return cls((*SPECIAL_TOKENS, *sorted(set(tokens) - set(SPECIAL_TOKENS))))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The vocabulary that `to_dict` described; raises `TokenizationError`."""
        version = values.get("format_version")
        if version != _FORMAT_VERSION:
            raise TokenizationError(
                f"vocabulary format {version!r} is unknown; this molvae reads {_FORMAT_VERSION}"
            )
        tokens = values.get("tokens")
        if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
            raise TokenizationError("the vocabulary is damaged: 'tokens' is not a list of strings")
        return cls(tokens)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The vocabulary saved at `path`; raises `TokenizationError` naming the file."""
        try:
            values = json.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise TokenizationError(f"cannot read the vocabulary {path}: {reason}") from error
        except (ValueError, RecursionError) as error:
            raise TokenizationError(f"the vocabulary {path} is damaged: {error}") from error
        if not isinstance(values, dict):
            raise TokenizationError(f"the vocabulary {path} is damaged: it is not a JSON object")
        try:
            return cls.from_dict(values)
        except TokenizationError as error:
            raise TokenizationError(f"{path}: {error}") from error

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens in the order of their ids."""
        return self._tokens

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger[Any]]:
        """The narrowest unsigned type that holds every id."""
        return np.dtype(np.min_scalar_type(len(self._tokens) - 1))

    def token(self, index: int) -> str:
        """The token of id `index`; raises `TokenizationError` when there is none."""
        if not 0 <= index < len(self._tokens):
            raise TokenizationError(f"no token has id {index}; ids are 0 to {len(self) - 1}")
        return self._tokens[index]

    def get(self, token: str) -> int | None:
        """The id of `token`, or None when the vocabulary does not have it."""
        return self._ids.get(token)

    def lookup(self, tokens: Iterable[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The id of each of `tokens`, -1 for those that are not in the vocabulary."""
        return np.array([self._ids.get(token, -1) for token in tokens], dtype=np.int64)

    def extended(self, tokens: Iterable[str]) -> "Vocabulary":
        """A vocabulary with the new ones among `tokens` appended, sorted; old ids are kept."""
        return Vocabulary((*self._tokens, *sorted(set(tokens) - set(self._tokens))))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description, read back by `from_dict`."""
        return {"format_version": _FORMAT_VERSION, "tokens": list(self._tokens)}

    def save(self, path: str | Path) -> None:
        """Write readable JSON to `path`, one token a line; raises `OutputError`."""
        with atomic_path(path) as temporary:
            text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n", "utf-8")

    def __getitem__(self, token: str) -> int:
        try:
            return self._ids[token]
        except KeyError:
            raise TokenizationError(self._unknown(token)) from None

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._tokens == other._tokens

    def __hash__(self) -> int:
        return hash(self._tokens)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self)} tokens: {' '.join(self._tokens[:12])} ..."

    def __reduce__(self) -> tuple[type["Vocabulary"], tuple[tuple[str, ...]]]:
        return Vocabulary, (self._tokens,)

    def _unknown(self, token: str) -> str:
        close = difflib.get_close_matches(token, self._tokens, n=1)
        hint = f"; the nearest it has is {close[0]!r}" if close else ""
        return f"token {token!r} is not in the vocabulary{hint}"


def _check(tokens: tuple[str, ...]) -> None:
    if tokens[: len(SPECIAL_TOKENS)] != SPECIAL_TOKENS:
        raise TokenizationError(f"a vocabulary must begin with {' '.join(SPECIAL_TOKENS)}")
    if len(set(tokens)) != len(tokens):
        twice = next(token for i, token in enumerate(tokens) if token in tokens[:i])
        raise TokenizationError(f"the vocabulary has the token {twice!r} twice")
    for token in tokens:
        if not token or not token.isprintable() or " " in token:
            raise TokenizationError(f"{token!r} cannot be a token: empty, blank or unprintable")
