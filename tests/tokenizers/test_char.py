import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molvae.errors import TokenizationError
from molvae.tokenizers import CharTokenizer


def test_each_character_is_a_token():
    assert CharTokenizer().split("CCl[nH]") == ["C", "C", "l", "[", "n", "H", "]"]
    assert CharTokenizer().join(["C", "l"]) == "Cl"


@pytest.mark.parametrize(
    ("smiles", "place"), [("", "empty"), ("C C", "' ' at position 1"), ("CCé", "'é' at position 2")]
)
def test_an_error_names_the_place(smiles, place):
    with pytest.raises(TokenizationError, match=place):
        CharTokenizer().split(smiles)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(max_codepoint=140), max_size=8), max_size=10))
def test_a_batch_is_split_like_its_rows(rows):
    tokenized = CharTokenizer().tokenize_batch(rows)
    refused = {problem.index for problem in tokenized.problems}
    for index, smiles in enumerate(rows):
        legal = bool(smiles) and all("!" <= character <= "~" for character in smiles)
        assert (index in refused) is not legal
        assert tokenized.row(index) == (list(smiles) if legal else [])
