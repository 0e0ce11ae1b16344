import numpy as np
import pytest

from molvae.tokenizers import AtomTokenizer, Problem, Vocabulary, merge


@pytest.fixture
def tokenized():
    return AtomTokenizer().tokenize_batch(["CCl", "X", "c1cc1", "[nH]"])


def test_the_table_holds_each_token_once_sorted(tokenized):
    assert tokenized.tokens == ("1", "C", "Cl", "[nH]", "c")
    assert tokenized.counts() == {"1": 2, "C": 1, "Cl": 1, "[nH]": 1, "c": 3}
    assert tokenized.lengths.tolist() == [2, 0, 5, 1]
    assert tokenized.row(2) == ["c", "1", "c", "c", "1"]


def test_merging_equals_tokenizing_at_once(tokenized):
    other = AtomTokenizer().tokenize_batch(["Br", "Y"])
    merged = merge([tokenized, other])
    at_once = AtomTokenizer().tokenize_batch(["CCl", "X", "c1cc1", "[nH]", "Br", "Y"])
    assert merged.tokens == at_once.tokens
    assert merged.problems == at_once.problems
    np.testing.assert_array_equal(merged.ids, at_once.ids)
    np.testing.assert_array_equal(merged.offsets, at_once.offsets)


def test_merging_nothing_gives_no_rows():
    assert len(merge([])) == 0


def test_rows_with_unknown_tokens_become_problems_among_the_others(tokenized):
    encoded = tokenized.encode(Vocabulary.from_tokens(["C", "Cl", "[nH]"]))
    assert encoded.lengths.tolist() == [2, 0, 0, 1]
    assert encoded.problems == (
        Problem(1, "cannot tokenize the SMILES: character 'X' at position 0"),
        Problem(2, "token 'c' is not in the vocabulary"),
    )
    assert encoded[3].tolist() == [6]
