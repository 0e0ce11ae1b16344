"""A model of a language whose every word is a molecule: chains of C, N and O."""

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
    return ["C" + "".join(rng.choice(list("CCNO"), rng.integers(2, 9))) for _ in range(900)]


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory, chains: list[str]) -> Path:
    config = Config().override(
        [
            "model.embedding_size=16",
            "model.latent_size=16",
            "model.encoder.hidden_size=48",
            "model.decoder.hidden_size=64",
            "train.batch_size=64",
            "train.max_steps=500",
            "train.optimizer.learning_rate=1e-2",
            "train.kl.maximum=0.01",
            "train.validation.every_steps=500",
            "train.precision=float32",
            "data.valid_fraction=0.1",
            "data.test_fraction=0.0",
            "data.max_tokens=20",
        ]
    )
    folder = tmp_path_factory.mktemp("chains")
    corpus = prepare(chains, folder / "corpus", config)
    return train(corpus, folder / "run", config, listener=Silence(), sampled_validity=None).best


@pytest.fixture(scope="session")
def generator(model_path: Path) -> Generator:
    return Generator.load(model_path, device="cpu", precision="float32")


@pytest.fixture(scope="session")
def conditional_path(tmp_path_factory: pytest.TempPathFactory, chains: list[str]) -> Path:
    """A model told the size, the logP and the last atom of a chain, half of them unlabeled."""
    folder = tmp_path_factory.mktemp("conditional")
    ends = {"C": "carbon", "N": "nitrogen", "O": "oxygen"}
    lines = [f"{smiles},{ends[smiles[-1]] if row % 2 else ''}" for row, smiles in enumerate(chains)]
    (folder / "chains.csv").write_text("\n".join(["smiles,last", *lines]) + "\n")
    config = Config().override(
        [
            "model.embedding_size=16",
            "model.latent_size=8",
            "model.encoder.hidden_size=32",
            "model.decoder.hidden_size=64",
            "model.condition.hidden_size=32",
            "model.condition.size=16",
            'model.condition.properties=["heavy_atoms", "logp", "last"]',
            'model.heads.properties=["logp", "last"]',
            "train.batch_size=64",
            "train.max_steps=400",
            "train.optimizer.learning_rate=1e-2",
            "train.kl.maximum=0.2",
            "train.validation.every_steps=400",
            "train.precision=float32",
            "data.valid_fraction=0.1",
            "data.test_fraction=0.0",
            "data.max_tokens=20",
        ]
    )
    corpus = prepare(folder / "chains.csv", folder / "corpus", config)
    return train(corpus, folder / "run", config, listener=Silence(), sampled_validity=None).best


@pytest.fixture(scope="session")
def conditional(conditional_path: Path) -> Generator:
    return Generator.load(conditional_path, device="cpu", precision="float32")
