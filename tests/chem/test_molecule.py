import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, rdBase

from molvae.chem.molecule import (
    MAX_SMILES_LENGTH,
    canonicalize,
    heavy_atoms,
    parse,
    quiet,
    shorten,
    to_smiles,
)
from molvae.errors import MoleculeError


def test_parse_gives_a_sanitized_molecule():
    mol = parse("C1=CC=CC=C1O")
    assert mol is not None
    assert to_smiles(mol) == "Oc1ccccc1"
    assert heavy_atoms(mol) == 7


@pytest.mark.parametrize(
    "text", ["", "  ", "C1CC", "C(C)(C)(C)(C)C", "CCO ethanol", "é", "\ud800", "C\x00C", "c1cccc1"]
)
def test_parse_gives_none_for_what_is_no_molecule(text):
    assert parse(text) is None


def test_white_space_around_a_molecule_is_ignored():
    assert canonicalize(" OCC\n") == "CCO"


def test_absurdly_long_strings_are_refused_at_once():
    started_at = time.perf_counter()
    assert parse("C" * 100_000) is None
    assert parse("C" * (MAX_SMILES_LENGTH + 1)) is None
    assert time.perf_counter() - started_at < 0.1
    assert parse("C" * 400) is not None


def test_stereo_and_isotopes_survive():
    assert canonicalize("F/C=C/F") != canonicalize("F/C=C\\F")
    assert canonicalize("C[C@H](N)O") != canonicalize("C[C@@H](N)O")
    assert canonicalize("[13CH4]") == "[13CH4]"


def test_canonicalize_says_what_is_no_molecule():
    with pytest.raises(MoleculeError, match=r"'C1CC' is not a molecule"):
        canonicalize("C1CC")


def test_messages_are_short():
    with pytest.raises(MoleculeError) as caught:
        canonicalize("(" * 4_000)
    assert len(str(caught.value)) < 120
    assert shorten("a" * 100, 10) == "aaaaaaa..."


def test_quiet_restores_the_state_of_the_log(capfd):
    before = rdBase.LogStatus()
    with quiet():
        with quiet():
            Chem.MolFromSmiles("C1CC")
        Chem.MolFromSmiles("C1CC")
        assert rdBase.LogStatus() != before
    assert rdBase.LogStatus() == before
    assert "unclosed ring" not in capfd.readouterr().err


def test_quiet_restores_a_log_that_was_off():
    rdBase.DisableLog("rdApp.error")
    try:
        before = rdBase.LogStatus()
        parse("C1CC")
        assert rdBase.LogStatus() == before
    finally:
        rdBase.EnableLog("rdApp.error")


def test_parse_writes_nothing(capfd):
    parse("C1CC")
    parse("CN(C)(C)(C)C")
    captured = capfd.readouterr()
    assert captured.err == captured.out == ""


@given(st.text(alphabet="CNOcno()[]=#123%+-@H.\\/Fl", max_size=30))
def test_any_text_parses_or_not(text):
    mol = parse(text)
    if mol is not None:
        assert canonicalize(to_smiles(mol)) == to_smiles(parse(to_smiles(mol)))
