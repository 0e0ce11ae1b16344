"""References by name and of files: what ships, what is computed, and what is kept."""

from dataclasses import replace

import numpy as np
import pytest

from molvae.data.datasets import starter_path
from molvae.data.readers import read_records
from molvae.errors import ConfigError, InputError
from molvae.evaluation import references
from molvae.evaluation.reference_files import read_facts, save_reference
from molvae.evaluation.reference_sets import Reference, statistics_of, training_of
from molvae.evaluation.references import (
    REFERENCES,
    cache_folder,
    load_reference,
    rebuild_reference,
    shipped_folder,
    with_training,
)

MOLECULES = ["OCC", "c1ccc2ccccc2c1", "CC(=O)Oc1ccccc1C(=O)O", "CCN(CC)CC", "COc1ccc2[nH]ccc2c1"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,SMILES,other\n" + "".join(f"1,{smiles},C\n" for smiles in MOLECULES))
    return path


def load(source, **options):
    return load_reference(source, workers=1, device="cpu", **options)


def test_a_file_is_its_own_training_set(mine):
    found = load(mine)
    assert (found.name, found.rdkit) == (str(mine), references.rdkit_version())
    assert found.test.smiles == statistics_of(MOLECULES, "", workers=1).smiles
    assert (found.scaffold_test, found.shipped) == (None, None)
    assert found.training.known(["OCC", "CCO", "CCS"]).tolist() == [True, True, False]
    assert found.training.known_flat(["CCO"]).all()
    assert found.training.baseline.count == len(MOLECULES)


def test_a_training_set_and_a_column_can_be_named(mine, tmp_path):
    (tmp_path / "train.csv").write_text("id,SMILES,other\n1,CCC,N\n2,CCCC,N\n")
    found = load(mine, training=tmp_path / "train.csv")
    assert set(found.training.smiles) == {"CCC", "CCCC"}
    assert load(mine, column="other").test.smiles == ["C"] * len(MOLECULES)


def test_a_training_set_can_be_put_into_a_loaded_reference(mine, tmp_path, monkeypatch):
    (tmp_path / "train.csv").write_text("id,SMILES,other\n1,CCC,N\n2,CCCC,NN\n")
    options = {"workers": 1, "device": "cpu"}
    loaded = load(mine)
    found = with_training(loaded, tmp_path / "train.csv", **options)
    assert set(found.training.smiles) == {"CCC", "CCCC"}
    assert found.training.baseline.count == 2
    assert found.test is loaded.test
    assert set(loaded.training.smiles) > set(MOLECULES), "the given one is left as it was"
    other = with_training(loaded, tmp_path / "train.csv", column="other", baseline=False, **options)
    assert (set(other.training.smiles), other.training.baseline) == ({"N", "NN"}, None)
    forbid(monkeypatch, "training_of", "with_baseline")
    assert load(mine, training=tmp_path / "train.csv").training.name == found.training.name


def test_what_was_computed_is_kept(mine, tmp_path, monkeypatch):
    first = load(mine)
    other_name = tmp_path / "renamed.smi"
    other_name.write_text("\n".join(MOLECULES))
    forbid(monkeypatch, "statistics_of", "training_of", "with_baseline")
    again = load(other_name)
    assert again.name == again.test.name == again.training.name == str(other_name)
    np.testing.assert_array_equal(again.test.fingerprints, first.test.fingerprints)
    assert again.test.fragments == first.test.fragments
    other_name.write_text("\n".join(MOLECULES[1:]))
    with pytest.raises(AssertionError, match="statistics_of"):
        load(other_name)


def test_it_is_kept_by_version_of_rdkit(mine, monkeypatch):
    load(mine)
    monkeypatch.setattr(references, "rdkit_version", lambda: "1999.1")
    forbid(monkeypatch, "statistics_of")
    with pytest.raises(AssertionError, match="statistics_of"):
        load(mine)


def test_the_baseline_is_computed_when_it_is_wanted(mine, monkeypatch):
    assert load(mine, baseline=False).training.baseline is None
    assert load(mine).training.baseline is not None
    forbid(monkeypatch, "with_baseline")
    assert load(mine).training.baseline is not None


def test_a_damaged_cache_is_made_anew(mine, cache):
    expected = load(mine).test.fragments
    for path in cache.rglob("*.xz"):
        path.write_bytes(b"damaged")
    assert load(mine).test.fragments == expected
    assert all(path.read_bytes() != b"damaged" for path in cache.rglob("*.xz"))


def test_a_cache_that_cannot_be_written_is_no_error(mine, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "file"))
    assert load(mine).test.count == len(MOLECULES)


def test_one_molecule(tmp_path):
    (tmp_path / "one.smi").write_text("CCO\n")
    found = load(tmp_path / "one.smi")
    assert found.test.gaussian.count == 1
    assert found.training.baseline is None
    assert np.isnan(load(tmp_path / "one.smi").test.gaussian.mean).all()


