"""Molecules as sequences of tokens: characters, SMILES atoms, or SELFIES."""

from molvae.tokenizers.atom import AtomTokenizer
from molvae.tokenizers.base import Tokenizer
from molvae.tokenizers.batch import Encoded, Problem, Tokenized, merge
from molvae.tokenizers.build import build_tokenizer, fit, tokenizer_kinds
from molvae.tokenizers.char import CharTokenizer
from molvae.tokenizers.selfies import SelfiesTokenizer
from molvae.tokenizers.vocabulary import BOS, EOS, MASK, PAD, SPECIAL_TOKENS, Vocabulary

__all__ = [
    "BOS",
    "EOS",
    "MASK",
    "PAD",
    "SPECIAL_TOKENS",
    "AtomTokenizer",
    "CharTokenizer",
    "Encoded",
    "Problem",
    "SelfiesTokenizer",
    "Tokenized",
    "Tokenizer",
    "Vocabulary",
    "build_tokenizer",
    "fit",
    "merge",
    "tokenizer_kinds",
]
