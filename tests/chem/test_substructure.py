"""Patterns are read or refused in one line, and found where they are."""

import pytest

from molvae.chem import parse
from molvae.chem.substructure import as_aromatic, has_substructure, have_substructure, parse_smarts
from molvae.errors import MoleculeError


@pytest.mark.parametrize(
    ("smarts", "smiles", "held"),
    [
        ("c1ccccc1", "Cc1ccccc1", True),
        ("C1=CC=CC=C1", "Cc1ccccc1", False),
        ("[NX3;H2]", "CCN", True),
        ("[NX3;H2]", "CNC", False),
        ("C(=O)[OH]", "CC(=O)OC", False),
        ("N[C@@H]([CH3])[CH2]", "N[C@H](C)CC", False),
        ("N[C@@H]([CH3])[CH2]", "N[C@@H](C)CC", True),
    ],
)
def test_a_pattern_is_found_where_it_is(smarts: str, smiles: str, held: bool) -> None:
    mol = parse(smiles)
    assert mol is not None
    assert has_substructure(mol, parse_smarts(smarts)) is held
    assert have_substructure([smiles, "C1CC", ""], parse_smarts(smarts)) == [held, False, False]


@pytest.mark.parametrize("smarts", ["C((", "[C", "", "  ", "not a pattern", "C1CC"])
def test_what_is_no_pattern_is_refused_in_one_line(
    smarts: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MoleculeError, match="SMARTS") as caught:
        parse_smarts(smarts)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_kekule_pattern_has_an_aromatic_meaning() -> None:
    assert as_aromatic("C1=CC=CC=C1") == "c1ccccc1"
    assert as_aromatic("CCO") is None
    assert as_aromatic("[#6;R]~[!#6]") is None
