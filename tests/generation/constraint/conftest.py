"""Molecules that are hard to write token by token."""

from pathlib import Path

import pytest

from molvae.tokenizers import Tokenizer, fit

MOLECULES = (Path(__file__).parent / "molecules.txt").read_text("ascii").split()


@pytest.fixture(scope="session")
def molecules() -> list[str]:
    return MOLECULES


@pytest.fixture(scope="session", params=["atom", "char"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return fit(MOLECULES, request.param)
