"""The collapse watch: what it says of made-up runs, and of real ones that collapse or do not."""

import json
import re
from pathlib import Path

import pytest

from molvae.checkpoint import load_model
from molvae.config import Config, method_names
from molvae.data.shards import Corpus
from molvae.training.collapse import CollapseWatch
from molvae.training.logs import read_log
from molvae.training.records import Silence, ValidationRecord
from molvae.training.train import train

LEARNING = (
    "train.max_steps=120",
    "train.validation.every_steps=60",
    "train.validation.molecules=60",
    "train.optimizer.learning_rate=2e-2",
    "train.optimizer.warmup_steps=5",
)


def record(step: int, kl: float, active: int) -> ValidationRecord:
    return ValidationRecord(step, 30.0, 20.0, kl, 20.0 + kl, 0.8, 0.1, active, None)


def watch(*changes: str) -> CollapseWatch:
    return CollapseWatch(Config().override(["model.latent_size=64", *changes]))


def test_a_healthy_course_is_left_alone() -> None:
    """KL and active units that fall because beta rises, then hold."""
    ours = watch()
    course = [(0.0, 90.0, 64), (0.3, 40.0, 60), (0.7, 18.0, 25), (1.0, 9.0, 12), (1.0, 8.5, 12)]
    for index, (beta, kl, active) in enumerate(course):
        assert not ours.look(record(500 * (index + 1), kl, active), beta)
    assert ours.warning is None


@pytest.mark.parametrize(
    ("kl", "active", "said"),
    [
        (0.4, 20, r"KL of 0\.4 nats"),
        (1.5, 20, r"KL of 1\.5 nats"),
        (20.0, 5, "5 of 64 dimensions are active"),
    ],
)
def test_what_a_collapsed_space_is_told_by(kl: float, active: int, said: str) -> None:
    ours = watch()
    assert ours.look(record(500, kl, active), 1.0)
    assert ours.warning is not None
    assert "more than 500 steps" in ours.warning
    assert re.search(said, ours.warning)
    for key in ("kl.maximum (1,", "kl.free_bits (0,", 'kl.shape = "target"', "word_dropout (0,"):
        assert key in ours.warning


def test_only_what_can_help_is_named() -> None:
    plain = watch("model.decoder.kind=one_shot", "train.kl.shape=constant", "train.kl.maximum=0.0")
    assert plain.look(record(500, 0.4, 20), 0.0)
    for key in ("kl.maximum", "free_bits", "word_dropout"):
        assert key not in str(plain.warning)


@pytest.mark.parametrize("change", ["model.prior.kind=flow", "model.posterior.kind=flow"])
def test_free_bits_are_those_that_would_be_taken(change: str) -> None:
    ours = watch(change)
    assert ours.look(record(500, 0.4, 20), 1.0)
    assert 'free_bits_per = "total" (--method free-bits-total)' in str(ours.warning)
    advised = re.findall(r"--method ([a-z-]+)", str(ours.warning))
    assert {"free-bits-total", "low-beta"} <= set(advised) <= set(method_names())


def test_a_fall_that_beta_did_not_ask_for() -> None:
    ours = watch()
    assert not ours.look(record(500, 30.0, 60), 0.1)
    assert not ours.look(record(1000, 13.0, 60), 1.0)
    assert not ours.look(record(1500, 13.0, 60), 1.0)
    assert ours.look(record(2000, 5.0, 60), 1.0)
    assert "the KL fell from 13.0 to 5.0 nats" in str(ours.warning)
    ours = watch()
    assert not ours.look(record(500, 30.0, 60), 0.1)
    assert ours.look(record(1000, 30.0, 20), 0.1)
    assert "active dimensions fell from 60 to 20" in str(ours.warning)


def test_it_is_said_once_until_it_is_over() -> None:
    ours = watch()
    heard = [ours.look(record(500 * (i + 1), kl, 64), 1.0) for i, kl in enumerate((1, 1, 9, 1))]
    assert heard == [True, False, False, True]


def test_a_young_model_and_a_point_are_not_judged() -> None:
    assert not watch().look(record(50, 0.1, 0), 1.0)
    point = watch('model.posterior.kind="deterministic"')
    assert not point.look(record(5000, 0.0, 0), 1.0)
    assert point.warning is None


def test_a_low_target_is_wanted() -> None:
    held = watch('train.kl.shape="target"', "train.kl.target=1.5")
    assert not held.look(record(500, 1.4, 30), 2.0)
    assert held.look(record(1000, 0.3, 30), 2.0)
    assert "raise train.kl.target (1.5)" in str(held.warning)


def test_where_the_kl_costs_nothing_it_may_fall() -> None:
    free = watch("train.kl.shape=constant", "train.kl.maximum=0.0")
    assert not free.look(record(500, 200.0, 64), 0.0)
    assert not free.look(record(1000, 30.0, 64), 0.0)


def test_it_goes_on_after_an_interruption() -> None:
    first, second = watch(), watch()
    first.look(record(500, 20.0, 60), 1.0)
    first.look(record(1000, 1.0, 60), 1.0)
    second.restore(json.loads(json.dumps(first.facts())))
    assert second.warning == first.warning
    assert not second.look(record(1500, 1.0, 60), 1.0)


class Ears(Silence):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_warning(self, message: str) -> None:
        self.heard.append(message)


def test_it_fires_on_a_run_made_to_collapse(
    short_corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    ears = Ears()
    config = quick_config.override([*LEARNING, "train.kl.shape=constant", "train.kl.maximum=5.0"])
    run = train(short_corpus, tmp_path / "run", config, listener=ears, sampled_validity=None)
    assert len(ears.heard) == 1
    assert "train.kl.maximum (5," in ears.heard[0]
    events = [event for event in read_log(run.path) if event["event"] == "warning"]
    assert [event["message"] for event in events] == ears.heard
    noted = load_model(run.last).card["training"]["warnings"]
    assert "KL of" in noted[0]


def test_it_is_silent_on_a_healthy_run(
    short_corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    ears = Ears()
    config = quick_config.override([*LEARNING, "train.kl.maximum=0.01"])
    run = train(short_corpus, tmp_path / "run", config, listener=ears, sampled_validity=None)
    facts = load_model(run.last).card["training"]
    assert facts["validation"]["kl"] > 2.0
    assert ears.heard == []
    assert "warnings" not in facts
