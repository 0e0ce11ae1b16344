"""The one-shot decoder: one pass, the sum of its parts, and every way of decoding."""

import numpy as np
import pytest
import torch
from torch import nn

from molvae.config import ConditionConfig, DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.batches import pad_sequences
from molvae.errors import ConfigError, ModelError
from molvae.model.decoders import OneShotDecoder
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import BOS, EOS, MASK, PAD

VOCABULARY, POSITIONS = 9, 6
NEVER = [PAD, BOS, MASK]


def model(
    layers: int = 1, *, positions: int | None = POSITIONS, conditions: tuple[int, ...] = ()
) -> MolVAE:
    torch.manual_seed(3)
    config = ModelConfig(
        embedding_size=4,
        latent_size=3,
        encoder=EncoderConfig(hidden_size=4),
        decoder=DecoderConfig(
            kind="one_shot", positions=positions, hidden_size=5, layers=layers, word_dropout=0.9
        ),
        condition=ConditionConfig(hidden_size=8, size=3),
    )
    built = MolVAE(VOCABULARY, config, conditions=conditions).eval()
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.mul_(3.0)
    return built


def latents(count: int) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(0))


def all_logits(net: MolVAE, z: torch.Tensor) -> torch.Tensor:
    """(P, B, V), from a batch of the longest molecules there can be."""
    batch = pad_sequences([np.full(POSITIONS - 1, 5)] * len(z))
    return net.decode(batch, z)


@pytest.mark.parametrize("layers", [1, 2])
def test_it_is_a_bidirectional_lstm_over_z_repeated(layers: int) -> None:
    net, z = model(layers), latents(4)
    decoder = net.decoder
    assert isinstance(decoder, OneShotDecoder)
    reference = nn.LSTM(7, 5, layers, bidirectional=True)
    for index in range(layers):
        for source, suffix in ((decoder.ahead[index], ""), (decoder.back[index], "_reverse")):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                value = getattr(source, f"{name}_l0").data
                getattr(reference, f"{name}_l{index}{suffix}").data = value
    places = decoder.positions.weight[:, None].expand(-1, 4, -1)
    inputs = torch.cat((places, z.expand(POSITIONS, 4, 3)), dim=2)
    expected = decoder.output(reference(inputs)[0])
    torch.testing.assert_close(all_logits(net, z), expected)


def test_what_was_written_and_word_dropout_have_no_effect() -> None:
    net, z = model().train(), latents(2)
    one, other = (pad_sequences([np.array(ids)] * 2) for ids in ([5, 6, 7], [8, 8, 8]))
    assert torch.equal(net.decode(one, z), net.decode(other, z))


@pytest.mark.parametrize("method", ["sample", "greedy", "beam"])
def test_decoding_is_one_pass_of_the_network(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = []
    write = OneShotDecoder._write

    def counted(self: OneShotDecoder, z: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        passes.append(len(z))
        return write(self, z, dtype)

    monkeypatch.setattr(OneShotDecoder, "_write", counted)
    decoding = Decoding(method, max_tokens=POSITIONS)  # type: ignore[arg-type]
    decode_tokens(model(), latents(50), decoding)
    assert passes == [50]


@torch.no_grad()
def test_greedy_takes_the_likeliest_token_of_each_position() -> None:
    net, z = model(), latents(60)
    net.decoder.output.bias[EOS] -= 2.0  # so that some do not end
    logits = all_logits(net, z)
    logits[:, :, NEVER] = -torch.inf
    best = logits.argmax(2).t()
    written = decode_tokens(net, z, Decoding("greedy", max_tokens=POSITIONS))
    ended = 0
    for row, expected in zip(written.tolist(), best.tolist(), strict=True):
        length = expected.index(EOS) + 1 if EOS in expected else POSITIONS
        ended += EOS in expected
        assert row[:length] == expected[:length]
        assert set(row[length:]) <= {PAD}
    assert 0 < ended < 60


@torch.no_grad()
def test_a_wide_beam_finds_the_likeliest_sequence() -> None:
    """Positions are independent: an ending at one, before it the likeliest of each."""
    net, z = model(), latents(8)
    log_p = all_logits(net, z)
    log_p[:, :, NEVER] = -torch.inf
    log_p = log_p.log_softmax(2)
    letters = log_p.clone()
    letters[:, :, EOS] = -torch.inf
    best_letter, letter = letters.max(2)  # (P, B)
    written = decode_tokens(net, z, Decoding("beam", beam_size=64, max_tokens=POSITIONS))
    for row in range(len(z)):
        scores = [
            float(best_letter[:end, row].sum() + log_p[end, row, EOS]) for end in range(POSITIONS)
        ]
        scores.append(float(best_letter[:, row].sum()))
        end = int(np.argmax(scores))
        expected = [*letter[:end, row].tolist(), *([EOS] if end < POSITIONS else [])]
        assert [token for token in written[row].tolist() if token != PAD] == expected


@torch.no_grad()
@pytest.mark.parametrize("guidance", [1.0, 2.5])
def test_beyond_the_last_position_there_is_only_the_end(guidance: float) -> None:
    net = model(conditions=(0,))
    told = torch.ones(40, 1)
    written = decode_tokens(
        net, latents(40), Decoding(max_tokens=30), conditions=told, guidance=guidance,
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    assert written.shape[1] >= POSITIONS + 1
    assert set(written[:, POSITIONS].tolist()) == {EOS, PAD}
    assert bool((written[:, POSITIONS + 1 :] == PAD).all())
    assert not bool(torch.isin(written[:, :POSITIONS], torch.tensor([BOS, MASK])).any())


def test_gradients_reach_every_weight_and_bfloat16_is_close() -> None:
    net, z = model(2), latents(4)
    with torch.no_grad():
        exact = all_logits(net, z)
    batch = pad_sequences([np.full(POSITIONS - 1, 5)] * 4)
    rough = net.decode(batch, z, dtype=torch.bfloat16)
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, exact, atol=0.2, rtol=0.1)
    rough.log_softmax(2)[:, :, 5].sum().backward()
    for name, parameter in net.decoder.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ModelError, match="a molecule of 6 tokens: this model writes 5 at most"):
        model().decode(pad_sequences([np.full(POSITIONS, 5)]), latents(1))
    with pytest.raises(ConfigError, match=r"model\.decoder\.positions: a one-shot decoder needs"):
        model(positions=None)
