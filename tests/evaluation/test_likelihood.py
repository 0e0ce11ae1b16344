"""Bounds on log p(x): exact where z does nothing, quadrature where z is one number."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from molvae.config import DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.batches import pad_sequences
from molvae.evaluation.likelihood import log_likelihoods
from molvae.evaluation.posteriors import encode
from molvae.model import MolVAE
from molvae.model.objectives import token_nll

SEQUENCES = [np.array(ids, dtype=np.uint8) for ids in ([5, 6, 7], [4], [], [7, 7, 4, 5, 6, 4])]


def tiny(latent_size: int) -> MolVAE:
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=6,
        latent_size=latent_size,
        encoder=EncoderConfig(hidden_size=8),
        decoder=DecoderConfig(hidden_size=8),
    )
    model = MolVAE(8, config).eval()
    with torch.no_grad():
        model.decoder.output.weight *= 5.0
        model.decoder.initial.weight *= 3.0
        model.posterior.mu.weight *= 3.0
    return model


def without_latent(model: MolVAE) -> MolVAE:
    with torch.no_grad():
        model.decoder.initial.weight.zero_()
        model.decoder.layers[0].weight_ih_l0[:, model.config.embedding_size :] = 0.0
    return model


@torch.no_grad()
def log_p_given(model: MolVAE, sequence: npt.NDArray[np.uint8], z: torch.Tensor) -> torch.Tensor:
    batch = pad_sequences([sequence] * len(z))
    return -token_nll(model.decode(batch, z), batch.tokens).double().sum(0)


def test_exact_where_posterior_and_decoder_ignore_everything() -> None:
    model = without_latent(tiny(3))
    with torch.no_grad():
        for head in (model.posterior.mu, model.posterior.logvar):
            head.weight.zero_()
            head.bias.zero_()
    truth = [float(log_p_given(model, one, torch.zeros(1, 3))) for one in SEQUENCES]
    for draws in (1, 7):
        found = log_likelihoods(model, SEQUENCES, draws=draws)
        np.testing.assert_allclose(found.iwae, truth, rtol=1e-5)
        np.testing.assert_allclose(found.elbo, truth, rtol=1e-5)
        np.testing.assert_allclose(found.effective_draws, draws, rtol=1e-6)


def test_a_posterior_that_differs_costs_the_elbo_its_kl() -> None:
    model = without_latent(tiny(2))
    mu, std, _ = encode(model, SEQUENCES)
    kl = 0.5 * (mu**2 + std**2 - 1.0 - 2.0 * np.log(std)).sum(axis=1)
    truth = np.array([float(log_p_given(model, one, torch.zeros(1, 2))) for one in SEQUENCES])
    found = log_likelihoods(model, SEQUENCES, draws=4_000, seed=1)
    assert kl.min() > 0.01
    np.testing.assert_allclose(found.elbo, truth - kl, atol=0.05)
    np.testing.assert_allclose(found.iwae, truth, atol=0.05)


def test_one_latent_dimension_agrees_with_quadrature() -> None:
    model = tiny(1)
    grid = torch.linspace(-8.0, 8.0, 1_601)
    step = float(grid[1] - grid[0])
    prior = torch.distributions.Normal(0.0, 1.0).log_prob(grid).double()
    truth = [
        float((log_p_given(model, one, grid[:, None]) + prior).logsumexp(0)) + np.log(step)
        for one in SEQUENCES
    ]
    means = [
        np.mean([log_likelihoods(model, SEQUENCES, draws=k, seed=s).iwae for s in range(n)], axis=0)
        for k, n in ((1, 200), (5, 200), (2_000, 1))
    ]
    np.testing.assert_allclose(means[2], truth, atol=0.03)
    assert means[0].mean() < means[1].mean() < means[2].mean() + 0.005
    assert (means[0] < np.array(truth) + 0.02).all()


def test_the_bound_is_never_below_the_elbo() -> None:
    found = log_likelihoods(tiny(4), SEQUENCES * 5, draws=9)
    assert (found.iwae >= found.elbo - 1e-9).all()
    assert (found.effective_draws >= 1.0 - 1e-9).all()
    assert (found.effective_draws <= 9.0 + 1e-9).all()


def test_tokens_and_progress_and_seeds() -> None:
    model, told = tiny(2), []
    first = log_likelihoods(model, SEQUENCES, draws=300, progress=lambda *now: told.append(now))
    assert first.tokens.tolist() == [4, 2, 1, 7]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    again = log_likelihoods(model, SEQUENCES, draws=300)
    other = log_likelihoods(model, SEQUENCES, draws=300, seed=1)
    np.testing.assert_array_equal(first.iwae, again.iwae)
    assert not np.array_equal(first.iwae, other.iwae)


@pytest.mark.parametrize("draws", [1, 3])
def test_no_sequences(draws: int) -> None:
    assert log_likelihoods(tiny(2), [], draws=draws).iwae.shape == (0,)
