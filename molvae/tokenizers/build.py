"""From the name of a kind of tokenizer to the tokenizer, and from molecules to its vocabulary."""

from collections.abc import Sequence

from molvae.errors import ConfigError, TokenizationError
from molvae.tokenizers.atom import AtomTokenizer
from molvae.tokenizers.base import Tokenizer
from molvae.tokenizers.char import CharTokenizer
from molvae.tokenizers.selfies import SelfiesTokenizer
from molvae.tokenizers.vocabulary import Vocabulary

_KINDS: dict[str, type[Tokenizer]] = {
    "atom": AtomTokenizer,
    "char": CharTokenizer,
    "selfies": SelfiesTokenizer,
}


def tokenizer_kinds() -> list[str]:
    """The kinds `build_tokenizer` knows."""
    return list(_KINDS)


def build_tokenizer(kind: str, vocabulary: Vocabulary | None = None) -> Tokenizer:
    """The tokenizer of `kind` with `vocabulary`; raises `ConfigError` for an unknown kind."""
    if kind not in _KINDS:
        raise ConfigError(f"no tokenizer {kind!r}; the kinds are {', '.join(_KINDS)}")
    return _KINDS[kind](vocabulary)


def fit(smiles: Sequence[str], kind: str = "atom", *, workers: int | None = None) -> Tokenizer:
    """The tokenizer of `kind` whose vocabulary is the tokens of `smiles`.

    Raises `TokenizationError`, naming its index and the place in it, for the first
    molecule that cannot be split.
    """
    if isinstance(smiles, str):
        raise TypeError(f"fit takes a list of molecules, such as [{smiles!r}], not one string")
    tokenized = build_tokenizer(kind).tokenize_batch(smiles, workers=workers)
    if tokenized.problems:
        first = tokenized.problems[0]
        raise TokenizationError(f"molecule {first.index} ({smiles[first.index]!r}): {first.reason}")
    return build_tokenizer(kind, Vocabulary.from_tokens(tokenized.tokens))
