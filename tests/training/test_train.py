"""A run from start to end: going on exactly, stopping, failing, and learning."""

import json
import math
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from molvae.checkpoint import load_model, read_card
from molvae.chem import molecule_keys
from molvae.config import Config
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import OutputError, TrainingError
from molvae.generation import Generator
from molvae.model.vae import MolVAE
from molvae.training.logs import read_log
from molvae.training.records import Silence, StepRecord
from molvae.training.state import checkpoints
from molvae.training.train import train


class StopAt(Silence):
    """Asks the process to stop at a step, as Ctrl-C or a batch system would."""

    def __init__(self, step: int, number: signal.Signals) -> None:
        self.step, self.number = step, number

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        if record.step == self.step:
            os.kill(os.getpid(), self.number)


def losses(run: Path) -> list[dict[str, Any]]:
    events = list(read_log(run))
    return [{k: v for k, v in e.items() if k != "molecules_per_second"} for e in events]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus, quick_config: Config) -> Path:
    """A run that was never interrupted."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    return train(corpus, out, quick_config, listener=Silence()).path


def test_a_run_leaves_what_it_should(whole: Path, corpus: Corpus, quick_config: Config) -> None:
    assert Config.load(whole / "config.toml") == quick_config
    assert (whole / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in checkpoints(whole)] == ["step-00000030", "step-00000040"]
    for name in ("best", "last"):
        saved = load_model(whole / name)
        assert saved.card["training"]["step"] == 40
        assert saved.tokenizer.vocabulary == corpus.vocabulary
        np.testing.assert_array_equal(saved.training_keys, molecule_keys(corpus["train"].smiles()))
    records = losses(whole)
    assert [r["step"] for r in records if r["event"] == "validation"] == [20, 40]
    assert [r["step"] for r in records if r["event"] == "step"] == [10, 20, 30, 40]
    last = records[-1]
    assert 0.0 <= last["sampled_validity"] <= 1.0
    assert last["elbo"] == pytest.approx(last["reconstruction"] + last["kl"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_resuming_is_never_having_stopped(
    whole: Path, corpus: Corpus, quick_config: Config, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(corpus, out, quick_config, listener=StopAt(10, number))
    assert checkpoints(out)[-1].name == "step-00000010"
    assert (out / "last" / "model.json").exists()
    train(corpus, out, resume=True, listener=Silence())
    assert losses(out) == losses(whole)
    ours, theirs = load_model(out / "last").model, load_model(whole / "last").model
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)


def test_another_weight_of_the_kl_makes_the_best_anew(
    whole: Path, corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    """What was measured with a lower weight is lower, not better."""
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    steps = quick_config.train.max_steps or 0
    heavy = quick_config.override(["train.kl.maximum=50.0", f"train.max_steps={steps + 20}"])
    train(corpus, out, heavy, resume=True, listener=Silence())
    assert read_card(out / "best")["training"]["step"] > steps


def test_dropout_is_resumed_exactly_too(
    corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    config = quick_config.override(
        ["model.encoder.dropout=0.3", "model.decoder.dropout=0.3", "model.decoder.layers=2",
         "model.decoder.word_dropout=0.2", "train.max_steps=20"]
    )  # fmt: skip
    before = torch.get_rng_state()
    train(corpus, tmp_path / "whole", config, listener=Silence())
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(KeyboardInterrupt):
        train(corpus, tmp_path / "run", config, listener=StopAt(10, signal.SIGINT))
    torch.rand(3)  # somebody else's random numbers do not matter
    train(corpus, tmp_path / "run", resume=True, listener=Silence())
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")


def test_a_run_without_a_checkpoint_begins_again(
    whole: Path, corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    config = quick_config.override(["train.checkpoint_every_steps=1000"])
    with pytest.raises(RuntimeError, match="power cut"):
        train(corpus, tmp_path / "run", config, listener=PowerCut(20))
    train(corpus, tmp_path / "run", resume=True, listener=Silence())
    assert losses(tmp_path / "run") == losses(whole)


def test_a_finished_run_is_not_measured_twice(
    corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    config = quick_config.override(["train.max_steps=15", "train.validation.every_steps=15"])
    run = train(corpus, tmp_path / "run", config, listener=Silence())
    facts = load_model(run.last).card["training"]
    assert facts["validation"]["step"] == 15
    assert facts["molecules_seen"] < 15 * 32  # an epoch's last batch is smaller
    again = losses(run.path)
    train(corpus, run.path, resume=True, listener=Silence())
    assert losses(run.path) == again


@pytest.mark.parametrize(
    "change", ["seed=1", "train.batch_size=16", "model.decoder.hidden_size=33"]
)
def test_what_cannot_change_in_a_resumed_run(
    whole: Path, corpus: Corpus, quick_config: Config, change: str
) -> None:
    with pytest.raises(TrainingError, match=change.partition("=")[0].split(".d")[0]):
        train(corpus, whole, quick_config.override([change]), resume=True)


def test_without_a_configuration_the_default_preset_is_used(corpus: Corpus, tmp_path: Path) -> None:
    class Refusal(Silence):
        def on_start(self, facts: dict[str, object]) -> None:
            raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today"):
        train(corpus, tmp_path / "run", listener=Refusal())
    kept = Config.load(tmp_path / "run" / "config.toml")
    assert kept.model == Config.preset().model


def test_resuming_in_the_middle_of_an_interval(
    whole: Path, corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    """A checkpoint between two records carries the sums so far."""
    config = quick_config.override(["train.checkpoint_every_steps=7"])
    out = tmp_path / "run"
    with pytest.raises(RuntimeError, match="power cut"):
        train(corpus, out, config, listener=PowerCut(30))
    assert checkpoints(out)[-1].name == "step-00000028"
    train(corpus, out, resume=True, listener=Silence())
    assert losses(out) == losses(whole)


class PowerCut(Silence):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        if record.step == self.step:
            raise RuntimeError("power cut")


def test_more_steps_can_be_asked_of_a_finished_run(
    corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    train(corpus, out, quick_config, listener=Silence())
    longer = quick_config.override(["train.max_steps=60"])
    run = train(corpus, out, longer, resume=True, listener=Silence())
    assert load_model(run.last).card["training"]["step"] == 60


def test_not_finite_stops_names_the_checkpoint_and_saves_the_batch(
    corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    config = quick_config.override(
        ["train.optimizer.learning_rate=1e30", "train.precision=float32",
         "train.optimizer.warmup_steps=0", "train.checkpoint_every_steps=1"]
    )  # fmt: skip
    with pytest.raises(TrainingError, match=r"not finite at step \d+.*checkpoint"):
        train(corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    (saved,) = (tmp_path / "run").glob("not-finite-*.smi")
    known = set(corpus["train"].smiles())
    batch = saved.read_text().split()
    assert len(batch) == 32
    assert set(batch) <= known


def test_early_stopping(corpus: Corpus, quick_config: Config, tmp_path: Path) -> None:
    config = quick_config.override(
        ["train.optimizer.learning_rate=1e-12", "train.validation.patience=2",
         "train.validation.every_steps=5", "train.max_steps=1000"]
    )  # fmt: skip
    ends: list[str] = []

    class Ends(Silence):
        def on_end(self, reason: str) -> None:
            ends.append(reason)

    run = train(corpus, tmp_path / "run", config, listener=Ends(), sampled_validity=None)
    checks = [event for event in read_log(run.path) if event["event"] == "validation"]
    assert len(checks) < 200
    assert ends == ["no better validation objective in 2 validations"]


def test_time_is_a_budget_too(corpus: Corpus, quick_config: Config, tmp_path: Path) -> None:
    values = quick_config.model_dump()
    values["train"] |= {"max_steps": None, "max_minutes": 0.02}
    run = train(corpus, tmp_path / "run", Config.from_mapping(values), listener=Silence())
    last = list(read_log(run.path))[-1]
    assert last["event"] == "validation"
    assert load_model(run.last).card["training"]["elapsed_seconds"] >= 1.2


def test_a_run_is_not_overwritten_and_nothing_is_not_resumed(
    whole: Path, corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="holds a run already"):
        train(corpus, whole, quick_config)
    with pytest.raises(TrainingError, match="nothing to resume"):
        train(corpus, tmp_path / "none", quick_config, resume=True)


def test_another_corpus_is_refused(
    whole: Path, molecules: list[str], quick_config: Config, tmp_path: Path
) -> None:
    settings = quick_config.override(["data.valid_fraction=0.2"])
    for other in (
        prepare(molecules[:100], tmp_path / "fewer", quick_config),
        prepare(molecules, tmp_path / "split otherwise", settings),
    ):
        with pytest.raises(TrainingError, match="is not the corpus"):
            train(other, whole, resume=True)


def test_an_end_must_be_set(corpus: Corpus, quick_config: Config, tmp_path: Path) -> None:
    config = quick_config.override(["train.max_steps=none"])
    with pytest.raises(TrainingError, match="no end is set"):
        train(corpus, tmp_path / "run", config)


def test_a_corpus_without_validation_molecules_is_refused(
    molecules: list[str], quick_config: Config, tmp_path: Path
) -> None:
    config = quick_config.override(["data.valid_fraction=0.0"])
    corpus = prepare(molecules[:50], tmp_path / "corpus", config)
    with pytest.raises(TrainingError, match="no molecules in its valid split"):
        train(corpus, tmp_path / "run", config)


def test_the_hook_measures_samples(corpus: Corpus, quick_config: Config, tmp_path: Path) -> None:
    def half(
        model: MolVAE, tokenizer: object, samples: int, max_tokens: int, dtype: torch.dtype
    ) -> float:
        assert (samples, max_tokens) == (8, 121)
        return 0.5

    run = train(corpus, tmp_path / "run", quick_config, listener=Silence(), sampled_validity=half)
    values = [event.get("sampled_validity") for event in read_log(run.path)]
    assert set(values) == {None, 0.5}


def test_log_lines_cut_by_a_crash_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(json.dumps({"event": "step", "step": 1}) + '\n{"eve')
    assert [event["step"] for event in read_log(tmp_path)] == [1]


@pytest.mark.parametrize("kind", ["atom", "selfies"])
def test_the_model_memorizes_fifty_molecules(
    molecules: list[str], tmp_path: Path, kind: str
) -> None:
    config = Config().override(
        [
            f'tokenizer.kind="{kind}"',
            "data.valid_fraction=0.5",
            "data.test_fraction=0.0",
            "model.embedding_size=32",
            "model.latent_size=32",
            "model.encoder.hidden_size=96",
            "model.decoder.hidden_size=128",
            "train.batch_size=25",
            "train.max_steps=450",
            "train.optimizer.learning_rate=5e-3",
            "train.kl.maximum=0.001",
            "train.validation.every_steps=450",
            "train.precision=float32",
        ]
    )
    corpus = prepare(molecules[:100], tmp_path / "corpus", config)
    run = train(corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    known = corpus["train"].smiles()
    table = Generator.load(run, device="cpu", precision="float32").reconstruct(known)
    assert table["exact"].mean() > 0.9
    assert math.isclose(table.loc[table["exact"], "tanimoto"].min(), 1.0)
