"""The GRU that writes a molecule from its latent vector."""

from collections.abc import Sequence
from typing import NamedTuple, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import DecoderConfig
from molvae.model.decoders.base import Decoder, States
from molvae.model.recurrent import gru_parameters, gru_sequence, table_lookup
from molvae.tokenizers.vocabulary import BOS, MASK

TALLY_UNIT = 0.1
"""What one token adds to its count; keeps the counts of a molecule near 1."""


class StepWeights(NamedTuple):
    """What one step of decoding needs, computed once for a batch of latents.

    `token_gates` (V, 3H) is the first layer's input by token; `latent_gates` (B, 3H) the
    part of z, the same at each step; `tally_gates` (V, 3H), where the decoder keeps a tally,
    what each token read adds to all later steps; `layers` holds (weight_ih or None, bias,
    weight_hh, bias_n) by layer; `states` is the first state (B, H) of each layer, and then
    the tally (B, V).
    """

    token_gates: Tensor
    latent_gates: Tensor
    tally_gates: Tensor | None
    layers: tuple[tuple[Tensor | None, Tensor | None, Tensor, Tensor], ...]
    output: tuple[Tensor, Tensor]
    states: States

    @property
    def rows(self) -> int:
        """Number of latents B."""
        return len(self.latent_gates)

    @property
    def device(self) -> torch.device:
        """Where the latents are."""
        return self.latent_gates.device

    def step(self, states: States, tokens: Tensor) -> tuple[Tensor, States]:
        """Logits (B, V) in float32 and the new states after reading one token (B,) each."""
        return step(self, states, tokens)

    def select(self, rows: Tensor) -> "StepWeights":
        """The same for some of the latents; `states` are the caller's to select."""
        return self._replace(latent_gates=self.latent_gates[rows])

    def without(self, tokens: Sequence[int]) -> "StepWeights":
        """The same, with the logits of `tokens` at -inf, at no cost in each step."""
        weight, bias = self.output
        bias = bias.clone()
        bias[list(tokens)] = -torch.inf
        return self._replace(output=(weight, bias))


