"""What is packed comes out as it went in, and damage is told."""

import json
import lzma
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molvae.errors import InputError
from molvae.evaluation.packing import (
    FrontCoded,
    pack_bits,
    pack_counts,
    pack_numbers,
    pack_strings,
    pack_symmetric,
    read_archive,
    unpack_bits,
    unpack_counts,
    unpack_numbers,
    unpack_strings,
    unpack_symmetric,
    write_archive,
)

SMILES = ["CCO", "CCN", "C", "CC(=O)O", "CCO", "c1ccccc1", "C" * 300, "C" * 300 + "O", "Ünfug", ""]


def test_front_coded_strings_come_back_sorted():
    coded = FrontCoded.of(SMILES)
    assert list(coded) == sorted(SMILES)
    assert len(coded) == len(SMILES)
    assert "CCN" in coded
    assert "CCNO" not in coded
    assert {"CCN", "N", "C"}.intersection(coded) == {"CCN", "C"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shared, rest: (shared, rest[:4]),
        lambda shared, rest: (shared[:-1], rest),
        lambda shared, rest: (shared[:0], rest),
        lambda shared, rest: (shared, rest[:0]),
        lambda shared, rest: (np.full_like(shared, 200), rest),
        lambda shared, rest: (shared, np.where(rest == rest[0], np.uint8(0xFF), rest)),
    ],
    ids=["cut", "too many", "none shared", "no rest", "shared too long", "no text"],
)
def test_strings_that_do_not_fit_are_told(spoil):
    arrays = pack_strings("x", ["CCN", "CCO", "N"])
    shared, rest = spoil(arrays["x/shared"], arrays["x/rest"])
    with pytest.raises(InputError):
        list(unpack_strings("x", {"x/shared": shared, "x/rest": rest}))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=12)))
def test_any_strings_without_line_breaks_are_front_coded(strings):
    assert list(FrontCoded.of(strings)) == sorted(text for text in strings if "\n" not in text)


def test_front_coding_is_smaller():
    generator = random.Random(0)
    strings = {"".join(generator.choices("CNO", k=20)) for _ in range(3_000)}
    coded = FrontCoded.of(strings)
    assert coded.rest.nbytes + coded.shared.nbytes < 0.8 * sum(map(len, strings))


def test_nothing_is_packed_too():
    assert list(FrontCoded.of([])) == []
    assert unpack_counts("x", pack_counts("x", {})) == {}
    assert len(unpack_numbers("x", pack_numbers("x", np.array([]), ascending=True))) == 0


def test_counts():
    counts = {"b": 3, "a": 2_000_000_000, "[1*]C": 1}
    assert unpack_counts("x", pack_counts("x", counts)) == counts


@pytest.mark.parametrize("rows", [1, 7, 8, 1000])
def test_bits_are_stored_by_column(rows):
    bits = np.random.default_rng(0).random((rows, 1024)) < 0.05
    packed = np.packbits(bits, axis=1)
    columns = pack_bits(packed)
    np.testing.assert_array_equal(columns, np.packbits(bits.T, axis=1))
    np.testing.assert_array_equal(unpack_bits(columns, rows), packed)


@pytest.mark.parametrize("ascending", [True, False])
def test_numbers_are_kept_to_the_ninth_place(ascending):
    values = np.random.default_rng(0).normal(300.0, 1e3, 5_000)
    values = np.sort(values) if ascending else values
    packed = pack_numbers("x", values, ascending=ascending)
    np.testing.assert_allclose(unpack_numbers("x", packed), values, rtol=0, atol=0.51e-9)


def test_short_decimal_numbers_are_kept_exactly_in_few_bytes():
    values = np.sort(np.random.default_rng(0).integers(-500, 5_000, 1_000) / 1000.0)
    packed = pack_numbers("x", values + 1e-14, ascending=True)
    np.testing.assert_array_equal(unpack_numbers("x", packed), values)
    assert packed["x/steps"].nbytes == 1_000


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_half_of_a_symmetric_matrix_is_kept(precision):
    matrix = np.cov(np.random.default_rng(0).normal(size=(50, 30)), rowvar=False)
    packed = pack_symmetric(matrix).astype(precision)
    again = unpack_symmetric(packed)
    assert len(packed) == 30 * 31 / 2
    np.testing.assert_allclose(again, matrix, rtol=np.finfo(precision).eps)
    np.testing.assert_array_equal(again, again.T)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "numbers.npz.xz"
    write_archive(path, {"format": 1, "name": "ü"}, {"x": np.arange(5)})
    return path


def test_archive(archive):
    facts, arrays = read_archive(archive)
    assert facts == {"format": 1, "name": "ü"}
    assert list(arrays) == ["x"]
    np.testing.assert_array_equal(arrays["x"], np.arange(5))


def test_same_content_same_bytes(archive, tmp_path):
    again = tmp_path / "again.npz.xz"
    write_archive(again, {"format": 1, "name": "ü"}, {"x": np.arange(5)})
    assert again.read_bytes() == archive.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-10],
        lambda data: b"nonsense",
        lambda data: b"",
        lambda data: lzma.compress(b"not an archive"),
        lambda data: data[:60] + bytes([data[60] ^ 255]) + data[61:],
    ],
    ids=["cut", "nonsense", "empty", "other content", "flipped"],
)
def test_damage_is_told(archive, damage):
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(InputError, match=r"numbers\.npz\.xz is damaged"):
        read_archive(archive)


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_archive(tmp_path / "none.npz.xz")


def test_pickled_objects_are_refused(tmp_path):
    path = tmp_path / "numbers.npz.xz"
    with (tmp_path / "raw.npz").open("wb") as file:
        np.savez(file, facts=np.array([json.dumps], dtype=object))
    path.write_bytes(lzma.compress((tmp_path / "raw.npz").read_bytes()))
    with pytest.raises(InputError, match="is damaged"):
        read_archive(path)
