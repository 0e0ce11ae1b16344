import json
import shutil

import numpy as np
import pytest

from molvae.config import Config
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus, is_corpus
from molvae.errors import CorpusError

MOLECULES = ["CCO", "c1ccccc1", "CC(=O)O", "CCN", "ClCCBr", "C#N", "CCCC", "C1CC1", "NCCO", "CF"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    (folder / "m.csv").write_text(
        "smiles,y,note\n" + "".join(f"{s},{i or ''},n{i}\n" for i, s in enumerate(MOLECULES))
    )
    settings = ["data.test_fraction=0", "data.valid_fraction=0.3"]
    settings += ['data.columns=["y","note"]', 'data.properties=["heavy_atoms","logp"]']
    return prepare(folder / "m.csv", folder / "corpus", Config().override(settings), workers=1)


@pytest.fixture
def copied(prepared, tmp_path):
    return shutil.copytree(prepared.path, tmp_path / "corpus")


def test_ids_are_those_of_the_tokenizer(prepared):
    assert len(prepared) == len(MOLECULES)
    for split in ("train", "valid", "test"):
        part = prepared[split]
        smiles = part.smiles()
        assert len(smiles) == len(part) == prepared.counts["splits"][split]
        for row, text in enumerate(smiles):
            assert prepared.tokenizer.decode(part.tokens(row)) == text
            assert part.tokens(row).tolist() == prepared.tokenizer.encode(text).tolist()


def test_arrays_are_narrow_and_memory_mapped(prepared):
    train = prepared["train"]
    assert isinstance(train.ids, np.memmap)
    assert isinstance(train.offsets, np.memmap)
    assert train.ids.dtype == np.uint8
    assert train.lengths.sum() == len(train.ids)
    with pytest.raises(ValueError, match="read-only"):
        train.ids[0] = 1


def test_empty_split_is_usable(prepared):
    test = prepared["test"]
    assert len(test) == len(test.ids) == len(test.lengths) == 0
    assert test.smiles() == []
    assert list(test.properties().columns) == ["y", "note", "heavy_atoms", "logp"]
    with pytest.raises(IndexError):
        test.tokens(0)


def test_properties_and_kept_columns(prepared):
    train = prepared["train"]
    table = train.properties()
    assert len(table) == len(train)
    assert table["y"].dtype.kind == "f"
    assert set(table["note"]) <= {f"n{i}" for i in range(len(MOLECULES))}
    blank = table["note"] == "n0"
    assert table["y"].isna().equals(blank)
    assert (table["heavy_atoms"] >= 2).all()


def test_some_rows(prepared):
    train = prepared["train"]
    rows = np.array([3, 0])
    assert train.smiles(rows) == [train.smiles()[3], train.smiles()[0]]
    assert train.properties(rows)["note"].tolist() == train.properties()["note"][rows].tolist()


def test_manifest_tells_all(prepared):
    assert is_corpus(prepared.path)
    assert prepared.config.data.columns == ("y", "note")
    assert prepared.source["name"] == "m.csv"
    assert prepared.counts["read"] == prepared.counts["kept"] == len(MOLECULES)
    assert len(prepared.rejected()) == 0
    again = Corpus.load(prepared.path)
    assert again.vocabulary == prepared.vocabulary
    assert again.config == prepared.config


def test_unknown_split(prepared):
    with pytest.raises(CorpusError, match="the splits are train, valid, test"):
        prepared["holdout"]


def test_not_a_corpus(tmp_path):
    assert not is_corpus(tmp_path)
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(CorpusError, match="is not a prepared corpus"):
            Corpus.load(path)


@pytest.mark.parametrize("name", ["ids.bin", "offsets.bin", "molecules.parquet"])
@pytest.mark.parametrize("damage", ["gone", "short"])
def test_damaged_files(copied, name, damage):
    path = copied / "train" / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(CorpusError, match=f"{name} is missing or"):
        Corpus.load(copied)["train"].smiles()


def test_offsets_of_another_corpus(copied):
    path = copied / "train" / "offsets.bin"
    path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(CorpusError, match="is damaged"):
        Corpus.load(copied)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("version", 99, "format version 99; .* a molvae corpus: make it again"),
        ("format", "zip", "is not a molvae corpus"),
        ("tokenizer", {}, "is damaged"),
        ("splits", [], "is damaged"),
        ("config", {"sed": 1}, "is damaged.*unknown setting"),
        ("ids_dtype", "object", "ids_dtype"),
        ("counts", None, "is damaged"),
    ],
)
def test_damaged_manifest(copied, key, value, message):
    path = copied / "corpus.json"
    manifest = json.loads(path.read_text()) | {key: value}
    path.write_text(json.dumps(manifest))
    with pytest.raises(CorpusError, match=message):
        Corpus.load(copied)


def test_manifest_that_is_no_json(copied):
    (copied / "corpus.json").write_bytes(b"\xff{")
    with pytest.raises(CorpusError, match="is not JSON"):
        Corpus.load(copied)


def test_smiles_can_be_streamed(prepared):
    assert list(prepared["train"].iter_smiles()) == prepared["train"].smiles()
