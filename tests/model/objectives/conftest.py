"""A model small enough to be trained in a second, and molecules for it to learn."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from molvae.config import DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.batches import pad_sequences
from molvae.model.batch import Batch
from molvae.model.objectives import Losses, Objective
from molvae.model.vae import MolVAE

VOCABULARY = 8


@pytest.fixture
def batch() -> Batch:
    """32 molecules of 1 to 3 tokens."""
    rng = np.random.default_rng(0)
    return pad_sequences([rng.integers(4, VOCABULARY, rng.integers(1, 4)) for _ in range(32)])


@pytest.fixture
def model() -> MolVAE:
    """A model of 2 latent dimensions, always the same."""
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=8,
        latent_size=2,
        encoder=EncoderConfig(hidden_size=8),
        decoder=DecoderConfig(hidden_size=8),
    )
    return MolVAE(VOCABULARY, config)


Fit = Callable[[MolVAE, Objective, Batch, float, int], Losses]


@pytest.fixture
def fit() -> Fit:
    """Trains a model under an objective with a beta for some steps; returns the last losses."""

    def train(model: MolVAE, objective: Objective, batch: Batch, beta: float, steps: int) -> Losses:
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        critic = objective.critic
        opponent = None if critic is None else torch.optim.Adam(critic.parameters(), lr=3e-3)
        generator = torch.Generator().manual_seed(0)
        for _ in range(steps):
            losses: Losses = objective(model, batch, beta=beta, generator=generator)
            optimizer.zero_grad()
            losses.loss.backward()
            optimizer.step()
            if opponent is not None and losses.critic is not None:
                opponent.zero_grad()
                losses.critic.backward()
                opponent.step()
        return losses

    return train
