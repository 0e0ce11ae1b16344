"""The selfies library is the oracle of our derivation."""

import random

import pytest
import selfies
from rdkit import Chem

from molvae.tokenizers.derivation import derive
from molvae.tokenizers.symbols import parse_symbol

ALPHABET = [
    *sorted(selfies.get_semantic_robust_alphabet()),
    *("[nop]", "[epsilon]", ".", "[/C]", "[\\N]", "[C@@H1]", "[13C]", "[CH0]", "[NH1+1]", "[2H]"),
    *("[#Ring1]", "[-/Ring1]", "[\\/Ring2]", "[\\-Ring1]", "[Branch3]", "[Fe+2]", "[=Zn]"),
]


def ours(tokens: list[str]) -> str:
    return derive([parse_symbol(token) for token in tokens])


@pytest.mark.parametrize("length", [1, 3, 10, 40, 150])
def test_random_symbols_derive_what_the_library_derives(length):
    choice = random.Random(length)
    for _ in range(600):
        tokens = choice.choices(ALPHABET, k=length)
        assert ours(tokens) == selfies.decoder("".join(tokens))


def test_nothing_derives_nothing():
    assert derive([]) == ""
    assert ours(["[Ring1]", "[nop]"]) == ""


def test_ring_numbers_above_99_are_read_by_rdkit():
    tokens = ["[C]", *["[C]", "[C]", "[Ring1]", "[Ring1]"] * 120]
    smiles = ours(tokens)
    assert "%(100)" in smiles
    assert Chem.MolFromSmiles(smiles).GetRingInfo().NumRings() == 120


def test_branches_nest_deeper_than_recursion_would_allow():
    smiles = ours(["[C]", *["[C]", "[Branch3]", "[P]", "[P]", "[P]"] * 3_000])
    assert smiles.startswith("CC")
