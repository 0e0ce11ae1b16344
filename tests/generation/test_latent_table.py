import io
import sys

import numpy as np
import pandas as pd
import pytest

from molvae.errors import InputError, OutputError
from molvae.generation.latent_table import LatentTable, check_latent_destination, load_latents

VECTORS = np.random.default_rng(0).normal(size=(4, 12)).astype(np.float32)
TABLE = LatentTable(("C", "CC,N", "", "[nH]1cccc1"), VECTORS)


@pytest.mark.parametrize("name", ["t.npz", "t.parquet", "t.csv"])
def test_round_trip_is_exact(tmp_path, name):
    TABLE.save(tmp_path / name)
    loaded = load_latents(tmp_path / name)
    assert loaded.smiles == TABLE.smiles
    assert loaded.vectors.dtype == np.float32
    np.testing.assert_array_equal(loaded.vectors, VECTORS)


def test_standard_streams(capsys, monkeypatch):
    TABLE.save("-")
    monkeypatch.setattr(sys, "stdin", io.StringIO(capsys.readouterr().out))
    np.testing.assert_array_equal(load_latents("-").vectors, VECTORS)


def test_more_than_ten_dimensions_come_in_their_order(tmp_path):
    columns = [f"z{index}" for index in reversed(range(12))]
    pd.DataFrame(VECTORS[:, ::-1], columns=columns).to_csv(tmp_path / "t.csv", index=False)
    np.testing.assert_allclose(load_latents(tmp_path / "t.csv").vectors, VECTORS, rtol=1e-6)


def test_npz_holds_no_pickle(tmp_path):
    TABLE.save(tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz", allow_pickle=False) as arrays:
        assert sorted(arrays) == ["smiles", "z"]
    np.savez(tmp_path / "evil.npz", z=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError):
        load_latents(tmp_path / "evil.npz")


def test_vectors_without_molecules(tmp_path):
    np.savez(tmp_path / "t.npz", z=VECTORS.astype(np.float64))
    assert load_latents(tmp_path / "t.npz").smiles == ("", "", "", "")


def test_empty(tmp_path):
    LatentTable((), np.zeros((0, 3), np.float32)).save(tmp_path / "t.csv")
    assert load_latents(tmp_path / "t.csv").vectors.shape == (0, 3)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, "no such file"),
        ("t.csv", b"", "no readable latent vectors"),
        ("t.csv", b"a,b\n1,2\n", "z0, z1"),
        ("t.csv", b"smiles,z0\nC,x\n", "no readable latent vectors"),
        ("t.csv", b"smiles,z0,z1\nC,1,\n", "not finite"),
        ("t.npz", b"PK\x03\x04 and no more", "no readable latent vectors"),
        ("t.npz", b"", "no readable latent vectors"),
        ("t.npz", b"nothing", "no readable latent vectors"),
        ("t.parquet", b"PAR1PAR1", "no readable latent vectors"),
        ("t.txt", b"1 2 3", "are read from"),
    ],
)
def test_what_cannot_be_read_is_a_typed_error(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as raised:
        load_latents(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_other_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", x=VECTORS)
    np.savez(tmp_path / "b.npz", z=VECTORS[0])
    np.savez(tmp_path / "c.npz", z=VECTORS, smiles=np.array(["C"]))
    for name in ("a.npz", "b.npz", "c.npz"):
        with pytest.raises(InputError):
            load_latents(tmp_path / name)
    with pytest.raises(InputError, match="folder"):
        load_latents(tmp_path)


def test_destination_is_checked_by_ending(tmp_path):
    assert check_latent_destination("-") == ".csv"
    with pytest.raises(OutputError, match="npz"):
        check_latent_destination("t.txt")
    with pytest.raises(OutputError):
        TABLE.save(tmp_path / "t.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["t.npz", "t.parquet", "t.csv"])
def test_further_columns_come_back(tmp_path, name):
    columns = {
        "logp_predicted": np.array([0.5, 1.0, np.nan, -2.0]),
        "kind_predicted": np.array(["a", "b", "a", "b"], dtype=object),
    }
    LatentTable(TABLE.smiles, VECTORS, columns).save(tmp_path / name)
    loaded = load_latents(tmp_path / name)
    np.testing.assert_array_equal(loaded.vectors, VECTORS)
    np.testing.assert_array_equal(loaded.columns["logp_predicted"], columns["logp_predicted"])
    assert list(loaded.columns["kind_predicted"]) == ["a", "b", "a", "b"]
    assert loaded.frame().columns[:3].tolist() == ["smiles", "logp_predicted", "kind_predicted"]


def test_missing_text_is_empty_in_npz(tmp_path):
    column = np.array([None, "b", None, "b"], dtype=object)
    LatentTable(TABLE.smiles, VECTORS, {"kind": column}).save(tmp_path / "t.npz")
    assert load_latents(tmp_path / "t.npz").columns["kind"].tolist() == ["", "b", "", "b"]


def test_pickles_and_other_shapes_beside_the_vectors_are_left_alone(tmp_path):
    np.savez(tmp_path / "t.npz", z=VECTORS, extra=np.array([{"a": 1}] * 4, dtype=object),
             other=np.zeros((4, 2)))  # fmt: skip
    assert load_latents(tmp_path / "t.npz").columns == {}
