"""The model against a plain reference, and what must hold of its parts."""

import numpy as np
import pytest
import torch
from torch import nn

from molvae.config import DecoderConfig, EncoderConfig, KLConfig, ModelConfig
from molvae.data.batches import pad_sequences
from molvae.model.batch import Batch
from molvae.model.decoders.gru import step
from molvae.model.objectives import Elbo, token_nll
from molvae.model.objectives.base import reconstruction_error
from molvae.model.posteriors import Gaussian
from molvae.model.vae import MolVAE, drop_words
from molvae.tokenizers.vocabulary import BOS, MASK, PAD

VOCABULARY = 12


def tiny(layers: int = 1, *, word_dropout: float = 0.0) -> MolVAE:
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=5,
        latent_size=4,
        encoder=EncoderConfig(hidden_size=6, layers=layers),
        decoder=DecoderConfig(hidden_size=7, layers=layers, word_dropout=word_dropout),
    )
    return MolVAE(VOCABULARY, config)


def molecules(count: int = 6, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(4, VOCABULARY, rng.integers(1, 9)) for _ in range(count)]


def copy_direction(source: nn.Module, target: nn.LSTM, layer: int, suffix: str) -> None:
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        getattr(target, f"{name}_l{layer}{suffix}").data = getattr(source, f"{name}_l0").data


@pytest.mark.parametrize("layers", [1, 2])
def test_encoder_equals_packed_bidirectional_lstm(layers: int) -> None:
    model, batch = tiny(layers), pad_sequences(molecules())
    reference = nn.LSTM(5, 6, layers, bidirectional=True)
    for index in range(layers):
        copy_direction(model.encoder.ahead[index], reference, index, "")
        copy_direction(model.encoder.back[index], reference, index, "_reverse")
    packed = nn.utils.rnn.pack_padded_sequence(
        model.embedding(batch.tokens), batch.lengths, enforce_sorted=False
    )
    _, (last, _) = reference(packed)
    expected = torch.cat((last[-2], last[-1]), dim=1)
    actual = model.encoder(model.embedding.weight, batch.tokens, batch.lengths, torch.float32)
    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("layers", [1, 2])
def test_decoder_equals_plain_gru(layers: int) -> None:
    model, batch = tiny(layers), pad_sequences(molecules())
    z = torch.randn(6, 4)
    reference = nn.GRU(9, 7, layers)
    for index, layer in enumerate(model.decoder.layers):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(reference, f"{name}_l{index}").data = getattr(layer, f"{name}_l0").data
    inputs = model.embedding(batch.inputs)
    inputs = torch.cat((inputs, z.expand(len(inputs), *z.shape)), dim=2)
    first = torch.stack(torch.tanh(model.decoder.initial(z)).chunk(layers, dim=1))
    expected = model.decoder.output(reference(inputs, first)[0])
    torch.testing.assert_close(model.decode(batch, z), expected)


@pytest.mark.parametrize("layers", [1, 2])
def test_steps_equal_the_sequence(layers: int) -> None:
    model, batch = tiny(layers), pad_sequences(molecules())
    z = torch.randn(6, 4)
    whole = model.decode(batch, z)
    weights = model.step_weights(z)
    states = weights.states
    for t in range(len(batch.inputs)):
        logits, states = step(weights, states, batch.inputs[t])
        torch.testing.assert_close(logits, whole[t])


def test_padding_changes_nothing() -> None:
    model, rows = tiny(2), molecules()
    together = model.encode(pad_sequences(rows)).mu
    alone = torch.cat([model.encode(pad_sequences([row])).mu for row in rows])
    torch.testing.assert_close(together, alone)


def test_loss_is_sum_over_tokens_mean_over_molecules() -> None:
    model, rows = tiny(), molecules()
    batch = pad_sequences(rows)
    forward = model(batch, generator=torch.Generator().manual_seed(0))
    log_p = forward.logits.log_softmax(2)
    total = 0.0
    for column, row in enumerate(rows):
        for t, token in enumerate([*row, 2]):
            total -= float(log_p[t, column, int(token)].detach())
    with torch.no_grad():
        parts = Elbo(KLConfig())(model, batch, beta=0.3, generator=torch.Generator().manual_seed(0))
    assert float(parts.reconstruction) == pytest.approx(total / len(rows), rel=1e-5)
    assert float(parts.loss) == pytest.approx(
        float(parts.reconstruction) + 0.3 * float(parts.kl), rel=1e-6
    )
    assert (token_nll(forward.logits, batch.tokens)[batch.tokens == PAD] == 0).all()


def test_kl_against_torch_and_monte_carlo() -> None:
    torch.manual_seed(1)
    q = Gaussian(torch.randn(3, 4), torch.randn(3, 4))
    normal = torch.distributions.Normal(q.mu, (0.5 * q.logvar).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    torch.testing.assert_close(q.kl(), torch.distributions.kl_divergence(normal, prior))
    draws = torch.stack([q.sample() for _ in range(20_000)])
    estimate = (normal.log_prob(draws) - prior.log_prob(draws)).mean(0)
    torch.testing.assert_close(q.kl(), estimate, atol=0.1, rtol=0.05)


def test_bfloat16_is_close_and_trains_float32_weights() -> None:
    model, batch = tiny(), pad_sequences(molecules())
    generator = torch.Generator()
    exact = model(batch, generator=generator.manual_seed(0))
    rough = model(batch, dtype=torch.bfloat16, generator=generator.manual_seed(0))
    assert rough.logits.dtype == torch.float32
    torch.testing.assert_close(rough.logits, exact.logits, atol=0.05, rtol=0.05)
    kl = model.kl(rough.posterior, rough.draw).mean()
    (reconstruction_error(rough, batch) + kl).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert all(parameter.grad.dtype == torch.float32 for parameter in model.parameters())


def test_word_dropout_masks_its_share_and_never_the_start() -> None:
    inputs = torch.full((200, 50), 7)
    inputs[0] = BOS
    dropped = drop_words(inputs, 0.3, torch.Generator().manual_seed(0))
    assert (dropped[0] == BOS).all()
    assert float((dropped[1:] == MASK).float().mean()) == pytest.approx(0.3, abs=0.02)


def test_word_dropout_of_zero_changes_nothing() -> None:
    model, batch = tiny().train(), pad_sequences(molecules())
    z = torch.randn(6, 4)
    assert torch.equal(model.decode(batch, z), model.eval().decode(batch, z))


def test_one_molecule_one_token() -> None:
    batch = pad_sequences([np.array([5])])
    assert isinstance(batch, Batch)
    assert batch.tokens.tolist() == [[5], [2]]
    assert batch.inputs.tolist() == [[1], [5]]
    assert tiny()(batch).logits.shape == (2, 1, VOCABULARY)
