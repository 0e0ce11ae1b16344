"""The bidirectional LSTM that writes all tokens of a molecule at once."""

from collections.abc import Sequence
from typing import NamedTuple, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import DecoderConfig
from molvae.errors import ConfigError, ModelError
from molvae.model.bidirectional import recurrent_weights, run_lstms
from molvae.model.decoders.base import Decoder, States
from molvae.model.recurrent import lstm_sequence, parameters_of
from molvae.tokenizers.vocabulary import EOS

IMPOSSIBLE = -1e9
"""A logit of no probability; finite, so that differences of two are numbers."""


class WrittenLogits(NamedTuple):
    """All `logits` (B, P, V) of some latents; the only state is the position (B,)."""

    logits: Tensor

    @property
    def states(self) -> States:
        """The first position."""
        return (torch.zeros(self.rows, dtype=torch.int64, device=self.device),)

    @property
    def rows(self) -> int:
        """Number of latents B."""
        return len(self.logits)

    @property
    def device(self) -> torch.device:
        """Where the latents are."""
        return self.logits.device

    def step(self, states: States, tokens: Tensor) -> tuple[Tensor, States]:
        """Logits (B, V) of the next position, whatever was written; after the last, the end."""
        (position,) = states
        count = self.logits.shape[1]
        row = torch.arange(self.rows, device=self.device)
        logits = self.logits[row, position.clamp(max=count - 1)]
        end = torch.full_like(logits, IMPOSSIBLE)
        end[:, EOS] = 0.0
        return torch.where((position < count)[:, None], logits, end), (position + 1,)

    def select(self, rows: Tensor) -> "WrittenLogits":
        """The same for some of the latents; the states are the caller's to select."""
        return WrittenLogits(self.logits[rows])

    def without(self, tokens: Sequence[int]) -> "WrittenLogits":
        """The same, with the logits of `tokens` at -inf."""
        logits = self.logits.clone()
        logits[:, :, list(tokens)] = -torch.inf
        return WrittenLogits(logits)


@final
class OneShotDecoder(Decoder):
    """Bidirectional LSTM over z repeated, beside a learned embedding of each position.

    Given z, the tokens are independent of each other (Gu et al. 2018), so that one pass writes
    a molecule of up to `config.positions` tokens, the end token included.
    """

    reads_tokens = False

    def __init__(
        self, vocabulary_size: int, embedding_size: int, latent_size: int, config: DecoderConfig
    ) -> None:
        super().__init__()
        if config.positions is None:
            raise ConfigError(
                "model.decoder.positions: a one-shot decoder needs the number of tokens it writes; "
                "`train` takes it from the corpus"
            )
        hidden = config.hidden_size
        self.widths = (embedding_size, latent_size)
        sizes = [sum(self.widths)] + [2 * hidden] * (config.layers - 1)
        self.positions = nn.Embedding(config.positions, embedding_size)
        self.ahead = nn.ModuleList(nn.LSTM(size, hidden) for size in sizes)
        self.back = nn.ModuleList(nn.LSTM(size, hidden) for size in sizes)
        self.output = nn.Linear(2 * hidden, vocabulary_size)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, embedding: Tensor, tokens: Tensor, z: Tensor, dtype: torch.dtype) -> Tensor:
        """Logits (T, B, V) in float32 of the first T positions; `tokens` (T, B) are not read.

        Raises `ModelError` for more steps than there are positions.
        """
        positions = self.positions.num_embeddings
        if len(tokens) > positions:
            raise ModelError(
                f"a molecule of {len(tokens) - 1} tokens: this model writes {positions - 1} at most"
            )
        return self._write(z, dtype)[: len(tokens)]

    def step_weights(self, embedding: Tensor, z: Tensor, dtype: torch.dtype) -> WrittenLogits:
        """All logits of `z` (B, Z), from which each step takes its own."""
        return WrittenLogits(self._write(z, dtype).transpose(0, 1).contiguous())

    def _write(self, z: Tensor, dtype: torch.dtype) -> Tensor:
        """Logits (P, B, V) in float32 of all positions."""
        states = self._first_states(z, dtype)  # (2, P, B, H)
        for ahead, back in zip(self.ahead[1:], self.back[1:], strict=True):
            forth = self.dropout(_joined(states))
            states = run_lstms(ahead, back, torch.stack((forth, forth.flip(0))), dtype)
        read = self.dropout(_joined(states))
        weight, bias = self.output.weight.to(read.dtype), self.output.bias.to(read.dtype)
        return functional.linear(read, weight, bias).float()

    def _first_states(self, z: Tensor, dtype: torch.dtype) -> Tensor:
        """States (2, P, B, H) of the first layer.

        On a CPU its gates are the sum of a part of the position and one of z.
        """
        ahead, back = self.ahead[0], self.back[0]
        place = self.positions.weight
        if z.is_cuda:
            repeated = z.expand(len(place), *z.shape)
            where = place[:, None].expand(-1, len(z), -1)
            inputs = torch.cat((where, repeated), dim=2)
            return run_lstms(ahead, back, torch.stack((inputs, inputs.flip(0))), dtype)
        gates = []
        for layer, order in ((ahead, place), (back, place.flip(0))):
            weights = parameters_of(layer)
            by_place, by_latent = torch.split(weights.weight_ih, list(self.widths), dim=1)
            of_latent = functional.linear(z, by_latent, weights.bias_ih + weights.bias_hh)
            of_place = order @ by_place.t()
            gates.append(of_place.to(dtype)[:, None] + of_latent.to(dtype))  # (P, B, 4H)
        return lstm_sequence(torch.stack(gates), recurrent_weights(ahead, back, dtype))


def _joined(states: Tensor) -> Tensor:
    """Both directions' `states` (2, P, B, H) of each position side by side, (P, B, 2H)."""
    return torch.cat((states[0], states[1].flip(0)), dim=2)
