"""ChemNet's last hidden layer, by which the Frechet ChemNet Distance compares molecules.

Every molecule is padded to one length, so the padding is one and the same for all. The
convolutions of padding are zero and are left out; the first LSTM, which reads from the end,
enters each molecule from a state that is computed once; and the second LSTM, which reads the
padding last, gets its input gates there ready-made. What is left for every molecule is
mostly the recurrent product of the second LSTM. The result is that of the `fcd` package,
in float32 throughout, summed in another order.

Axes: T positions of a padded molecule, R of them that a batch reaches, B molecules.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import conv1d, embedding, pad, selu

from molvae.errors import ModelError
from molvae.model.device import resolve_device

FEATURES = 512
"""Width of the activations."""

LENGTH = 350
"""Tokens in a padded molecule, the end token among them."""

_SYMBOLS = (
    *("C", "N", "O", "H", "F", "Cl", "P", "B", "Br", "S", "I", "Si", "#", "(", ")", "+", "-"),
    *("1", "2", "3", "4", "5", "6", "7", "8", "=", "[", "]", "@", "c", "n", "o", "s", "X", "."),
)
_UNKNOWN, _END, _PADDING = bytes([33]), bytes([34]), bytes([35])
_PAIRS = {b"Cl": b"\x80", b"Br": b"\x81", b"Si": b"\x82"}  # two letters as one byte above ASCII
_STRETCH = 16  # positions of padding in one call: their output stays in the cache
_FILE = "ChemNet_v0.13_pretrained.pt"

_State = tuple[Tensor, Tensor]


class _Stretch(NamedTuple):
    """Positions [start, stop) of padding: the input of each is one-hot, its gates a column."""

    start: int
    stop: int
    layer: nn.LSTM


class _Padding(NamedTuple):
    """What all molecules padded to one length have in common."""

    states: list[_State]
    """Of the first LSTM after 0, 1, ... T positions of padding, each (1, 1, 128)."""
    stretches: list[_Stretch]
    """The second LSTM over positions that the molecule does not reach."""


class ChemNet:
    """ChemNet (Mayr et al. 2018) with the weights that the `fcd` package ships.

    `device` is auto, cpu, cuda or cuda:N. Raises `ModelError` where `fcd` is not installed.
    """

    def __init__(self, *, device: str = "auto") -> None:
        self._device = resolve_device(device)
        self._batch = 256 if self._device.type == "cpu" else 2048
        weights = [
            {name: tensor.to(self._device) for name, tensor in layer.items()}
            for layer in _read_weights()
        ]
        self._filters = (weights[0]["weight"], weights[1]["weight"])
        self._first, self._second = _lstm(weights[2]), _lstm(weights[3])
        self._second_weights = weights[3]
        one_hot = torch.eye(len(_SYMBOLS) + 1, len(_SYMBOLS), device=self._device)
        self._symbols = one_hot / len(_SYMBOLS)  # the last row, padding, is zero

    @torch.inference_mode()
    def activations(self, smiles: Sequence[str], *, length: int = LENGTH) -> NDArray[np.float32]:
        """Activations (N, 512) of canonical SMILES, each independent of the others.

        Molecules are padded to `length` tokens. Of longer ones the first `length - 1` tokens
        count, as in MOSES; `fcd` would instead pad all molecules of the list further, which
        a `length` of one more than the longest string's characters repeats.
        """
        if length < 1:
            raise ValueError(f"the end token alone takes a length of 1, not {length}")
        result = np.empty((len(smiles), FEATURES), np.float32)
        codes = [_encode(text, length - 1) for text in smiles]
        order = np.argsort([len(code) for code in codes], kind="stable")
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            padding = self._padding(length)
            for start in range(0, len(order), self._batch):
                rows = order[start : start + self._batch]
                batch = [codes[row] for row in rows]
                result[rows] = self._forward(batch, length, padding).cpu().numpy()
        return result

    def _forward(self, codes: list[bytes], length: int, padding: _Padding) -> Tensor:
        """Activations (B, 512) of a batch sorted by length."""
        positions = len(padding.states) - 1
        reach = min((len(codes[-1]) + 2) // 4 + 1, positions)
        inputs = self._convolve(codes, length, reach)
        hidden, cell = padding.states[positions - reach]
        batch = len(codes)
        entry = (hidden.expand(-1, batch, -1).contiguous(), cell.expand(-1, batch, -1).contiguous())
        states = self._first(inputs.flip(0), entry)[0].flip(0)  # (R, B, 128)
        state: _State = self._second(states)[1]
        for start, stop, layer in padding.stretches:
            if stop > reach:
                one_hot = torch.eye(stop - start, device=self._device)[max(reach - start, 0) :]
                state = layer(one_hot[:, None].expand(-1, batch, -1).contiguous(), state)[1]
        return state[0][0]

    def _convolve(self, codes: list[bytes], length: int, reach: int) -> Tensor:
        """Input (R, B, 32) of the first LSTM: two convolutions of width 4, stride 2."""
        width = 4 * reach + 3
        padded = b"".join(code.ljust(width, _PADDING) for code in codes)
        ids = torch.from_numpy(np.frombuffer(padded, np.uint8).astype(np.int64))
        x = embedding(ids.view(-1, width).to(self._device), self._symbols)
        x = selu(conv1d(pad(x.transpose(1, 2), (1, 0)), self._filters[0], stride=2))
        x[:, :, _halved(length) :] = 0.0  # beyond the padded length, where the network has no input
        x = selu(conv1d(pad(x, (1, 0)), self._filters[1], stride=2))  # (B, 32, R)
        return x.permute(2, 0, 1).contiguous()

    def _padding(self, length: int) -> _Padding:
        """Run both LSTMs' common part over molecules of padding alone."""
        positions = _halved(_halved(length))
        nothing = torch.zeros(1, 1, self._first.input_size, device=self._device)
        zero = torch.zeros(1, 1, self._first.hidden_size, device=self._device)
        states = [(zero, zero)]
        for _ in range(positions):
            states.append(self._first(nothing, states[-1])[1])
        hidden = torch.cat([state[0][0] for state in states[:0:-1]])  # (T, 128), in reading order
        gates = hidden @ self._second_weights["weight_ih_l0"].t()  # (T, 2048)
        return _Padding(states, list(self._stretches(gates)))

    def _stretches(self, gates: Tensor) -> Iterator[_Stretch]:
        for start in range(0, len(gates), _STRETCH):
            stop = min(start + _STRETCH, len(gates))
            columns = gates[start:stop].t().contiguous()
            yield _Stretch(start, stop, _lstm(self._second_weights | {"weight_ih_l0": columns}))


