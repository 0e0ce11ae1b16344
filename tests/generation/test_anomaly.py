"""A model of chains of C, N and O finds chains usual, and everything else not."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molvae.checkpoint import load_model
from molvae.config import KLConfig
from molvae.data.batches import pad_sequences
from molvae.errors import GenerationError, InputError, MoleculeError
from molvae.generation import Generator
from molvae.generation.anomalies import Anomalies
from molvae.generation.anomaly import find_anomalies
from molvae.generation.anomaly_scores import SCORES
from molvae.generation.surprise import measure_surprise
from molvae.model.objectives import Elbo


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def fresh() -> list[str]:
    """Chains of the same kind, most of them not seen in training."""
    rng = np.random.default_rng(1)
    return ["C" + "".join(rng.choice(list("CCNO"), rng.integers(2, 9))) for _ in range(300)]


FOREIGN = ["CC(C)(C)C", "c1ccccc1", "C1CC1CO", "C[C@H](N)O", "CCBr", "CC#N", "C" * 60]


def test_chains_are_usual_and_others_are_not(generator: Generator, fresh: list[str]) -> None:
    found = find_anomalies(generator.saved, [*fresh, *FOREIGN, "C1CC", ""])
    verdicts = found.table["verdict"]
    assert (verdicts[:300] == "unusual").mean() < 0.04
    assert (verdicts[300:-2] == "unusual").all()
    assert (verdicts[-2:] == "unreadable").all()
    summary = found.summary
    assert (summary.read, summary.unreadable, summary.not_writable) == (309, 2, len(FOREIGN))
    assert summary.usual + summary.unusual == 307
    assert "309 molecules" in str(summary)


def test_long_chains_of_one_kind_are_written_badly(generator: Generator) -> None:
    table = find_anomalies(generator.saved, ["CCNCOCCN", "OOOOOOOOOOOOOOOO"]).table
    assert table["verdict"].tolist() == ["usual", "unusual"]
    assert np.isfinite(table["score"]).all()


def test_rows_are_explained(generator: Generator) -> None:
    table = find_anomalies(generator.saved, ["CCO", "CCBr", "C1CC", "C" * 60]).table
    assert table["reason"].isna().tolist() == [True, False, False, False]
    assert table["reason"][1] == "the model cannot write it: token 'Br' is not in the vocabulary"
    assert "ring" in table["reason"][2]
    assert "60 tokens" in table["reason"][3]
    assert np.isposinf(table["score"][[1, 3]]).all()
    assert np.isnan(table["score"][2])
    assert table["tokens"].tolist()[0] == 3
    assert table["tokens"].isna().tolist() == [False, True, True, True]
    assert (table["quantile"][[1, 3]] == 1.0).all()


@pytest.mark.parametrize("score", SCORES)
def test_threshold_and_quantile_are_those_of_the_reference(
    generator: Generator, chains: list[str], score: str
) -> None:
    reference = chains[:199]
    found = find_anomalies(
        generator.saved, reference, reference=reference, score=score, quantile=0.9
    )
    table = found.table
    assert (table["verdict"] == "unusual").sum() <= 19  # place 180 of 199
    assert table["score"].to_numpy() == pytest.approx(table[score].to_numpy())
    assert np.sort(table["score"])[179] == pytest.approx(found.threshold)
    below = [(table["score"] < value).mean() for value in table["score"]]
    assert table["quantile"].to_numpy() == pytest.approx(below)


def test_scores_do_not_depend_on_the_company(generator: Generator, fresh: list[str]) -> None:
    together = find_anomalies(generator.saved, fresh[:40]).table
    alone = find_anomalies(generator.saved, [fresh[7]]).table
    assert alone.loc[0, "score"] == pytest.approx(together.loc[7, "score"], abs=1e-4)
    assert alone.loc[0, "negative_elbo"] == pytest.approx(
        together.loc[7, "negative_elbo"], abs=1e-3
    )


def test_surprise_against_one_sequence_at_a_time(generator: Generator, chains: list[str]) -> None:
    saved = generator.saved
    encoded = saved.tokenizer.encode_batch(chains[:30], workers=1)
    found = measure_surprise(saved.model, list(encoded))
    for row, ids in enumerate(encoded):
        one = measure_surprise(saved.model, [ids])
        assert [float(part[0]) for part in one] == pytest.approx(
            [float(part[row]) for part in found], abs=1e-3
        )
    assert (found.worst_token <= found.reconstruction + 1e-9).all()
    assert (found.tokens == encoded.lengths + 1).all()


def test_negative_elbo_is_that_of_training(generator: Generator, chains: list[str]) -> None:
    """Its mean over molecules is the loss at beta = 1, up to the noise of few draws."""
    saved = generator.saved
    encoded = list(saved.tokenizer.encode_batch(chains, workers=1))
    batch = pad_sequences(encoded)
    draws = torch.Generator().manual_seed(3)
    with torch.inference_mode():
        objective = Elbo(KLConfig())
        loss = np.mean([objective(saved.model, batch, beta=1.0, generator=draws).loss.item()
                        for _ in range(8)])  # fmt: skip
    found = measure_surprise(saved.model, encoded)
    assert found.negative_elbo.mean() == pytest.approx(loss, rel=0.1)


def test_the_reference_is_kept(
    generator: Generator, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find_anomalies(generator.saved, ["CCO"])
    assert len(list(cache.rglob("*.npy"))) == 1
    calls: list[int] = []

    def counted(model, sequences, **options):
        calls.append(len(sequences))
        return measure_surprise(model, sequences, **options)

    monkeypatch.setattr("molvae.generation.anomaly.measure_surprise", counted)
    assert find_anomalies(generator.saved, ["CCO"]).threshold == pytest.approx(first.threshold)
    assert calls == [1]


def test_wrong_questions(generator: Generator, tmp_path: Path) -> None:
    saved = generator.saved
    with pytest.raises(MoleculeError, match="not one string"):
        find_anomalies(saved, "CCO")
    with pytest.raises(GenerationError, match="did you mean 'worst_token'"):
        find_anomalies(saved, ["CCO"], score="worst_tokens")  # type: ignore[arg-type]
    with pytest.raises(GenerationError, match="between 0 and 1"):
        find_anomalies(saved, ["CCO"], quantile=1.0)
    with pytest.raises(
        GenerationError, match="needs 99 reference molecules, and the 3 given has 3"
    ):
        find_anomalies(saved, ["CCO"], reference=["CCO", "CCN", "CCC"])
    with pytest.raises(GenerationError, match="no molecule that this model can read"):
        find_anomalies(saved, ["CCO"], reference=["c1ccccc1"])
    with pytest.raises(InputError, match="missing"):
        find_anomalies(saved, ["CCO"], reference=tmp_path / "missing.smi")


def test_a_model_without_its_corpus_asks_for_a_reference(
    generator: Generator, model_path: Path, chains: list[str], tmp_path: Path
) -> None:
    saved = load_model(shutil.copytree(model_path, tmp_path / "away"))
    saved = replace(saved, training_keys=None)
    with pytest.raises(GenerationError, match="--reference FILE"):
        find_anomalies(saved, ["CCO"])
    (tmp_path / "usual.smi").write_text("".join(f"{smiles}\n" for smiles in chains[:200]))
    found = find_anomalies(saved, ["CCO", "CCBr"], reference=tmp_path / "usual.smi")
    assert found.table["verdict"].tolist() == ["usual", "unusual"]
    assert found.summary.reference_molecules == 200


def test_nothing_to_score(generator: Generator) -> None:
    found = find_anomalies(generator.saved, [])
    assert len(found) == found.summary.read == 0


def test_results_are_saved(generator: Generator, tmp_path: Path) -> None:
    found: Anomalies = find_anomalies(generator.saved, ["CCO", "CCBr", "C1CC"])
    for name in ("a.csv", "a.parquet"):
        found.save(tmp_path / name)
    read = pd.read_parquet(tmp_path / "a.parquet")
    assert read["verdict"].tolist() == ["usual", "unusual", "unreadable"]
    assert pd.read_csv(tmp_path / "a.csv")["score"][1] == np.inf
    assert found.to_dict()["molecules"][2]["score"] is None
    assert "verdict" in found._repr_html_()
