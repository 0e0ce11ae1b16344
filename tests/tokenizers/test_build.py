import pytest

from molvae.config import TokenizerConfig
from molvae.errors import ConfigError, TokenizationError
from molvae.tokenizers import Vocabulary, build_tokenizer, fit, tokenizer_kinds


def test_every_kind_of_the_configuration_is_built():
    for kind in ("atom", "char", "selfies"):
        assert build_tokenizer(TokenizerConfig(kind=kind).kind).kind == kind
    assert tokenizer_kinds() == ["atom", "char", "selfies"]


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="'bpe'; the kinds are atom, char, selfies"):
        build_tokenizer("bpe")


def test_fit_finds_the_vocabulary():
    assert fit(["CCl", "c1ccc1"]).vocabulary == Vocabulary.from_tokens(["C", "Cl", "c", "1"])


def test_fit_names_the_molecule_it_cannot_split():
    with pytest.raises(TokenizationError, match=r"molecule 1 .*: .*'X' at position 0"):
        fit(["C", "X"], "atom")


def test_a_selfies_tokenizer_refuses_tokens_that_are_not_selfies():
    with pytest.raises(TokenizationError, match="'Cl' is not a SELFIES symbol"):
        build_tokenizer("selfies", Vocabulary.from_tokens(["[C]", "Cl"]))
