"""What holds for every kind of tokenizer."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molvae.errors import TokenizationError
from molvae.tokenizers import BOS, EOS, MASK, PAD, build_tokenizer, fit, tokenizer_kinds


@pytest.fixture(params=tokenizer_kinds())
def kind(request) -> str:
    return request.param


@pytest.fixture
def tokenizer(kind, molecules):
    return fit(molecules, kind)


def test_ids_have_no_special_tokens_and_the_narrow_type(tokenizer, molecules):
    for smiles in molecules:
        ids = tokenizer.encode(smiles)
        assert ids.dtype == tokenizer.vocabulary.dtype == np.uint8
        assert ids.min() >= 4
        assert [tokenizer.vocabulary.token(i) for i in ids.tolist()] == tokenizer.split(smiles)


def test_a_batch_is_encoded_like_its_rows(tokenizer, molecules):
    encoded = tokenizer.encode_batch(molecules)
    assert len(encoded) == len(molecules)
    assert encoded.problems == ()
    assert encoded.offsets.dtype == np.int64
    for row, smiles in zip(encoded, molecules, strict=True):
        np.testing.assert_array_equal(row, tokenizer.encode(smiles))
    np.testing.assert_array_equal(encoded[-1], tokenizer.encode(molecules[-1]))


def test_decoding_is_joining(tokenizer, molecules):
    expected = [tokenizer.join(tokenizer.split(smiles)) for smiles in molecules]
    encoded = tokenizer.encode_batch(molecules)
    assert [tokenizer.decode(tokenizer.encode(smiles)) for smiles in molecules] == expected
    assert tokenizer.decode_batch(encoded) == expected
    assert tokenizer.decode_batch(encoded.rows(2, 5)) == expected[2:5]


def test_smiles_kinds_give_the_input_back(kind, tokenizer, molecules):
    if kind != "selfies":
        assert tokenizer.decode_batch(tokenizer.encode_batch(molecules)) == molecules


def test_padded_rows_end_at_the_end_token(tokenizer):
    carbon, oxygen = tokenizer.encode("C")[0], tokenizer.encode("O")[0]
    rows = np.array(
        [
            [BOS, carbon, oxygen, EOS, PAD, PAD],
            [carbon, oxygen, EOS, oxygen, oxygen, EOS],
            [carbon, PAD, MASK, oxygen, PAD, PAD],
            [EOS, carbon, oxygen, carbon, oxygen, carbon],
            [BOS, carbon, carbon, carbon, carbon, oxygen],
        ]
    )
    expected = ["CO", "CO", "CO", "", "CCCCO"]
    assert tokenizer.decode_batch(rows) == expected
    assert tokenizer.decode_batch(rows.astype(np.uint8)) == expected
    assert [tokenizer.decode(row) for row in rows] == expected


def test_special_tokens_inside_an_encoded_batch_are_handled(tokenizer):
    encoded = tokenizer.encode_batch(["CO", "CCO"])
    ids = encoded.ids.copy()
    ids[3] = EOS
    damaged = type(encoded)(ids, encoded.offsets)
    assert tokenizer.decode_batch(damaged) == ["CO", "C"]


@pytest.mark.parametrize("ids", [[[4, -1]], [[4, 255]]])
def test_ids_outside_the_vocabulary_are_refused(tokenizer, ids):
    with pytest.raises(TokenizationError, match="no token has id"):
        tokenizer.decode_batch(np.array(ids))


def test_ids_of_another_shape_are_refused(tokenizer):
    with pytest.raises(TokenizationError, match=r"shape \(3,\)"):
        tokenizer.decode_batch(np.array([4, 5, 6]))


def test_empty_batches(tokenizer):
    encoded = tokenizer.encode_batch([])
    assert len(encoded) == 0
    assert encoded.ids.dtype == np.uint8
    assert tokenizer.decode_batch(encoded) == []
    assert tokenizer.decode_batch(np.zeros((0, 7), dtype=np.int64)) == []
    assert tokenizer.decode_batch(np.zeros((2, 0), dtype=np.int64)) == ["", ""]


def test_a_batch_without_one_good_row(tokenizer):
    encoded = tokenizer.encode_batch(["", "C C", "\n"])
    assert encoded.lengths.tolist() == [0, 0, 0]
    assert [problem.index for problem in encoded.problems] == [0, 1, 2]


def test_a_token_outside_the_vocabulary_is_a_problem(kind):
    tokenizer = fit(["CCO", "CN"], kind)
    encoded = tokenizer.encode_batch(["CN", "CS", "C C", "CCI", "OC"])
    problems = {problem.index: problem.reason for problem in encoded.problems}
    token = "[{}]" if kind == "selfies" else "{}"
    assert sorted(problems) == [1, 2, 3]
    assert problems[1] == f"token {token.format('S')!r} is not in the vocabulary"
    assert problems[3] == f"token {token.format('I')!r} is not in the vocabulary"
    assert encoded.lengths.tolist() == [2, 0, 0, 0, 2]
    assert tokenizer.decode_batch(encoded) == ["CN", "", "", "", "OC"]
    with pytest.raises(TokenizationError, match="not in the vocabulary"):
        tokenizer.encode("CS")


def test_a_tokenizer_without_a_vocabulary_only_splits(kind):
    tokenizer = build_tokenizer(kind)
    assert tokenizer.join(tokenizer.split("CCO")) == "CCO"
    with pytest.raises(TokenizationError, match="no vocabulary"):
        tokenizer.encode("CCO")


def test_reasons_are_one_line(kind):
    rows = ["", "C C", "C\nC", "C(", "C1CC", "[Xx]", "C[", "%", "é", "c1cccc1", "Cl(=O)(=O)O"]
    for problem in build_tokenizer(kind).tokenize_batch(rows).problems:
        assert problem.reason
        assert "\n" not in problem.reason


@settings(deadline=None)
@given(st.data())
def test_random_ids_never_crash_a_decoder(data):
    kind = data.draw(st.sampled_from(tokenizer_kinds()))
    tokenizer = fit(["CC(=O)Oc1ccc(Cl)cc1[N+](=O)[O-]", "C[Si](C)C#N"], kind)
    ids = st.integers(0, len(tokenizer.vocabulary) - 1)
    rows = data.draw(st.lists(st.lists(ids, min_size=9, max_size=9), max_size=5))
    decoded = tokenizer.decode_batch(np.array(rows, dtype=np.int64).reshape(-1, 9))
    assert decoded == [tokenizer.decode(row) for row in rows]


def test_any_number_of_workers_gives_the_same(kind, molecules):
    rows = [*molecules, "C(", "é"] * 40
    alone = build_tokenizer(kind).tokenize_batch(rows, workers=1)
    together = build_tokenizer(kind).tokenize_batch(rows, workers=2)
    assert together.tokens == alone.tokens
    assert together.problems == alone.problems
    np.testing.assert_array_equal(together.ids, alone.ids)
    np.testing.assert_array_equal(together.offsets, alone.offsets)
    tokenizer = fit(molecules, kind)
    encoded = tokenizer.encode_batch(rows, workers=2)
    assert tokenizer.decode_batch(encoded, workers=2) == tokenizer.decode_batch(encoded, workers=1)


def test_importing_does_not_import_torch_or_rdkit():
    program = "import sys, molvae.tokenizers; print({'torch', 'rdkit'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
