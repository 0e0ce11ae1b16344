import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from molvae.chem.molecule import canonicalize, parse
from molvae.chem.validators import is_valid, novelty, uniqueness, validate, validity


def test_valid_molecules(molecule):
    verdict = validate(molecule)
    assert verdict and verdict.valid and is_valid(molecule)
    assert (verdict.reason, verdict.position, verdict.atom, verdict.fragment) == (None,) * 4


@pytest.mark.parametrize(
    ("smiles", "reason", "position", "fragment"),
    [
        ("", "empty", None, None),
        ("  ", "empty", None, None),
        ("C1CC", "ring number 1 at character 1 is left open", 1, "1"),
        (" C1CC", "ring number 1 at character 2", 2, "1"),
        ("C12CC1", "ring number 2 at character 2", 2, "2"),
        ("CC%12C", "ring number %12 at character 2", 2, "%12"),
        ("C11", "closes on the atom where it opens", 2, "1"),
        ("C1C1", "have a bond already", 3, "1"),
        ("1CC", "follows no atom", 0, "1"),
        ("CC(C", "'(' at character 2 is not closed", 2, "("),
        ("CC)C", "')' at character 2 closes no '('", 2, ")"),
        ("C()C", "is empty", 1, "()"),
        ("(C)C", "no atom before it", 0, "("),
        ("C[NH3+", "bracket '[' at character 1 is not closed", 1, "["),
        ("C[NH[C]", "bracket '[' at character 1 is not closed", 1, "["),
        ("C]C", "']' at character 1 closes no '['", 1, "]"),
        ("C[Xx]C", "names no element: 'Xx' is none", 1, "[Xx]"),
        ("C[]C", "is empty", 1, "[]"),
        ("C[13]C", "names no element", 1, "[13]"),
        ("C[CH3?]", "has '?'", 1, "[CH3?]"),
        ("CXC", "'X' at character 1 is not part of SMILES", 1, "X"),
        ("CNaC", "Na at character 1 needs brackets: [Na]", 1, "Na"),
        ("C C", "white space at character 1", 1, " "),
        ("C==C", "followed by another bond", 1, "="),
        ("C=", "followed by the end", 1, "="),
        ("=C", "no atom before it", 0, "="),
        ("C=(C)", "followed by a branch", 1, "="),
        ("C..C", "no atom before it", 2, "."),
        ("C%1", "needs two digits", 1, "%"),
        ("é", "not part of SMILES", 0, "é"),
    ],
)
def test_grammar_problems_are_placed(smiles, reason, position, fragment):
    verdict = validate(smiles)
    assert not verdict
    assert reason in verdict.reason
    assert (verdict.position, verdict.fragment) == (position, fragment)


@pytest.mark.parametrize(
    ("smiles", "reason", "position", "atom", "fragment"),
    [
        ("CC(C)(C)(C)C", "5 bonds where at most 4 are possible, 1 too many", 1, 1, "C"),
        ("CCO(C)(C)C", "4 bonds where at most 2 are possible, 2 too many", 2, 2, "O"),
        ("  CF(C)", "2 bonds where at most 1", 3, 1, "F"),
        ("C[N+](C)(C)(C)C", "5 bonds where at most 4", 1, 1, "[N+]"),
        ("c1cccc1", "cannot be kekulized", 0, 0, "c1cccc"),
        ("Cc1cccn1", "may lack its hydrogen, [nH]", 1, 1, "c1cccn"),
        ("Ccc", "aromatic outside a ring", 1, 1, "c"),
    ],
)
def test_chemical_faults_are_placed(smiles, reason, position, atom, fragment):
    verdict = validate(smiles)
    assert not verdict
    assert reason in verdict.reason
    assert (verdict.position, verdict.atom, verdict.fragment) == (position, atom, fragment)


def test_an_absurd_length_is_a_reason():
    assert validate("C" * 100_000).reason == "it has 100,000 characters, more than 5,000"


@given(st.text(alphabet="CNOSclnos()[]=#123%+-@H.\\/FBr* ", max_size=25))
@example("C%(1")
@example("[")
@example("C(.C)")
def test_any_text_gets_a_verdict(text):
    verdict = validate(text)
    assert verdict.valid == (parse(text) is not None)
    assert bool(verdict.reason) != verdict.valid
    if verdict.position is not None and verdict.fragment:
        assert text[verdict.position :].startswith(verdict.fragment)


def test_shares():
    sample = ["CCO", "OCC", "C1CC", "c1ccccc1", "CCN"]
    assert validity(sample) == pytest.approx(4 / 5)
    assert uniqueness(sample) == pytest.approx(3 / 4)
    assert novelty(sample, ["C(C)O", "CCCC", "C1CC"]) == pytest.approx(2 / 3)


def test_shares_of_nothing_are_nan():
    for sample in ([], ["C1CC", ""]):
        assert math.isnan(uniqueness(sample))
        assert math.isnan(novelty(sample, ["CCO"]))
    assert math.isnan(validity([]))
    assert validity(["C1CC"]) == pytest.approx(0.0)
    assert novelty(["CCO"], []) == pytest.approx(1.0)


def test_canonical_form_decides_novelty():
    kekule = "C1=CC=CC=C1"
    assert canonicalize(kekule) == "c1ccccc1"
    assert novelty([kekule], ["c1ccccc1"]) == pytest.approx(0.0)