@final
class GRUDecoder(Decoder):
    """Teacher-forced GRU; z sets the first state of each layer and enters at each step.

    With a tally, the number of times each token was read so far enters too, so that what is
    still missing from a wanted property need not be counted by the recurrence. Where word
    dropout hides tokens in training, those that are seen count for them (inverted dropout:
    Srivastava et al. 2014, section 10), so that counts are as large as they will be in use.
    """

    reads_tokens = True

    def __init__(
        self,
        vocabulary_size: int,
        embedding_size: int,
        latent_size: int,
        config: DecoderConfig,
        *,
        tally: bool = False,
    ) -> None:
        super().__init__()
        hidden = config.hidden_size
        self.widths = (embedding_size, latent_size, vocabulary_size if tally else 0)
        sizes = [sum(self.widths)] + [hidden] * (config.layers - 1)
        self.layers = nn.ModuleList(nn.GRU(size, hidden) for size in sizes)
        self.initial = nn.Linear(latent_size, config.layers * hidden)
        self.output = nn.Linear(hidden, vocabulary_size)
        self.dropout = nn.Dropout(config.dropout)
        self.hidden_share = config.word_dropout

    @property
    def tally_size(self) -> int:
        """Number of tokens that are counted: the whole vocabulary, or none."""
        return self.widths[2]

    def forward(self, embedding: Tensor, tokens: Tensor, z: Tensor, dtype: torch.dtype) -> Tensor:
        """Logits (T, B, V) in float32 of the token after each of `tokens` (T, B); z is (B, Z)."""
        first = self._initial_states(z, dtype)
        if tokens.is_cuda:
            states = self._run_cudnn(embedding, tokens, z, first)
        else:
            states = self._run_cpu(embedding, tokens, z, first, dtype)
        states = self.dropout(states)
        weight, bias = self.output.weight.to(states.dtype), self.output.bias.to(states.dtype)
        return functional.linear(states, weight, bias).float()

    def step_weights(self, embedding: Tensor, z: Tensor, dtype: torch.dtype) -> StepWeights:
        """Everything `step` needs to decode from `z` (B, Z), in `dtype`."""
        token_gates, latent_gates, tally_gates = self._first_gates(embedding, z)
        layers: list[tuple[Tensor | None, Tensor | None, Tensor, Tensor]] = []
        for index, layer in enumerate(self.layers):
            weight_ih, bias, weight_hh, bias_n = gru_parameters(layer)
            inner = (None, None) if index == 0 else (weight_ih.to(dtype), bias.to(dtype))
            layers.append((*inner, weight_hh.to(dtype), bias_n.to(dtype)))
        return StepWeights(
            token_gates.to(dtype),
            latent_gates.to(dtype),
            None if tally_gates is None else tally_gates.to(dtype),
            tuple(layers),
            (self.output.weight.to(dtype), self.output.bias.to(dtype)),
            self._initial_states(z, dtype) + self._empty_tally(z, dtype),
        )

    def _initial_states(self, z: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        return torch.tanh(self.initial(z)).to(dtype).chunk(len(self.layers), dim=1)

    def _empty_tally(self, z: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        return (z.new_zeros(len(z), self.tally_size, dtype=dtype),) if self.tally_size else ()

    def _first_gates(self, embedding: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Input gates of the first layer: a token table (V, 3H), z's part (B, 3H), the tally's."""
        weight, bias, _, _ = gru_parameters(self.layers[0])
        by_token, by_latent, by_tally = torch.split(weight, list(self.widths), dim=1)
        tally_gates = TALLY_UNIT * by_tally.t() if self.tally_size else None
        return embedding @ by_token.t(), functional.linear(z, by_latent, bias), tally_gates

    def _tallies(self, tokens: Tensor, dtype: torch.dtype) -> Tensor:
        counts = tallies(tokens, self.tally_size, dtype)
        if not self.training or self.hidden_share in (0.0, 1.0):
            return counts
        weights = counts.new_full((self.tally_size,), 1.0 / (1.0 - self.hidden_share))
        weights[BOS], weights[MASK] = 1.0, 0.0  # the first is never hidden, the other hides
        return counts * weights

    def _run_cpu(
        self,
        embedding: Tensor,
        tokens: Tensor,
        z: Tensor,
        first: tuple[Tensor, ...],
        dtype: torch.dtype,
    ) -> Tensor:
        token_gates, latent_gates, tally_gates = self._first_gates(embedding, z)
        gates = table_lookup(token_gates.to(dtype), tokens) + latent_gates.to(dtype)  # (T, B, 3H)
        if tally_gates is not None:
            gates = gates + self._tallies(tokens, dtype) @ tally_gates.to(dtype)
        states = gates
        for index, (layer, state) in enumerate(zip(self.layers, first, strict=True)):
            weight_ih, bias, weight_hh, bias_n = (part.to(dtype) for part in gru_parameters(layer))
            if index > 0:
                gates = functional.linear(self.dropout(states), weight_ih, bias)
            states = gru_sequence(gates, state, weight_hh, bias_n)
        return states

    def _run_cudnn(
        self, embedding: Tensor, tokens: Tensor, z: Tensor, first: tuple[Tensor, ...]
    ) -> Tensor:
        embedded = functional.embedding(tokens, embedding)
        parts = [embedded, z.to(embedded.dtype).expand(len(tokens), *z.shape)]
        if self.tally_size:
            parts.append(TALLY_UNIT * self._tallies(tokens, embedded.dtype))
        states = torch.cat(parts, dim=2)
        for index, (layer, state) in enumerate(zip(self.layers, first, strict=True)):
            states = self.dropout(states) if index > 0 else states
            states = layer(states, state[None].to(states.dtype).contiguous())[0]
        return states


def step(weights: StepWeights, states: States, tokens: Tensor) -> tuple[Tensor, States]:
    """Logits (B, V) in float32 and the new states after reading one token (B,) each."""
    gates = weights.token_gates[tokens] + weights.latent_gates
    tally: tuple[Tensor, ...] = ()
    if weights.tally_gates is not None:
        states, counts = states[:-1], states[-1]
        tally = (counts + functional.one_hot(tokens, counts.shape[1]).to(counts.dtype),)
        gates = gates + tally[0] @ weights.tally_gates
    new_states: list[Tensor] = []
    for (weight_ih, bias, weight_hh, bias_n), state in zip(weights.layers, states, strict=True):
        if weight_ih is not None:
            gates = functional.linear(new_states[-1], weight_ih, bias)
        new_states.append(_cell(gates, state, weight_hh, bias_n))
    return functional.linear(new_states[-1], *weights.output).float(), (*new_states, *tally)


def tallies(tokens: Tensor, vocabulary_size: int, dtype: torch.dtype) -> Tensor:
    """How often each token was read up to each step of `tokens` (T, B): (T, B, V)."""
    return functional.one_hot(tokens, vocabulary_size).cumsum(0).to(dtype)


def _cell(gates: Tensor, state: Tensor, weight: Tensor, bias_n: Tensor) -> Tensor:
    hidden = state.shape[1]
    product = state @ weight.t()
    rz = (gates[:, : 2 * hidden] + product[:, : 2 * hidden]).sigmoid_()
    product_n = product[:, 2 * hidden :] + bias_n
    n = torch.addcmul(gates[:, 2 * hidden :], rz[:, :hidden], product_n).tanh_()
    return torch.lerp(n, state, rz[:, hidden:])
