"""A model with any posterior and prior is the same after it was saved and loaded."""

from pathlib import Path

import numpy as np
import pytest
import torch

from molvae.checkpoint import load_model, save_model
from molvae.config import (
    Config,
    DecoderConfig,
    EncoderConfig,
    ModelConfig,
    PosteriorConfig,
    PriorConfig,
)
from molvae.data.batches import pad_sequences
from molvae.model.vae import MolVAE
from molvae.tokenizers import fit

TOKENIZER = fit(["CCO", "c1ccccc1Br"], "atom", workers=1)
POSTERIORS = ("gaussian", "deterministic", "flow", "hierarchical")
PRIORS = ("normal", "mixture", "vamp", "flow", "autoregressive", "hierarchical")
PAIRS = [(q, "normal") for q in POSTERIORS] + [("gaussian", p) for p in PRIORS[1:]]
MOLECULES = [np.array([4, 5, 4]), np.array([6, 4])]


def config(posterior: str, prior: str) -> Config:
    return Config(
        model=ModelConfig(
            embedding_size=4,
            latent_size=4,
            encoder=EncoderConfig(hidden_size=4),
            decoder=DecoderConfig(hidden_size=5),
            posterior=PosteriorConfig(kind=posterior, layers=2, hidden_size=6),
            prior=PriorConfig(kind=prior, components=3, layers=2, hidden_size=6),
        )
    )


@pytest.mark.parametrize(("posterior", "prior"), PAIRS)
@torch.no_grad()
def test_saved_and_loaded(posterior: str, prior: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    settings = config(posterior, prior)
    model = MolVAE(len(TOKENIZER.vocabulary), settings.model).eval()
    model.prior.start_at(torch.randn(50, 4))
    save_model(tmp_path / "model", model, TOKENIZER, settings, training={})
    loaded = load_model(tmp_path / "model").model
    batch, z = pad_sequences(MOLECULES), torch.randn(3, 4)
    for one in (model, loaded):
        assert one.prior.sample(2).device.type == "cpu"
    torch.testing.assert_close(loaded.encode(batch).mu, model.encode(batch).mu)
    torch.testing.assert_close(loaded.encode(batch).logvar, model.encode(batch).logvar)
    torch.testing.assert_close(loaded.prior.log_prob(z), model.prior.log_prob(z))
    draws = [one.prior.sample(5, torch.Generator().manual_seed(0)) for one in (model, loaded)]
    torch.testing.assert_close(*draws)


@pytest.mark.parametrize("prior", PRIORS)
@torch.no_grad()
def test_density_and_samples_agree_when_weights_are_halves(prior: str, tmp_path: Path) -> None:
    """What is lost by rounding changes the distribution a little, not its consistency."""
    torch.manual_seed(0)
    settings = config("gaussian", prior)
    model = MolVAE(len(TOKENIZER.vocabulary), settings.model).eval()
    model.prior.start_at(torch.randn(50, 4) @ torch.randn(4, 4))
    folder = tmp_path / "model"
    save_model(folder, model, TOKENIZER, settings, training={}, dtype=torch.bfloat16)
    rounded = load_model(folder).model.prior
    z = model.prior.sample(4000, torch.Generator().manual_seed(0))
    again = rounded.sample(4000, torch.Generator().manual_seed(0))
    told = float(rounded.log_prob(again).mean())
    assert told == pytest.approx(float(model.prior.log_prob(z).mean()), abs=0.1)
