"""A reference that is written comes back, and what is not one is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molvae.errors import InputError
from molvae.evaluation.frechet import Gaussian, frechet_distance
from molvae.evaluation.packing import read_archive, write_archive
from molvae.evaluation.reference_files import (
    FACTS,
    SUFFIX,
    read_reference,
    read_statistics,
    read_training,
    save_reference,
    write_statistics,
    write_training,
)
from molvae.evaluation.reference_sets import Reference, TrainingSet, statistics_of, training_of

MOLECULES = [
    "CCO", "c1ccc2ccccc2c1", "CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1", "O=C(O)c1ccccc1",
    "CCN(CC)CC", "Clc1ccc(-c2ccccn2)cc1", "COc1ccc2[nH]ccc2c1", "CCO", "CC(C)Cc1ccc(C)cc1",
]  # fmt: skip


@pytest.fixture(scope="module")
def reference():
    return Reference(
        name="mine",
        rdkit="2026.9.1",
        test=statistics_of(MOLECULES, "test", workers=1),
        scaffold_test=statistics_of(MOLECULES[:3], "scaffold test", workers=1),
        training=training_of(MOLECULES, "train", workers=1),
        source="somewhere",
    )


@pytest.fixture(scope="module")
def written(reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "mine"
    save_reference(reference, folder)
    return folder


@pytest.fixture
def folder(written, tmp_path):
    """A copy, to be spoiled."""
    return Path(shutil.copytree(written, tmp_path / "mine"))


def test_statistics_come_back(reference, folder):
    found = read_reference(folder)
    assert (found.name, found.rdkit, found.source) == ("mine", "2026.9.1", "somewhere")
    for before, after in (
        (reference.test, found.test),
        (reference.scaffold_test, found.scaffold_test),
    ):
        assert (after.name, after.count) == (before.name, before.count)
        assert after.smiles == before.smiles
        assert (after.fragments, after.scaffolds) == (before.fragments, before.scaffolds)
        np.testing.assert_array_equal(after.fingerprints, before.fingerprints)
        for name, values in before.properties.items():
            np.testing.assert_allclose(after.properties[name], values, rtol=0, atol=0.51e-9)
        np.testing.assert_array_equal(after.gaussian.mean, before.gaussian.mean)
        np.testing.assert_array_equal(after.gaussian.covariance, before.gaussian.covariance)
        assert after.gaussian.count == before.gaussian.count


def test_training_set_comes_back(reference, folder):
    before, after = reference.training, read_reference(folder).training
    assert (after.name, after.count) == (before.name, before.count)
    assert set(after.smiles) == set(MOLECULES)
    assert (after.rewritten, after.flat) == (before.rewritten, before.flat)
    asked = ["CCO", "N", "CN1CCCC1c1cccnc1"]
    assert after.known(asked).tolist() == [True, False, False]
    assert after.known_flat(asked).tolist() == [True, False, True]
    old, new = before.baseline, after.baseline
    assert (new.count, new.size) == (old.count, old.size)
    np.testing.assert_allclose(new.descriptors, old.descriptors, rtol=0, atol=0.51e-9)
    np.testing.assert_allclose(new.nearest, old.nearest, rtol=0, atol=0.51e-9)
    np.testing.assert_array_equal(new.gaussian.mean, old.gaussian.mean)
    assert sorted(after.sample) == sorted(before.sample)


def test_parts_may_be_absent(reference, tmp_path):
    bare = Reference("bare", "1", reference.test, None, None, "")
    save_reference(bare, tmp_path / "bare")
    found = read_reference(tmp_path / "bare")
    assert found.scaffold_test is None
    assert found.training is None
    write_training(TrainingSet("t", 1, ["C"]), tmp_path / "t.npz.xz")
    assert read_training(tmp_path / "t.npz.xz").baseline is None


def chemnet_like(count, seed):
    """A Gaussian with variances over six decades, as ChemNet's have."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(512, 512)))[0]
    rows = rng.normal(size=(max(count // 8, 2), 512)) * np.logspace(0, -3, 512) @ turn
    return Gaussian(rows.mean(axis=0), np.cov(rows, rowvar=False), count)


@pytest.mark.parametrize("count", [10_000, 2_000, 100])
def test_storing_does_not_move_the_distance(reference, tmp_path, count):
    """From 10,000 molecules on in single precision; of fewer, where that would, in double."""
    own, other = chemnet_like(count, 1), chemnet_like(count, 2)
    path = tmp_path / "x.npz.xz"
    write_statistics(replace(reference.test, gaussian=own), path)
    again = read_statistics(path).gaussian
    assert frechet_distance(again, other) == pytest.approx(frechet_distance(own, other), rel=1e-6)
    exact = bool(np.array_equal(again.covariance, own.covariance))
    assert exact == (count < 10_000)


def test_saving_replaces_what_was_there(reference, folder):
    save_reference(Reference("mine", "2", reference.test, None, None, ""), folder)
    assert {path.name for path in folder.iterdir()} == {FACTS, f"test{SUFFIX}"}


def test_another_format_is_refused(folder):
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps({**facts, "format": 99}))
    with pytest.raises(InputError, match="format 99"):
        read_reference(folder)
    inner, arrays = read_archive(folder / f"test{SUFFIX}")
    write_archive(folder / f"test{SUFFIX}", {**inner, "format": 99}, arrays)
    with pytest.raises(InputError, match="format 99"):
        read_statistics(folder / f"test{SUFFIX}")


def test_a_training_set_is_no_test_set(folder):
    with pytest.raises(InputError, match="training; this molvae reads"):
        read_statistics(folder / f"training{SUFFIX}")


@pytest.mark.parametrize("name", [FACTS, f"test{SUFFIX}", f"training{SUFFIX}"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", None], ids=["empty", "{}", "[1]", "none"])
def test_damage_is_told(folder, name, content):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read_reference(folder)


def test_lacking_arrays_are_told(folder):
    path = folder / f"test{SUFFIX}"
    facts, arrays = read_archive(path)
    del arrays["fingerprints"]
    write_archive(path, facts, arrays)
    with pytest.raises(InputError, match="fingerprints"):
        read_statistics(path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda facts, arrays: facts.update(count=len(MOLECULES) + 1), "10 SMILES instead of 11"),
        (lambda facts, arrays: facts.update(count=1), "10 SMILES instead of 1"),
        (
            lambda facts, arrays: arrays.update(fingerprints=arrays["fingerprints"][:, :1]),
            "fingerprints of shape",
        ),
        (
            lambda facts, arrays: arrays.update({"smiles/rest": arrays["smiles/rest"][:9]}),
            "strings instead of 10",
        ),
    ],
    ids=["too few", "too many", "fingerprints", "cut strings"],
)
def test_counts_must_agree(folder, spoil, message):
    path = folder / f"test{SUFFIX}"
    facts, arrays = read_archive(path)
    spoil(facts, arrays)
    write_archive(path, facts, arrays)
    with pytest.raises(InputError, match=rf"test\.npz\.xz is damaged: .*{message}"):
        read_statistics(path)
