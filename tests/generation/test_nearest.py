"""Neighbors against brute force, whatever the blocks, kept or not."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molvae.checkpoint import load_model
from molvae.data.shards import Corpus
from molvae.errors import GenerationError, InputError, MoleculeError
from molvae.generation import Generator, known_rows, nearest
from molvae.generation.nearest import find_nearest, molecules_among

QUERIES = ["CCOCN", "CNCCNO", "CCCCCC"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def known(model_path: Path) -> list[str]:
    return Corpus.load(model_path.parent.parent / "corpus")["train"].smiles()


def tanimoto(first: str, second: str) -> float:
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    bits = [make.GetFingerprint(Chem.MolFromSmiles(one)) for one in (first, second)]
    return float(DataStructs.TanimotoSimilarity(*bits))


def test_by_latent_equals_brute_force(generator: Generator, known: list[str]) -> None:
    table = find_nearest(generator.saved, QUERIES, 4)
    assert list(table.columns) == [
        "row", "query", "rank", "neighbor", "distance", "similarity", "reason",
    ]  # fmt: skip
    own, others = generator.encode(QUERIES), generator.encode(known)
    distances = np.linalg.norm(own[:, None] - others[None], axis=2)
    for row, query in enumerate(QUERIES):
        part = table[table["row"] == row]
        assert part["rank"].tolist() == [1, 2, 3, 4]
        assert (part["query"] == query).all()
        assert part["distance"].to_numpy() == pytest.approx(np.sort(distances[row])[:4], abs=1e-3)
        for neighbor, distance, similarity in part[["neighbor", "distance", "similarity"]].values:
            assert distances[row, known.index(neighbor)] == pytest.approx(distance, abs=1e-3)
            assert similarity == pytest.approx(tanimoto(query, neighbor))


def test_by_fingerprint_equals_rdkit(generator: Generator, known: list[str]) -> None:
    table = find_nearest(generator.saved, QUERIES, 3, by="fingerprint")
    for row, query in enumerate(QUERIES):
        part = table[table["row"] == row]
        similarities = np.array([tanimoto(query, one) for one in known])
        order = np.argsort(-similarities, kind="stable")[:3]
        assert part["neighbor"].tolist() == [known[place] for place in order]
        assert part["similarity"].to_numpy() == pytest.approx(similarities[order])
        own = generator.encode([query])[0] - generator.encode(part["neighbor"].tolist())
        assert part["distance"].to_numpy() == pytest.approx(np.linalg.norm(own, axis=1), abs=1e-3)


def test_a_training_molecule_finds_itself(generator: Generator, known: list[str]) -> None:
    for by in ("latent", "fingerprint"):
        table = find_nearest(generator.saved, known[:5], 1, by=by)
        assert table["similarity"].tolist() == pytest.approx([1.0] * 5)
        if by == "latent":
            assert table["neighbor"].tolist() == known[:5]
            assert table["distance"].to_numpy() == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("by", ["latent", "fingerprint"])
def test_blocks_and_keeping_change_nothing(
    generator: Generator, by: str, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    plain = find_nearest(generator.saved, QUERIES, 4, by=by)
    monkeypatch.setattr(known_rows, "_BLOCK", 37)
    monkeypatch.setattr(known_rows, "ordered_map", map)  # no processes for so little
    monkeypatch.setattr(known_rows, "WORTH_KEEPING", 10)
    monkeypatch.setattr(nearest, "_QUERIES", 2)
    for _ in range(2):
        again = find_nearest(generator.saved, QUERIES, 4, by=by)
        pd.testing.assert_frame_equal(again, plain, atol=1e-4)
        assert len(list(cache.rglob("*.npy"))) == 1


def test_among_a_file_or_a_list(generator: Generator, tmp_path: Path) -> None:
    (tmp_path / "library.smi").write_text("CCO\nnone\nc1ccccc1\nOCC\nCCCN\n")
    saved = generator.saved
    by_latent = find_nearest(saved, ["CCO"], 9, among=tmp_path / "library.smi")
    assert by_latent["neighbor"].tolist()[:2] == ["CCO", "OCC"]  # of equals the earlier first
    assert len(by_latent) == 3  # the model has no tokens for the ring
    by_bits = find_nearest(
        saved, ["c1ccccc1O"], 9, by="fingerprint", among=["CCO", "c1ccccc1", "none"]
    )
    assert by_bits["neighbor"].tolist() == ["c1ccccc1", "CCO"]
    assert by_bits["distance"].isna().all()
    searched = molecules_among(saved, ["CCO"])
    assert find_nearest(saved, ["CCN"], among=searched)["neighbor"].tolist() == ["CCO"]


def test_queries_that_cannot_be_compared_say_why(generator: Generator) -> None:
    table = find_nearest(generator.saved, ["CCBr", "CCO", "C1CC"], 2)
    assert table["row"].tolist() == [0, 1, 1, 2]
    assert table["neighbor"].isna().tolist() == [True, False, False, True]
    assert "'Br' is not in the vocabulary" in table["reason"][0]
    assert "ring" in table["reason"][3]
    by_bits = find_nearest(generator.saved, ["CCBr", "C1CC"], 2, by="fingerprint")
    assert by_bits["neighbor"].isna().tolist() == [False, False, True]
    nothing = find_nearest(generator.saved, ["CCBr"], 2)
    assert len(nothing) == 1
    assert len(find_nearest(generator.saved, [], 2)) == 0


def test_wrong_questions(generator: Generator, tmp_path: Path) -> None:
    saved = generator.saved
    with pytest.raises(MoleculeError, match="not one string"):
        find_nearest(saved, "CCO")
    with pytest.raises(GenerationError, match="n = 0: must be 1 or more"):
        find_nearest(saved, ["CCO"], 0)
    with pytest.raises(GenerationError, match="must be 'latent' or 'fingerprint'"):
        find_nearest(saved, ["CCO"], by="latents")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="missing"):
        find_nearest(saved, ["CCO"], among=tmp_path / "missing.smi")


def test_a_model_without_its_corpus_asks_where_to_look(model_path: Path, tmp_path: Path) -> None:
    saved = load_model(shutil.copytree(model_path, tmp_path / "away"))
    with pytest.raises(GenerationError, match="--among FILE"):
        find_nearest(replace(saved, training_keys=None), ["CCO"])
