"""A small corpus of real molecules, made once, and a configuration that trains in seconds."""

from pathlib import Path

import pytest

from molvae.config import Config
from molvae.data.datasets import starter_path
from molvae.data.prepare import prepare
from molvae.data.readers import read_records
from molvae.data.shards import Corpus


@pytest.fixture(scope="session")
def molecules() -> list[str]:
    records = read_records(starter_path())
    return [record.smiles for record, _ in zip(records, range(600), strict=False)]


@pytest.fixture(scope="session")
def short_molecules() -> list[str]:
    """448 molecules of 3 to 11 atoms, on which a step takes milliseconds."""
    chains, ends = ["C" * size for size in range(1, 8)], ["O", "N", "F", "Cl", "C#N", "C=O", "S"]
    middles = ["C", "O", "N", "S", "C(=O)", "C(F)", "C=C", "C(C)", "C(=O)N", "C(O)"]
    return [f"{chain}{middle}C{end}" for chain in chains for middle in middles for end in ends]


@pytest.fixture(scope="session")
def short_corpus(
    tmp_path_factory: pytest.TempPathFactory, short_molecules: list[str], quick_config: Config
) -> Corpus:
    folder: Path = tmp_path_factory.mktemp("short") / "corpus"
    return prepare(short_molecules, folder, quick_config, workers=1)


@pytest.fixture(scope="session")
def quick_config() -> Config:
    return Config().override(
        [
            "model.embedding_size=16",
            "model.latent_size=8",
            "model.encoder.hidden_size=24",
            "model.decoder.hidden_size=32",
            "train.batch_size=32",
            "train.max_steps=40",
            "train.validation.every_steps=20",
            "train.validation.molecules=20",
            "train.validation.samples=8",
            "train.checkpoint_every_steps=10",
            "data.valid_fraction=0.1",
        ]
    )


@pytest.fixture(scope="session")
def corpus(
    tmp_path_factory: pytest.TempPathFactory, molecules: list[str], quick_config: Config
) -> Corpus:
    folder: Path = tmp_path_factory.mktemp("corpus") / "corpus"
    return prepare(molecules, folder, quick_config)
