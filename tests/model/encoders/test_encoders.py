"""Encoders against plain references, and what must hold of all of them."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from molvae.config import EncoderConfig
from molvae.data.batches import pad_sequences
from molvae.model.encoders import BiGRUEncoder, ConvolutionEncoder, Encoder, build_encoder
from molvae.model.encoders.convolution import sinusoids

KINDS = ("bilstm", "gru", "convolution")
VOCABULARY, WIDTH = 12, 6


def encoder(kind: str, layers: int = 2, **settings: float) -> Encoder:
    torch.manual_seed(0)
    config = EncoderConfig.model_validate(
        {"kind": kind, "hidden_size": 8, "layers": layers, "kernel_size": 3, **settings}
    )
    return build_encoder(WIDTH, config)


def table() -> torch.Tensor:
    return torch.randn(VOCABULARY, WIDTH, generator=torch.Generator().manual_seed(1))


def molecules() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(4, VOCABULARY, length) for length in (1, 7, 3, 12, 5)]


def read(net: Encoder, rows: list[np.ndarray], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    batch = pad_sequences(rows)
    return net(table(), batch.tokens, batch.lengths, dtype)


@pytest.mark.parametrize("layers", [1, 2])
def test_gru_equals_packed_bidirectional_gru(layers: int) -> None:
    net, batch = encoder("gru", layers), pad_sequences(molecules())
    assert isinstance(net, BiGRUEncoder)
    reference = nn.GRU(WIDTH, 8, layers, bidirectional=True)
    for index in range(layers):
        for source, suffix in ((net.ahead[index], ""), (net.back[index], "_reverse")):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                value = getattr(source, f"{name}_l0").data
                getattr(reference, f"{name}_l{index}{suffix}").data = value
    packed = nn.utils.rnn.pack_padded_sequence(
        functional.embedding(batch.tokens, table()), batch.lengths, enforce_sorted=False
    )
    _, last = reference(packed)
    expected = torch.cat((last[-2], last[-1]), dim=1)
    torch.testing.assert_close(read(net, molecules()), expected)


@pytest.mark.parametrize("kernel", [1, 2, 5, 30])
def test_a_convolution_is_its_sum_over_windows(kernel: int) -> None:
    net = encoder("convolution", 1, kernel_size=kernel)
    assert isinstance(net, ConvolutionEncoder)
    row = molecules()[3]
    inputs = table()[[*row, 2]] + sinusoids(len(row) + 1, WIDTH, torch.device("cpu"))
    weight, bias = net.first.weight, net.first.bias
    states = []
    for step in range(len(inputs)):
        total = bias.clone()
        for offset in range(kernel):
            place = step + offset - (kernel - 1) // 2
            if 0 <= place < len(inputs):
                total = total + weight[:, :, offset] @ inputs[place]
        states.append(functional.gelu(net.last_norm(total)))
    together = torch.stack(states)
    expected = torch.cat((together.mean(0), together.amax(0)))[None]
    torch.testing.assert_close(read(net, [row]), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_has_no_effect(kind: str) -> None:
    net, rows = encoder(kind), molecules()
    together = read(net, rows)
    alone = torch.cat([read(net, [row]) for row in rows])
    torch.testing.assert_close(together, alone)
    batch = pad_sequences(rows)
    beyond = torch.arange(len(batch.tokens))[:, None] >= batch.lengths
    filled = batch.tokens.masked_fill(beyond, 9)
    torch.testing.assert_close(net(table(), filled, batch.lengths, torch.float32), together)


@pytest.mark.parametrize("kind", KINDS)
def test_order_of_tokens_matters(kind: str) -> None:
    net = encoder(kind)
    one, other = read(net, [np.array([5, 6, 7, 8, 9]), np.array([9, 6, 7, 8, 5])])
    assert float((one - other).detach().abs().max()) > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_embedded_tokens_read_as_tokens_do(kind: str) -> None:
    net, row = encoder(kind), np.arange(4, 11)
    tokens = pad_sequences([row, row[::-1].copy()]).tokens
    embedded = functional.embedding(tokens, table())
    expected = read(net, [row, row[::-1].copy()])
    torch.testing.assert_close(net.read_embedded(embedded, torch.float32), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16_is_close_and_gradients_reach_every_weight(kind: str) -> None:
    net, rows = encoder(kind), molecules()
    exact, rough = read(net, rows), read(net, rows, torch.bfloat16)
    assert exact.shape == (len(rows), net.summary_size)
    torch.testing.assert_close(rough.float(), exact, atol=0.05, rtol=0.05)
    rough.float().square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
        assert parameter.grad.dtype == torch.float32


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_acts_in_training_alone(kind: str) -> None:
    net = encoder(kind, dropout=0.5)
    assert not torch.equal(read(net.train(), molecules()), read(net, molecules()))
    assert torch.equal(read(net.eval(), molecules()), read(net, molecules()))


def test_sinusoids_tell_steps_apart_at_any_width() -> None:
    for width in (1, 5, 64):
        places = sinusoids(50, width, torch.device("cpu"))
        assert places.shape == (50, width)
        assert bool((places.abs() <= 1.0).all())
        assert len(places.unique(dim=0)) == 50
