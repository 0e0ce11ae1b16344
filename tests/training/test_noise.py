"""Runs that corrupt what is read: off is off, on is another run, and going on is exact."""

from pathlib import Path
from typing import Any

import pytest

from molvae.config import Config
from molvae.data.shards import Corpus
from molvae.training.logs import read_log
from molvae.training.records import Silence, StepRecord
from molvae.training.train import train

NOISE = ["train.noise.drop=0.2", "train.noise.swap=0.1", "train.noise.randomize=0.5"]
OWN = ["train.scheduled_sampling=0.5"]


class PowerCut(Silence):
    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        if record.step == 10:
            raise RuntimeError("power cut")


def losses(path: Path) -> list[dict[str, Any]]:
    events = list(read_log(path))
    return [{k: v for k, v in e.items() if k != "molecules_per_second"} for e in events]


@pytest.fixture(scope="module")
def config(quick_config: Config) -> Config:
    return quick_config.override(
        ["train.max_steps=20", "train.validation.samples=0", "train.optimizer.warmup_steps=0"]
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus, config: Config) -> Path:
    return train(corpus, tmp_path_factory.mktemp("runs") / "plain", config, listener=Silence()).path


@pytest.mark.parametrize("settings", [NOISE, OWN])
def test_corruption_is_resumed_exactly(
    plain: Path, corpus: Corpus, config: Config, tmp_path: Path, settings: list[str]
) -> None:
    config = config.override(settings)
    whole = train(corpus, tmp_path / "whole", config, listener=Silence())
    with pytest.raises(RuntimeError, match="power cut"):
        train(corpus, tmp_path / "run", config, listener=PowerCut())
    run = train(corpus, tmp_path / "run", resume=True, listener=Silence())
    assert losses(run.path) == losses(whole.path)
    assert losses(run.path)[0] != losses(plain)[0]
