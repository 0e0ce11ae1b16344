import json
import pickle

import pytest

from molvae.errors import OutputError, TokenizationError
from molvae.tokenizers import BOS, EOS, MASK, PAD, SPECIAL_TOKENS, Vocabulary


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary.from_tokens(["c", "C", "[nH]", "C", "Cl"])


def test_special_tokens_have_the_first_ids(vocabulary):
    assert (PAD, BOS, EOS, MASK) == (0, 1, 2, 3)
    assert vocabulary.tokens[:4] == SPECIAL_TOKENS
    assert [vocabulary[token] for token in SPECIAL_TOKENS] == [PAD, BOS, EOS, MASK]


def test_tokens_are_sorted_and_distinct(vocabulary):
    assert vocabulary.tokens[4:] == ("C", "Cl", "[nH]", "c")
    assert len(vocabulary) == 8
    assert list(vocabulary) == list(vocabulary.tokens)


def test_special_tokens_given_as_tokens_change_nothing(vocabulary):
    assert Vocabulary.from_tokens([*vocabulary.tokens]) == vocabulary


def test_tokens_and_ids_are_inverse(vocabulary):
    assert [vocabulary.token(vocabulary[token]) for token in vocabulary] == [*vocabulary]
    assert vocabulary.lookup(["Cl", "Xx"]).tolist() == [5, -1]
    assert vocabulary.get("Xx") is None
    assert "Cl" in vocabulary
    assert "Xx" not in vocabulary


def test_an_unknown_token_is_named_with_its_neighbor(vocabulary):
    with pytest.raises(TokenizationError, match=r"'\[nH2\]' is not in the vocabulary.*'\[nH\]'"):
        vocabulary["[nH2]"]


@pytest.mark.parametrize("index", [-1, 8])
def test_an_unknown_id_is_named(vocabulary, index):
    with pytest.raises(TokenizationError, match=f"id {index}"):
        vocabulary.token(index)


def test_saving_and_loading_gives_an_equal_vocabulary(vocabulary, tmp_path):
    path = tmp_path / "vocabulary.json"
    vocabulary.save(path)
    assert Vocabulary.load(path) == vocabulary
    assert '"[nH]"' in path.read_text("utf-8")
    assert Vocabulary.from_dict(vocabulary.to_dict()) == vocabulary


def test_equal_vocabularies_hash_and_pickle_alike(vocabulary):
    twin = pickle.loads(pickle.dumps(vocabulary))
    assert twin == vocabulary
    assert hash(twin) == hash(vocabulary)
    assert vocabulary != Vocabulary.from_tokens("C")


def test_extending_keeps_old_ids(vocabulary):
    larger = vocabulary.extended(["Br", "C", "B"])
    assert larger.tokens == (*vocabulary.tokens, "B", "Br")
    assert len(vocabulary) == 8


@pytest.mark.parametrize(("size", "dtype"), [(256, "uint8"), (257, "uint16")])
def test_ids_have_the_narrowest_type(size, dtype):
    assert Vocabulary.from_tokens(f"[{i}]" for i in range(size - 4)).dtype == dtype


@pytest.mark.parametrize(
    "tokens",
    [(), ("C",), (*SPECIAL_TOKENS, "C", "C"), (*SPECIAL_TOKENS, ""), (*SPECIAL_TOKENS, "a b")],
)
def test_impossible_tokens_are_refused(tokens):
    with pytest.raises(TokenizationError):
        Vocabulary(tokens)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"format_version": 1',
        '{"format_version": 99, "tokens": []}',
        '{"format_version": 1, "tokens": "CNO"}',
        '{"format_version": 1, "tokens": ["C", 7]}',
        '{"format_version": 1, "tokens": ["C"]}',
        "[" * 100_000,
        "\xff\xfe\x00",
    ],
)
def test_a_damaged_file_is_named_in_one_line(tmp_path, text):
    path = tmp_path / "vocabulary.json"
    path.write_text(text, "latin-1")
    with pytest.raises(TokenizationError, match=r"vocabulary\.json") as caught:
        Vocabulary.load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TokenizationError, match=r"nothing\.json: no such file"):
        Vocabulary.load(tmp_path / "nothing.json")


def test_a_failed_save_leaves_the_old_file(vocabulary, tmp_path):
    path = tmp_path / "vocabulary.json"
    vocabulary.save(path)
    with pytest.raises(OutputError):
        vocabulary.save(path / "below a file.json")
    assert json.loads(path.read_text("utf-8")) == vocabulary.to_dict()
