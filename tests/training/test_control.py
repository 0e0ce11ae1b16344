"""The controller of the KL: that it holds its target, on a made-up plant and in a run."""

import math
from pathlib import Path

import pytest

from molvae.checkpoint import load_model
from molvae.config import Config, KLConfig
from molvae.data.shards import Corpus
from molvae.training.control import LIMITS, KLController
from molvae.training.logs import read_log
from molvae.training.records import Silence
from molvae.training.train import train
from molvae.training.validate import final_objective


@pytest.mark.parametrize("target", [3.0, 20.0, 60.0])
@pytest.mark.parametrize("lag", [0.0, 0.9])
def test_it_holds_a_target_on_a_plant(target: float, lag: float) -> None:
    """A KL that follows 30 / beta^0.6 with a lag, as that of a model in training does."""
    controller, kl = KLController(target), 0.0
    course = []
    for _ in range(400):
        kl = lag * kl + (1.0 - lag) * 30.0 * controller.beta**-0.6
        controller.update(kl)
        course.append(kl)
    assert course[-100:] == pytest.approx([target] * 100, rel=0.02)
    assert controller.beta == pytest.approx((30.0 / target) ** (1 / 0.6), rel=0.05)


def test_it_moves_the_right_way_and_stays_within_limits() -> None:
    controller = KLController(10.0)
    before = controller.beta
    controller.update(1000.0)
    assert controller.beta > before
    for kl, limit in ((1e9, LIMITS[1]), (0.0, LIMITS[0])):
        for _ in range(200):
            controller.update(kl)
        assert controller.beta == pytest.approx(limit)


def test_it_goes_on_as_if_never_interrupted() -> None:
    one, other = KLController(5.0), KLController(5.0)
    for kl in (1.0, 9.0, 4.0):
        one.update(kl)
    other.restore(one.facts())
    one.update(7.0)
    other.update(7.0)
    assert one.facts() == other.facts()


def test_a_target_and_free_nats_are_one_too_many() -> None:
    with pytest.raises(ValueError, match="choose one"):
        KLConfig(shape="target", target=3.0, free_bits=0.5)


def test_what_is_best_with_a_target() -> None:
    config = KLConfig(shape="target", target=10.0)
    assert final_objective(20.0, 8.0, config) == 20.0
    assert final_objective(20.0, 13.0, config) == 23.0
    assert final_objective(20.0, 8.0, KLConfig(maximum=0.5)) == 24.0


def test_a_run_holds_its_target(short_corpus: Corpus, quick_config: Config, tmp_path: Path) -> None:
    config = quick_config.override(
        ["train.kl.shape=target", "train.kl.target=4.0", "train.max_steps=300",
         "train.optimizer.learning_rate=2e-2", "train.optimizer.warmup_steps=10",
         "train.validation.every_steps=300"]
    )  # fmt: skip
    run = train(short_corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    steps = [event for event in read_log(run.path) if event["event"] == "step"]
    kl = [event["kl"] for event in steps[-8:]]
    assert sum(kl) / len(kl) == pytest.approx(4.0, rel=0.1)
    assert len({event["beta"] for event in steps}) > 20
    check = load_model(run.last).card["training"]["validation"]
    over = max(0.0, check["kl"] - 4.0)
    assert math.isclose(check["objective"], check["reconstruction"] + over, rel_tol=1e-6)
