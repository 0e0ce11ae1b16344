"""A small model of chains of C, N and O, trained for some seconds, for all tests of evaluation."""

from pathlib import Path

import numpy as np
import pytest

from molvae.config import Config
from molvae.data.prepare import prepare
from molvae.generation import Generator
from molvae.training.records import Silence
from molvae.training.train import train


@pytest.fixture(scope="session")
def chains() -> list[str]:
    rng = np.random.default_rng(0)
    return ["C" + "".join(rng.choice(list("CCNO"), rng.integers(2, 9))) for _ in range(400)]


@pytest.fixture(scope="session")
def chain_run(tmp_path_factory: pytest.TempPathFactory, chains: list[str]) -> Path:
    """A run folder; its corpus, with a test split, lies beside it."""
    config = Config().override(
        [
            "model.embedding_size=12",
            "model.latent_size=8",
            "model.encoder.hidden_size=24",
            "model.decoder.hidden_size=32",
            "train.batch_size=64",
            "train.max_steps=120",
            "train.optimizer.learning_rate=1e-2",
            "train.kl.maximum=0.05",
            "train.validation.every_steps=60",
            "train.precision=float32",
            "data.valid_fraction=0.1",
            "data.test_fraction=0.1",
            "data.max_tokens=20",
        ]
    )
    folder = tmp_path_factory.mktemp("chains")
    corpus = prepare(chains, folder / "corpus", config)
    train(corpus, folder / "run", config, listener=Silence(), sampled_validity=None)
    return folder / "run"


@pytest.fixture(scope="session")
def generator(chain_run: Path) -> Generator:
    return Generator.load(chain_run, device="cpu", precision="float32")
