"""The prior made of the model's own posteriors."""

import copy

import pytest
import torch

from molvae.config import DecoderConfig, EncoderConfig, ModelConfig, PosteriorConfig, PriorConfig
from molvae.errors import ConfigError
from molvae.model.posteriors import Gaussian
from molvae.model.priors import VampPrior
from molvae.model.vae import MolVAE

CONFIG = ModelConfig(
    embedding_size=5,
    latent_size=4,
    encoder=EncoderConfig(hidden_size=6),
    decoder=DecoderConfig(hidden_size=7),
    prior=PriorConfig(kind="vamp", components=3, pseudo_length=2),
)


def model() -> MolVAE:
    torch.manual_seed(0)
    return MolVAE(12, CONFIG)


def test_density_is_the_mean_of_the_posteriors_of_the_pseudo_molecules() -> None:
    vae = model()
    assert isinstance(vae.prior, VampPrior)
    summary = vae.encoder.read_embedded(vae.prior.pseudo, torch.float32)
    parts = vae.posterior(summary)
    assert isinstance(parts, Gaussian)
    z = torch.randn(7, 4)
    each = torch.stack([parts.log_prob(row.expand(3, 4)) for row in z])  # (7, 3)
    torch.testing.assert_close(vae.prior.log_prob(z), each.exp().mean(1).log())


def test_gradient_reaches_the_encoder_and_the_pseudo_molecules() -> None:
    vae = model()
    vae.prior.log_prob(torch.randn(7, 4)).sum().backward()
    for part in (vae.encoder, vae.posterior, vae.prior):
        assert any(p.grad is not None and bool((p.grad != 0).any()) for p in part.parameters())


@torch.no_grad()
def test_a_copy_reads_with_its_own_encoder() -> None:
    vae, z = model(), torch.randn(7, 4)
    twin = copy.deepcopy(vae)
    before = vae.prior.log_prob(z)
    torch.testing.assert_close(twin.prior.log_prob(z), before)
    for parameter in twin.encoder.parameters():
        parameter.add_(1.0)
    torch.testing.assert_close(vae.prior.log_prob(z), before)
    assert not torch.allclose(twin.prior.log_prob(z), before)


def test_posteriors_without_a_gaussian_make_no_mixture() -> None:
    posterior = PosteriorConfig(kind="flow", layers=1, hidden_size=4)
    with pytest.raises(ConfigError, match=r"model\.posterior\.kind = 'flow'"):
        MolVAE(12, CONFIG.model_copy(update={"posterior": posterior}))
