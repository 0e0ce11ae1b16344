"""Averaged weights against the sum they stand for, and in a run."""

from pathlib import Path

import pytest
import torch

from molvae.checkpoint import load_model
from molvae.config import Config, ModelConfig
from molvae.data.shards import Corpus
from molvae.model.vae import MolVAE
from molvae.training.ema import WeightAverage
from molvae.training.records import Silence
from molvae.training.state import checkpoints
from molvae.training.train import train


def test_the_mean_is_the_weighted_sum_of_the_past() -> None:
    model = MolVAE(8, ModelConfig(embedding_size=4, latent_size=2))
    average, memory = WeightAverage(model, 0.5), 0.5
    weight = next(model.parameters())
    expected = weight.detach().clone()
    for step in range(1, 31):
        with torch.no_grad():
            weight.normal_()
        average.update(model, step)
        keep = min(memory, (step - 1) / (step + 9))
        expected = keep * expected + (1.0 - keep) * weight.detach()
        if step == 1:  # nothing is left of the weights that training began with
            torch.testing.assert_close(expected, weight.detach())
    torch.testing.assert_close(next(average.model.parameters()), expected)
    assert not any(value.requires_grad for value in average.model.parameters())


def test_the_average_is_saved_and_the_training_is_not_changed(
    short_corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    for name, memory in (("without", 0.0), ("with", 0.9)):
        config = quick_config.override([f"train.ema={memory}"])
        train(short_corpus, tmp_path / name, config, listener=Silence(), sampled_validity=None)
    raw = {name: load_checkpoint(tmp_path / name, "model") for name in ("with", "without")}
    for key, value in raw["with"].items():
        assert torch.equal(value, raw["without"][key])
    saved = load_model(tmp_path / "with" / "last").model.state_dict()
    average = load_checkpoint(tmp_path / "with", "average")
    assert all(torch.equal(value, average[key]) for key, value in saved.items())
    assert not torch.equal(saved["embedding.weight"], raw["with"]["embedding.weight"])
    assert not (checkpoints(tmp_path / "without")[-1] / "average.safetensors").exists()


def test_a_run_may_begin_to_average_when_it_goes_on(
    short_corpus: Corpus, quick_config: Config, tmp_path: Path
) -> None:
    short = quick_config.override(["train.max_steps=10"])
    train(short_corpus, tmp_path / "run", short, listener=Silence(), sampled_validity=None)
    longer = quick_config.override(["train.max_steps=11", "train.ema=0.99"])
    before = load_checkpoint(tmp_path / "run", "model")["embedding.weight"]
    train(
        short_corpus, tmp_path / "run", longer,
        resume=True, listener=Silence(), sampled_validity=None,
    )  # fmt: skip
    after = load_checkpoint(tmp_path / "run", "model")["embedding.weight"]
    keep = 10 / 20
    expected = keep * before + (1.0 - keep) * after
    mean = load_checkpoint(tmp_path / "run", "average")["embedding.weight"]
    torch.testing.assert_close(mean, expected)


def load_checkpoint(run: Path, name: str) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(checkpoints(run)[-1] / f"{name}.safetensors")


@pytest.mark.parametrize("step", [1, 5, 10_000])
def test_the_memory_grows_to_what_was_asked(step: int) -> None:
    model = MolVAE(8, ModelConfig(embedding_size=4, latent_size=2))
    average = WeightAverage(model, 0.99)
    with torch.no_grad():
        model.embedding.weight.add_(1.0)
    before = average.model.embedding.weight.clone()
    average.update(model, step)
    kept = 1.0 - float((average.model.embedding.weight - before).mean())
    assert kept == pytest.approx(min(0.99, (step - 1) / (step + 9)), abs=1e-4)
