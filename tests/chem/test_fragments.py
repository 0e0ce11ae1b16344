import pytest

from molvae.chem.fragments import scaffold
from molvae.chem.molecule import parse


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", ""),
        ("C", ""),
        ("Cc1ccccc1O", "c1ccccc1"),
        ("CC(C)c1ccc(CCN2CCOCC2)cc1", "c1ccc(CCN2CCOCC2)cc1"),
        ("O=C1CCCN1C", "O=C1CCCN1"),
    ],
)
def test_scaffold(smiles, expected):
    assert scaffold(parse(smiles)) == expected


def test_a_scaffold_is_its_own_scaffold():
    for smiles in ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC(=O)Nc1ccc(OCC2CC2)cc1", "C[C@H]1CCCC[C@@H]1O"):
        once = scaffold(parse(smiles))
        assert scaffold(parse(once)) == once
