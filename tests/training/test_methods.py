"""Methods in a run: each of them resumes bit for bit, and its parts are logged."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from molvae.config import Config
from molvae.data.shards import Corpus
from molvae.errors import ConfigError, TrainingError
from molvae.training.logs import read_log
from molvae.training.records import Silence, StepRecord
from molvae.training.state import checkpoints
from molvae.training.train import train

METHODS = {
    "critic": ['train.objective.kind="factor"', "train.objective.critic_size=16"],
    "adversary, averaged": [
        'train.objective.kind="adversarial"', "train.objective.critic_size=16", "train.ema=0.9",
    ],
    "controller": ['train.kl.shape="target"', "train.kl.target=5.0", "train.ema=0.99"],
    "iwae": ['train.objective.kind="iwae"', "train.objective.samples=3"],
    "total correlation": ['train.objective.kind="total_correlation"'],
    "mmd, free bits": ['train.objective.kind="mmd"', "train.kl.free_bits=0.2"],
    "scheduled sampling": ["train.scheduled_sampling=0.5"],
}  # fmt: skip


class StopAt(Silence):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        if record.step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def events(run: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in e.items() if k != "molecules_per_second"} for e in read_log(run)]


@pytest.fixture(scope="module")
def short(quick_config: Config) -> Config:
    return quick_config.override(
        ["train.max_steps=30", "train.checkpoint_every_steps=7", "train.validation.every_steps=15"]
    )


@pytest.mark.parametrize("method", METHODS)
def test_resuming_is_never_having_stopped(
    short_corpus: Corpus, short: Config, tmp_path: Path, method: str
) -> None:
    config = short.override(METHODS[method])
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(short_corpus, whole, config, listener=Silence(), sampled_validity=None)
    with pytest.raises(KeyboardInterrupt):
        train(short_corpus, parts, config, listener=StopAt(10), sampled_validity=None)
    train(short_corpus, parts, resume=True, listener=Silence(), sampled_validity=None)
    assert events(parts) == events(whole)
    ends = [checkpoints(run)[-1] for run in (whole, parts)]
    for file in ends[0].glob("*.safetensors"):
        ours, theirs = load_file(file), load_file(ends[1] / file.name)
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(value, theirs[key]) for key, value in ours.items()), file.name


def test_the_parts_of_the_objective_are_logged(
    short_corpus: Corpus, short: Config, tmp_path: Path
) -> None:
    config = short.override(METHODS["total correlation"])
    run = train(short_corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    steps = [event for event in read_log(run.path) if event["event"] == "step"]
    assert set(steps[0]["parts"]) == {"mutual_information", "total_correlation", "dimension_kl"}
    assert sum(steps[-1]["parts"].values()) == pytest.approx(steps[-1]["kl"], abs=1.0)


def test_a_critic_learns_in_a_run(short_corpus: Corpus, short: Config, tmp_path: Path) -> None:
    config = short.override([*METHODS["critic"], "train.objective.critic_rate=1e-2"])
    run = train(short_corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    first, last = (
        load_file(folder / "objective.safetensors")
        for folder in (checkpoints(run.path)[0], checkpoints(run.path)[-1])
    )
    assert all(not torch.equal(first[key], last[key]) for key in first)


def test_the_objective_stays_when_a_run_goes_on(
    short_corpus: Corpus, short: Config, tmp_path: Path
) -> None:
    brief = short.override(["train.max_steps=2"])
    run = train(short_corpus, tmp_path / "run", brief, listener=Silence(), sampled_validity=None)
    other = brief.override(METHODS["critic"])
    with pytest.raises(TrainingError, match=r"train\.objective\.kind cannot change"):
        train(short_corpus, run.path, other, resume=True, listener=Silence())


def test_settings_that_contradict_are_refused_before_anything_is_written(
    short_corpus: Corpus, short: Config, tmp_path: Path
) -> None:
    config = short.override(['train.objective.kind="iwae"', "train.kl.free_bits=1.0"])
    with pytest.raises(ConfigError, match="free_bits"):
        train(short_corpus, tmp_path / "run", config)
    assert not (tmp_path / "run" / "config.toml").exists()


@pytest.mark.parametrize(
    "setting", ['model.posterior.kind="deterministic"', "train.kl.maximum=0.0"]
)
def test_a_prior_that_could_not_learn_is_refused(
    short_corpus: Corpus, short: Config, tmp_path: Path, setting: str
) -> None:
    config = short.override(['model.prior.kind="flow"', setting])
    with pytest.raises(ConfigError, match="--fit-prior"):
        train(short_corpus, tmp_path / "run", config, listener=Silence())
    assert not (tmp_path / "run").exists()
