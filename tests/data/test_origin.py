"""The corpus a run names is found from its models too; the starter corpus comes by split."""

import json
from pathlib import Path

from molvae.config import Config
from molvae.data.origin import corpus_of_model, starter_splits
from molvae.data.prepare import prepare


def test_the_corpus_of_a_run_and_of_its_models(tmp_path: Path) -> None:
    molecules = [f"{'C' * length}O" for length in range(1, 30)]
    prepare(molecules, tmp_path / "corpus", Config())
    run = tmp_path / "run"
    (run / "best").mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"corpus": "../corpus"}))
    for folder in (run, run / "best"):
        corpus = corpus_of_model(folder)
        assert corpus is not None
        assert corpus.path == tmp_path / "corpus"
    (run / "run.json").write_text(json.dumps({"corpus": "../gone"}))
    assert corpus_of_model(run / "best") is None
    (run / "run.json").write_text("damaged")
    assert corpus_of_model(run / "best") is None
    assert corpus_of_model(tmp_path) is None


def test_the_starter_corpus_by_split() -> None:
    counts = {name: len(smiles) for name, smiles in starter_splits().items()}
    assert counts == {"train": 200_000, "valid": 20_000, "test": 20_000}
