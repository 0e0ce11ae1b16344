"""Molecules of every kind that the tokenizer tests share."""

import pytest

MOLECULES = (
    "C",
    "CC(C)(C)C(=O)C(Oc1ccc(Cl)cc1)n1ccnc1",
    "CCCS(=O)c1ccc2[nH]c(=NC(=O)OC)[nH]c2c1",
    "C[C@@H]1CC(Nc2cncc(-c3nncn3C)c2)C[C@@H](C)C1",
    "BrC(Br)=C(Cl)C#CI",
    "F/C=C/F",
    "F/C=C\\F",
    "[O-][n+]1ccccc1",
    "[Na+].CC(=O)[O-]",
    "[2H]C([2H])([2H])O",
    "C[Si](C)(C)O[Si](C)(C)C",
    "O=c1[nH]c2ccccc2[se]1",
    "OB(O)c1ccc(P(=O)(O)O)cc1",
    "C1CC2CCC1CC2",
    "C12C3C4C1C5C2C3C45",
    "[13CH3][C@H](N)C(=O)O",
)


@pytest.fixture
def molecules() -> list[str]:
    return list(MOLECULES)
