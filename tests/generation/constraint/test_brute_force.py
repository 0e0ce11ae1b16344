"""Against all strings of a small language: which beginnings can become a molecule in time."""

from itertools import product

import pytest
import torch

from molvae.chem import is_valid
from molvae.generation.constraint import constraint_for
from molvae.tokenizers import EOS, fit

LANGUAGES = [
    ("C(1)=", 6),
    ("CO1=#", 6),
    ("cno1", 7),
    ("c1=O(", 6),
    ("cn12-", 6),
    ("CN=1.", 6),
]


def beginnings(language: str, longest: int) -> set[str]:
    """All beginnings, whole strings with `$` at the end, of valid strings up to `longest`."""
    found: set[str] = set()
    for length in range(1, longest + 1):
        for letters in product(language, repeat=length):
            text = "".join(letters)
            if is_valid(text):
                found |= {text[:end] for end in range(length + 1)} | {text + "$"}
    return found


@pytest.mark.parametrize(("language", "longest"), LANGUAGES)
def test_exactly_what_can_become_a_molecule_is_allowed(language: str, longest: int) -> None:
    tokenizer = fit([language], "char")
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    possible = beginnings(language, longest)
    allowed = {""}
    layer, rules = [""], constraint.start(1, longest + 1)
    for _ in range(longest + 1):
        flags = rules.allowed(torch.device("cpu"))
        texts, rows, tokens = [], [], []
        for row, text in enumerate(layer):
            for token in flags[row].nonzero()[:, 0].tolist():
                following = text + ("$" if token == EOS else tokenizer.vocabulary.token(token))
                allowed.add(following)
                if token != EOS:
                    texts.append(following)
                    rows.append(row)
                    tokens.append(token)
        if not texts:
            break
        layer, rules = texts, rules.select(torch.tensor(rows))
        rules.advance(torch.tensor(tokens))
    assert possible - allowed == set(), "valid strings are masked"
    too_many = sorted(allowed - possible)
    assert len(too_many) <= 0.02 * len(allowed), too_many[:20]