def _halved(length: int) -> int:
    """Positions that a convolution of stride 2 and padding "same" leaves."""
    return (length + 1) // 2


def _translation() -> bytes:
    """The id of each byte: one symbol's, or the unknown symbol's."""
    table = bytearray(_UNKNOWN * 256)
    for index, symbol in enumerate(_SYMBOLS):
        text = symbol.encode()
        table[_PAIRS.get(text, text)[0]] = index
    return bytes(table)


_TRANSLATION = _translation()


def _encode(smiles: str, limit: int) -> bytes:
    """Ids of at most `limit` tokens, one byte each, and of the end token."""
    text = smiles.encode("ascii", "replace")
    for pair, byte in _PAIRS.items():
        text = text.replace(pair, byte)
    return text.translate(_TRANSLATION)[:limit] + _END


def _lstm(weights: dict[str, Tensor]) -> nn.LSTM:
    """A one-layer LSTM, (T, B, features) to (T, B, hidden), around the given weights."""
    width = weights["weight_ih_l0"].shape[1]
    layer = nn.LSTM(width, weights["weight_hh_l0"].shape[1], device="meta")
    layer.load_state_dict(weights, assign=True)
    layer.flatten_parameters()
    return layer


def _read_weights() -> list[dict[str, Tensor]]:
    """The weights of each layer: two convolutions, two LSTMs."""
    package = find_spec("fcd")
    if package is None or package.origin is None:
        raise ModelError("FCD needs ChemNet's weights from the package fcd: pip install fcd")
    path = Path(package.origin).with_name(_FILE)
    try:
        return [weights for _, (weights, _, _) in torch.load(path, weights_only=True)]
    except (OSError, EOFError, UnpicklingError, RuntimeError, ValueError) as error:
        raise ModelError(f"cannot read ChemNet's weights in {path}: {error}") from error
