"""Writing tokens: against brute force, and never crashing."""

import itertools

import pytest
import torch

from molvae.config import DecoderConfig, EncoderConfig, ModelConfig
from molvae.errors import GenerationError
from molvae.model.decoders.gru import step
from molvae.model.decoding import Decoding, decode_tokens, truncate
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import BOS, EOS, MASK, PAD

VOCABULARY = 7


@pytest.fixture
def model() -> MolVAE:
    torch.manual_seed(3)
    config = ModelConfig(
        embedding_size=4,
        latent_size=3,
        encoder=EncoderConfig(hidden_size=4),
        decoder=DecoderConfig(hidden_size=8),
    )
    model = MolVAE(VOCABULARY, config).eval()
    with torch.no_grad():
        model.decoder.output.weight.mul_(6.0)
    return model


def log_probability(model: MolVAE, z: torch.Tensor, tokens: tuple[int, ...]) -> float:
    """Of writing `tokens`, special tokens but the end being impossible."""
    weights = model.step_weights(z[None])
    states, last, total = weights.states, torch.tensor([BOS]), 0.0
    for token in tokens:
        logits, states = step(weights, states, last)
        logits[:, [PAD, BOS, MASK]] = -torch.inf
        total += float(logits.log_softmax(1)[0, token])
        last = torch.tensor([token])
    return total


@torch.no_grad()
def test_wide_beam_finds_the_likeliest_sequence(model: MolVAE) -> None:
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    written = decode_tokens(model, z, Decoding(method="beam", beam_size=64, max_tokens=3))
    letters = range(4, VOCABULARY)
    every = [
        (*word, EOS) for n in range(3) for word in itertools.product(letters, repeat=n)
    ] + list(itertools.product(letters, repeat=3))
    for row, latent in zip(written, z, strict=True):
        best = max(every, key=lambda tokens: log_probability(model, latent, tokens))
        assert [int(token) for token in row if token != PAD] == list(best)


@torch.no_grad()
def test_greedy_takes_the_likeliest_token_each_step(model: MolVAE) -> None:
    z = torch.randn(9, 3, generator=torch.Generator().manual_seed(1))
    written = decode_tokens(model, z, Decoding(method="greedy", max_tokens=20))
    for row, latent in zip(written, z, strict=True):
        weights = model.step_weights(latent[None])
        states, last = weights.states, torch.tensor([BOS])
        for token in row.tolist():
            if token == PAD:
                break
            logits, states = step(weights, states, last)
            logits[:, [PAD, BOS, MASK]] = -torch.inf
            assert token == int(logits.argmax())
            last = torch.tensor([token])


@torch.no_grad()
def test_sampling_follows_the_model(model: MolVAE) -> None:
    z = torch.zeros(20_000, 3)
    generator = torch.Generator().manual_seed(0)
    written = decode_tokens(model, z, Decoding(max_tokens=2), generator=generator)
    weights = model.step_weights(z[:1])
    logits, _ = step(weights, weights.states, torch.tensor([BOS]))
    logits[:, [PAD, BOS, MASK]] = -torch.inf
    expected = logits.softmax(1)[0]
    seen = torch.bincount(written[:, 0], minlength=VOCABULARY) / len(z)
    torch.testing.assert_close(seen, expected, atol=0.015, rtol=0.0)


@pytest.mark.parametrize("method", ["sample", "greedy", "beam"])
def test_rows_are_tokens_one_end_and_padding(model: MolVAE, method: str) -> None:
    z = 3.0 * torch.randn(50, 3, generator=torch.Generator().manual_seed(2))
    decoding = Decoding(method=method, max_tokens=12)  # type: ignore[arg-type]
    for row in decode_tokens(model, z, decoding, generator=torch.Generator().manual_seed(0)):
        tokens = row.tolist()
        assert BOS not in tokens and MASK not in tokens
        if EOS in tokens:
            end = tokens.index(EOS)
            assert PAD not in tokens[:end]
            assert set(tokens[end + 1 :]) <= {PAD}


def test_same_seed_same_tokens(model: MolVAE) -> None:
    z = torch.randn(30, 3)
    draws = [
        decode_tokens(model, z, Decoding(), generator=torch.Generator().manual_seed(5))
        for _ in range(2)
    ]
    assert torch.equal(*draws)


def test_no_latents_no_tokens(model: MolVAE) -> None:
    assert len(decode_tokens(model, torch.zeros(0, 3), Decoding())) == 0


def test_truncation_keeps_the_likeliest() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))
    assert torch.isfinite(truncate(logits, 2, 1.0)).tolist() == [[True, True, False, False]]
    assert torch.isfinite(truncate(logits, 0, 0.6)).tolist() == [[True, True, False, False]]
    assert torch.isfinite(truncate(logits, 0, 1e-6)).tolist() == [[True, False, False, False]]
    assert torch.equal(truncate(logits, 0, 1.0), logits)
    assert torch.equal(truncate(logits, 9, 1.0), logits)


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", 0.0), ("temperature", -1.0), ("top_p", 0.0), ("top_p", 1.5), ("top_k", -1),
     ("beam_size", 0), ("max_tokens", 0), ("method", "guess")],
)  # fmt: skip
def test_impossible_settings_are_named(name: str, value: object) -> None:
    with pytest.raises(GenerationError, match=f"{name} = "):
        Decoding(**{name: value})  # type: ignore[arg-type]
