"""Molecules that between them use every part of the SMILES language."""

import pytest

MOLECULES = [
    "CCO",
    "c1ccc2[nH]ccc2c1",
    "C[C@H](N)C(=O)O",
    "F/C=C\\F",
    "[Na+].[Cl-]",
    "C%12CCCCC%12",
    "C%(123)CC%(123)",
    "C1CC1C1CC1",
    "[13CH3][CH2:2]O",
    "[O-][N+](=O)c1ccccc1",
    "N[Pt](N)(Cl)Cl",
    "*CC",
    "[Fe++]",
    "C[Se]C",
    "c1cc[se]c1",
    "C#N",
    "[C@@](F)(Cl)(Br)I",
    "C=1CCCCC=1",
    "[H][H]",
    "C(C)(C)(C)C",
    "N->[Cu]",
    "[Co@OH12](Cl)(Cl)(Cl)(F)(F)F",
]


@pytest.fixture(params=MOLECULES)
def molecule(request: pytest.FixtureRequest) -> str:
    """Each of the molecules in turn."""
    return str(request.param)


@pytest.fixture
def molecules() -> list[str]:
    """All of the molecules."""
    return list(MOLECULES)
