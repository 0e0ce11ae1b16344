import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molvae.errors import TokenizationError
from molvae.tokenizers import AtomTokenizer, Vocabulary

SPLIT = AtomTokenizer().split

LEGAL = [*"BCNOPSFIbcnops0123456789()=#$:/\\~.*<>-", "Cl", "Br", "[nH]", "[C@@H]", "%10", "%(123)"]
STRANGE = ["[", "]", "%", "l", "r", "x", " ", "\n", "[]", "%1", "%(", "é", "\x00", "@"]
PIECES = st.sampled_from([*LEGAL, *STRANGE])


@pytest.mark.parametrize(
    ("smiles", "tokens"),
    [
        ("C", ["C"]),
        ("ClCBr", ["Cl", "C", "Br"]),
        ("CCl", ["C", "Cl"]),
        ("BrB", ["Br", "B"]),
        ("c1cc[nH]c1", ["c", "1", "c", "c", "[nH]", "c", "1"]),
        ("[Cl-].[Br-]", ["[Cl-]", ".", "[Br-]"]),
        ("C%12CC%12", ["C", "%12", "C", "C", "%12"]),
        ("C%(123)CC%(123)", ["C", "%(123)", "C", "C", "%(123)"]),
        ("C%123", ["C", "%12", "3"]),
        ("F/C=C\\F", ["F", "/", "C", "=", "C", "\\", "F"]),
        ("[C@@H](N)*", ["[C@@H]", "(", "N", ")", "*"]),
        ("N->[Cu]", ["N", "-", ">", "[Cu]"]),
        ("C#N.C$C~C:C", [*"C#N.C$C~C:C"]),
    ],
)
def test_split(smiles, tokens):
    assert SPLIT(smiles) == tokens


@pytest.mark.parametrize(
    ("smiles", "place"),
    [
        ("", "empty"),
        ("CXC", "'X' at position 1"),
        ("CCl l", "' ' at position 3"),
        ("lC", "'l' at position 0"),
        ("C[nH", r"'\[' at position 1 opens a bracket that is never closed"),
        ("C[]", r"'\[' at position 1 opens an empty bracket"),
        ("C[N[H]]", r"'\[' at position 1 opens a bracket that cannot hold '\[' at position 3"),
        ("C[N H]", r"cannot hold ' ' at position 3"),
        ("CC]", r"'\]' at position 2 closes"),
        ("CC%1", "'%' at position 2 is not followed by a ring number"),
        ("C\nC", r"'\\n' at position 1"),
        ("Cé", "'é' at position 1"),
        ("C٣", "position 1"),
    ],
)
def test_an_error_names_the_place(smiles, place):
    with pytest.raises(TokenizationError, match=place):
        SPLIT(smiles)


def test_split_loses_nothing_of_real_molecules(molecules):
    assert ["".join(SPLIT(smiles)) for smiles in molecules] == molecules


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20))
def test_split_loses_nothing_or_raises(smiles):
    try:
        tokens = SPLIT(smiles)
    except TokenizationError:
        return
    assert "".join(tokens) == smiles
    assert all(tokens)


@settings(deadline=None)
@given(st.lists(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=6), max_size=12))
def test_a_batch_is_split_like_its_rows(rows):
    tokenized = AtomTokenizer().tokenize_batch(rows)
    problems = {problem.index: problem.reason for problem in tokenized.problems}
    assert len(tokenized) == len(rows)
    for index, smiles in enumerate(rows):
        try:
            tokens = SPLIT(smiles)
        except TokenizationError as error:
            assert problems[index] == str(error)
            tokens = []
        else:
            assert index not in problems
        assert tokenized.row(index) == tokens


def test_a_batch_over_several_chunks_is_split_like_its_rows(molecules):
    rows = random.Random(0).choices([*molecules, "C[", "Xx"], k=40_000)
    tokenized = AtomTokenizer().tokenize_batch(rows)
    assert {rows[problem.index] for problem in tokenized.problems} == {"C[", "Xx"}
    assert len(tokenized.problems) == rows.count("C[") + rows.count("Xx")
    vocabulary = Vocabulary.from_tokens(tokenized.tokens)
    decoded = AtomTokenizer(vocabulary).decode_batch(tokenized.encode(vocabulary))
    assert decoded == ["" if row in ("C[", "Xx") else row for row in rows]


def test_a_very_long_molecule_is_split():
    smiles = "C" * 100_000
    assert AtomTokenizer().tokenize_batch([smiles]).lengths.tolist() == [100_000]


def test_more_bracket_atoms_than_a_byte_can_number():
    rows = [f"[{mass}C]" for mass in range(1, 1001)]
    tokenized = AtomTokenizer().tokenize_batch(rows)
    assert [tokenized.row(i) for i in range(1000)] == [[row] for row in rows]
    tokenizer = AtomTokenizer(Vocabulary.from_tokens(tokenized.tokens))
    encoded = tokenizer.encode_batch(rows)
    assert encoded.ids.dtype == "uint16"
    assert tokenizer.decode_batch(encoded) == rows
