"""Tokens chosen at random among the allowed ones, without any model, make molecules."""

import pytest
import torch

from molvae.chem import is_valid
from molvae.generation.constraint import constraint_for
from molvae.tokenizers import EOS, PAD, Tokenizer, fit

USUAL = ["Brc1ccc(Cl)cc1-c1c[nH]nc1", "CS(=O)(=O)N1CCOC2(CC23CC3)C1", "FC#Nc1ocsc1", "C456CCC4C5C6"]
CHARGED = [*USUAL, "C[N+](C)(C)C[C@@H](F)[O-]", "c1cc[n+]([O-])cc1.OP(=O)(O)OB(O)/C=C\\[SiH3]"]


def walk(tokenizer: Tokenizer, count: int, limit: int, seed: int) -> list[str]:
    """`count` strings of tokens drawn uniformly from the allowed ones."""
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    rules = constraint.start(count, limit)
    generator = torch.Generator().manual_seed(seed)
    written = torch.full((count, limit), PAD)
    is_open = torch.ones(count, dtype=torch.bool)
    for position in range(limit):
        allowed = rules.allowed(torch.device("cpu"))
        assert allowed.any(1).all() or not is_open[~allowed.any(1)].any()
        noise = torch.rand(allowed.shape, generator=generator)
        tokens = torch.where(is_open, (allowed * noise).argmax(1), PAD)
        written[:, position] = tokens
        rules.advance(tokens)
        is_open &= tokens != EOS
    assert not is_open.any()
    return tokenizer.decode_batch(written.numpy(), workers=1)


@pytest.mark.parametrize("smiles", [USUAL, CHARGED], ids=["usual", "charged"])
@pytest.mark.parametrize("limit", [12, 30])
def test_random_walks_end_in_molecules(smiles: list[str], limit: int) -> None:
    written = walk(fit(smiles), 200, limit, seed=1)
    assert sum(map(is_valid, written)) / len(written) >= 0.99
    assert len(set(written)) > 100


def test_random_walks_by_character_end_in_molecules() -> None:
    written = walk(fit(USUAL, "char"), 100, 25, seed=2)
    assert sum(map(is_valid, written)) / len(written) >= 0.97
