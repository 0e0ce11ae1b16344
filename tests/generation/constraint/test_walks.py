"""Tokens chosen at random among the allowed ones, without any model, make molecules."""

import pytest
import torch

from molvae.chem import is_valid
from molvae.generation.constraint import constraint_for
from molvae.tokenizers import EOS, PAD, Tokenizer, fit

USUAL = ["Fc1cnc2[nH]ccc2c1", "CC(=O)NC=CC3CCCC3", "c1ccoc1"]
CHARGED = ["C[N+](C)(C)C[C@@H](F)[O-]", "c1cc[n+]([O-])cc1", "FC(F)=C1CC1"]


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
        allowed[:, PAD] &= ~is_open
        is_open &= allowed.any(1)
        tokens = torch.where(is_open, _draw(allowed, generator), PAD)
        written[:, position] = tokens
        rules.advance(tokens)
        is_open &= tokens != EOS
    return tokenizer.decode_batch(written.numpy(), workers=1)


def _draw(allowed: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return (allowed * (0.1 + torch.rand(allowed.shape, generator=generator))).argmax(1)


@pytest.mark.parametrize(("smiles", "least"), [(USUAL, 0.99), (CHARGED, 0.95)])
def test_random_walks_end_in_molecules(smiles: list[str], least: float) -> None:
    written = walk(fit(smiles), 100, 30, seed=1)
    assert sum(map(is_valid, written)) / len(written) >= least
    assert len(set(written)) > 50


def test_random_walks_by_character_end_in_molecules() -> None:
    # within brackets the grammar does not look ahead
    tokenizer = fit(["Clc1cnc2ccccc2c1", "CC(=O)NC=CC3CCCC3", "Brc1ccoc1"], "char")
    written = walk(tokenizer, 40, 20, seed=2)
    assert sum(map(is_valid, written)) / len(written) >= 0.95
