"""Scheduled sampling: off it changes nothing, on the decoder reads what it would have written."""

import numpy as np
import pytest
import torch

from molvae.config import DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.batches import pad_sequences
from molvae.model.batch import Batch
from molvae.model.vae import MolVAE, mix_in_draws
from molvae.tokenizers.vocabulary import BOS, EOS, MASK, PAD

VOCABULARY = 10


@pytest.fixture
def model() -> MolVAE:
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=5,
        latent_size=4,
        encoder=EncoderConfig(hidden_size=6),
        decoder=DecoderConfig(hidden_size=7),
    )
    return MolVAE(VOCABULARY, config).train()


def batch() -> Batch:
    rng = np.random.default_rng(0)
    return pad_sequences([rng.integers(4, 9, length) for length in (3, 8, 1, 12)])


def test_off_or_in_evaluation_nothing_is_drawn(model: MolVAE) -> None:
    z, generator = torch.randn(4, 4), torch.Generator().manual_seed(3)
    before = generator.get_state()
    plain = model.decode(batch(), z, generator=generator)
    model.own_inputs = 1.0
    model.eval()
    assert torch.equal(model.decode(batch(), z, generator=generator), plain)
    assert torch.equal(generator.get_state(), before)


def test_all_inputs_are_the_model_s_own_draws(model: MolVAE) -> None:
    """Of a model that always writes the token 9, which no molecule has."""
    with torch.no_grad():
        model.decoder.output.bias[9] = 100.0
    given, z = batch(), torch.randn(4, 4)
    read = torch.where(given.inputs >= 4, 9, given.inputs)
    expected = model.decode(given._replace(inputs=read), z)
    plain = model.decode(given, z)
    model.own_inputs = 1.0
    torch.testing.assert_close(model.decode(given, z), expected)
    assert not torch.allclose(plain, expected)


def test_draws_follow_the_logits_of_the_step_before_at_their_share() -> None:
    inputs = torch.full((3, 40_000), 8)
    inputs[0] = BOS
    inputs[2, ::2] = PAD
    logits = torch.zeros(3, 40_000, VOCABULARY)
    logits[0, :, 4:] = torch.tensor([0.5, 0.25, 0.125, 0.125, 1e-9, 1e-9]).log()
    logits[:, :, [PAD, BOS, EOS, MASK]] = 50.0
    mixed = mix_in_draws(inputs, logits, 0.4, torch.Generator().manual_seed(0))
    assert torch.equal(mixed[0], inputs[0])
    assert torch.equal(mixed[2] == PAD, inputs[2] == PAD)
    assert int(mixed[mixed != PAD][len(inputs[0]) :].min()) >= 4
    seen = torch.bincount(mixed[1], minlength=VOCABULARY) / 40_000
    expected = 0.4 * torch.tensor([0, 0, 0, 0, 0.5, 0.25, 0.125, 0.125, 0, 0])
    expected[8] = 0.6
    torch.testing.assert_close(seen, expected, atol=0.01, rtol=0.0)


def test_no_gradient_flows_through_the_draws(model: MolVAE) -> None:
    model.own_inputs = 1.0
    z = torch.randn(4, 4, requires_grad=True)
    logits = model.decode(batch(), z, generator=torch.Generator().manual_seed(0))
    (through_both,) = torch.autograd.grad(logits.sum(), z)
    drawn: list[torch.Tensor] = []
    model.own_inputs = 0.0
    first = model.decode(batch(), z.detach())
    drawn.append(mix_in_draws(batch().inputs, first, 1.0, torch.Generator().manual_seed(0)))
    again = model.decode(batch()._replace(inputs=drawn[0]), z)
    torch.testing.assert_close(again, logits)
    (through_one,) = torch.autograd.grad(again.sum(), z)
    torch.testing.assert_close(through_both, through_one)