@pytest.mark.parametrize(
    ("content", "message"), [(None, "there is no file"), ("", "is empty"), ("no\nnone\n", "valid")]
)
def test_no_reference(tmp_path, content, message):
    if content is not None:
        (tmp_path / "x.smi").write_text(content)
    with pytest.raises(InputError, match=message):
        load(tmp_path / "x.smi")


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("MOLVAE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "molvae"


def test_starter_ships():
    found = load("starter")
    splits = {"train": set(), "test": set()}
    for record in read_records(starter_path(), keep=["split"]):
        splits.setdefault(record.columns["split"], set()).add(record.smiles)
    assert set(found.test.smiles) == splits["test"]
    assert set(found.training.smiles) == splits["train"]
    assert found.training.baseline.size == 10_000
    assert found.test.fingerprints.shape == (20_000, 128)
    assert {len(values) for values in found.test.properties.values()} == {20_000}
    some = sorted(splits["test"])[:300]
    rows = [found.test.smiles.index(smiles) for smiles in some]
    fresh = statistics_of(some, "some", as_given=True, workers=1)
    np.testing.assert_array_equal(found.test.fingerprints[rows], fresh.fingerprints)
    for name, values in fresh.properties.items():
        near = np.searchsorted(found.test.properties[name], values - 1e-8)
        np.testing.assert_allclose(found.test.properties[name][near], values, rtol=0, atol=1e-8)
    assert all(found.test.fragments[name] >= n for name, n in fresh.fragments.items())
    assert all(found.test.scaffolds[name] >= n for name, n in fresh.scaffolds.items())


def test_moses_ships():
    facts = read_facts(shipped_folder("moses"))
    counts = {part: facts[part]["molecules"] for part in ("test", "scaffold_test", "training")}
    assert counts == {"test": 176_074, "scaffold_test": 176_225, "training": 1_584_663}


def test_what_ships_is_small():
    folders = [shipped_folder(name) for name in REFERENCES]
    assert sum(path.stat().st_size for folder in folders for path in folder.iterdir()) < 19e6


def test_a_named_reference_against_another_training_set(tmp_path, small):
    (tmp_path / "train.smi").write_text("CCC\nCCCC\n")
    found = load("starter", training=tmp_path / "train.smi")
    assert set(found.training.smiles) == {"CCC", "CCCC"}
    assert found.test.name == "small test"


def test_another_rdkit_is_told_and_can_be_rebuilt(small, cache, monkeypatch):
    assert (load("starter").source, load("starter").shipped) == ("a small one", "starter")
    monkeypatch.setattr(references, "rdkit_version", lambda: "1999.1")
    found = load("starter")
    assert (found.rdkit, found.shipped) == (small.rdkit, "starter")
    assert f"made with RDKit {small.rdkit}, while 1999.1 is installed" in found.source
    assert "molvae data reference starter --rebuild" in found.source
    rebuild_reference("starter", workers=1, device="cpu")
    forbid(monkeypatch, "statistics_of", "training_of")
    again = load("starter")
    assert (again.rdkit, again.source, again.shipped) == ("1999.1", "a small one", "starter")
    assert again.test.smiles == small.test.smiles
    assert again.test.fragments == small.test.fragments
    np.testing.assert_array_equal(again.test.fingerprints, small.test.fingerprints)
    np.testing.assert_allclose(again.test.gaussian.mean, small.test.gaussian.mean, atol=1e-6)
    old, new = small.training, again.training
    assert (new.count, set(new.smiles)) == (old.count, set(old.smiles))
    assert (new.baseline.count, new.baseline.size) == (old.baseline.count, old.baseline.size)
    assert new.known_rewritten(["CCO"]).all()


def test_the_shipped_one_is_taken_where_it_is_of_this_rdkit(small, monkeypatch):
    rebuild_reference("starter", workers=1, device="cpu")
    read = []
    original = references.read_reference
    monkeypatch.setattr(
        references, "read_reference", lambda path: (read.append(path), original(path))[1]
    )
    load("starter")
    assert read == [references.shipped_folder("starter")]


def test_only_what_ships_is_rebuilt():
    with pytest.raises(ConfigError, match="there are moses and starter"):
        rebuild_reference("mine.smi")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small reference in the place of the starter's."""
    reference = Reference(
        name="starter",
        rdkit=references.rdkit_version(),
        test=statistics_of(MOLECULES, "small test", as_given=True, workers=1),
        scaffold_test=None,
        training=training_of([*MOLECULES, "OCC"], "small train", workers=1),
        source="a small one",
    )
    save_reference(reference, tmp_path / "shipped" / "starter")
    monkeypatch.setattr(references, "shipped_folder", lambda name: tmp_path / "shipped" / name)
    return replace(reference)


def forbid(monkeypatch, *names):
    def refuse(name):
        def call(*arguments, **options):
            raise AssertionError(f"{name} was called")

        return call

    for name in names:
        monkeypatch.setattr(references, name, refuse(name))


def test_names_and_training_sets_that_say_nothing_are_refused(mine, tmp_path):
    with pytest.raises(InputError, match="no reference 'Moses': no such file; moses and starter"):
        load("Moses")
    (tmp_path / "broken.smi").write_text("nonsense\nx\n")
    with pytest.raises(InputError, match="no valid molecule to compare with"):
        load(mine, training=tmp_path / "broken.smi")
