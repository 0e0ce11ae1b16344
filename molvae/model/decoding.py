"""Writing token sequences from latent vectors: sampling, greedy and beam search."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from molvae.errors import GenerationError
from molvae.model.decoder import StepWeights, step
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import BOS, EOS, MASK, PAD

NEVER_WRITTEN = [PAD, BOS, MASK]
CHECK_EVERY = 4
"""Steps between two looks at which molecules are finished."""


@dataclass(frozen=True)
class Decoding:
    """How tokens are chosen; raises `GenerationError` for impossible values."""

    method: Literal["sample", "greedy", "beam"] = "sample"
    temperature: float = 1.0
    """Divides the logits; below 1 is more conservative. Only for `sample`."""
    top_k: int = 0
    """Choose among the k likeliest tokens only; 0 for all (Fan et al. 2018)."""
    top_p: float = 1.0
    """Choose among the likeliest tokens that hold this share (Holtzman et al. 2020)."""
    beam_size: int = 5
    max_tokens: int = 120

    def __post_init__(self) -> None:
        checks = (
            (self.method in ("sample", "greedy", "beam"), "method", "sample, greedy or beam"),
            (self.temperature > 0.0, "temperature", "above 0; use method greedy for the limit"),
            (self.top_k >= 0, "top_k", "0 (all tokens) or more"),
            (0.0 < self.top_p <= 1.0, "top_p", "above 0 and at most 1"),
            (self.beam_size >= 1, "beam_size", "1 or more"),
            (self.max_tokens >= 1, "max_tokens", "1 or more"),
        )
        for holds, name, wanted in checks:
            if not holds:
                raise GenerationError(f"{name} = {getattr(self, name)!r}: must be {wanted}")


@torch.inference_mode()
def decode_tokens(
    model: MolVAE,
    z: Tensor,
    decoding: Decoding,
    *,
    generator: torch.Generator | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Token ids (B, T) written from `z` (B, Z): tokens, one end token, padding.

    A sequence without an end token ran into `decoding.max_tokens`. `generator` is on
    `z`'s device; it is not used by greedy and beam search.
    """
    weights = _without_specials(model.step_weights(z, dtype=dtype))
    if len(z) == 0:
        return torch.zeros(0, 1, dtype=torch.int64, device=z.device)
    if decoding.method == "beam":
        return _beam_search(weights, decoding)
    return _walk(weights, decoding, generator)


def _without_specials(weights: StepWeights) -> StepWeights:
    """Make the tokens that are never written impossible, at no cost in the loop."""
    weight, bias = weights.output
    bias = bias.clone()
    bias[NEVER_WRITTEN] = -torch.inf
    return weights._replace(output=(weight, bias))


def _walk(weights: StepWeights, decoding: Decoding, generator: torch.Generator | None) -> Tensor:
    """One token a step; finished molecules leave the batch every few steps."""
    count, device = len(weights.latent_gates), weights.latent_gates.device
    written = torch.zeros(count, decoding.max_tokens, dtype=torch.int64, device=device)
    rows = torch.arange(count, device=device)
    tokens = torch.full((count,), BOS, device=device)
    open_rows = torch.ones(count, dtype=torch.bool, device=device)
    states = weights.states
    for position in range(decoding.max_tokens):
        logits, states = step(weights, states, tokens)
        tokens = torch.where(open_rows, _choose(logits, decoding, generator), PAD)
        written[rows, position] = tokens
        open_rows = open_rows & (tokens != EOS)
        if position % CHECK_EVERY == CHECK_EVERY - 1:
            keep = open_rows.nonzero()[:, 0]
            if len(keep) == 0:
                return written[:, : position + 1]
            if len(keep) < 0.9 * len(rows):
                weights, rows, tokens = weights.select(keep), rows[keep], tokens[keep]
                states = tuple(state[keep] for state in states)
                open_rows = open_rows[keep]
    return written


def _choose(logits: Tensor, decoding: Decoding, generator: torch.Generator | None) -> Tensor:
    if decoding.method == "greedy":
        return logits.argmax(1)
    logits = truncate(logits / decoding.temperature, decoding.top_k, decoding.top_p)
    # argmax of p / E with E exponential is a draw from p (the Gumbel-max trick).
    noise = torch.empty_like(logits).exponential_(generator=generator)
    return (logits.softmax(1) / noise).argmax(1)


def truncate(logits: Tensor, top_k: int, top_p: float) -> Tensor:
    """`logits` (B, V) with all but the top-k, and then the top-p, tokens at -inf.

    The likeliest token always stays.
    """
    if 0 < top_k < logits.shape[1]:
        floor = logits.topk(top_k, dim=1).values[:, -1:]
        logits = logits.masked_fill(logits < floor, -torch.inf)
    if top_p < 1.0:
        ordered, place = logits.sort(dim=1, descending=True)
        before = ordered.softmax(1).cumsum(1) - ordered.softmax(1)
        cut = torch.zeros_like(logits, dtype=torch.bool).scatter(1, place, before >= top_p)
        logits = logits.masked_fill(cut, -torch.inf)
    return logits


def _beam_search(weights: StepWeights, decoding: Decoding) -> Tensor:
    """The likeliest of `beam_size` sequences kept for each latent at each step."""
    count, device = len(weights.latent_gates), weights.latent_gates.device
    beams = decoding.beam_size
    home = torch.arange(count, device=device)[:, None] * beams  # first row of each latent
    rows = torch.arange(count, device=device).repeat_interleave(beams)
    weights = weights.select(rows)
    states = tuple(state[rows] for state in weights.states)
    tokens = torch.full((count * beams,), BOS, device=device)
    scores = torch.full((count, beams), -torch.inf, device=device)
    scores[:, 0] = 0.0
    written = torch.zeros(count * beams, 0, dtype=torch.int64, device=device)
    for _ in range(decoding.max_tokens):
        logits, states = step(weights, states, tokens)
        total = scores[:, :, None] + _continuations(logits, tokens).view(count, beams, -1)
        scores, best = total.flatten(1).topk(beams, dim=1)
        parent = (home + best // logits.shape[1]).flatten()
        tokens = (best % logits.shape[1]).flatten()
        states = tuple(state[parent] for state in states)
        written = torch.cat((written[parent], tokens[:, None]), dim=1)
        if bool(((tokens == EOS) | (tokens == PAD)).all()):
            break
    return written[home[:, 0]]


def _continuations(logits: Tensor, last: Tensor) -> Tensor:
    """Log-probabilities (B, V) of the next token; after the end only padding, at no cost."""
    log_p = logits.log_softmax(1)
    ended = (last == EOS) | (last == PAD)
    padding = torch.full_like(log_p[0], -torch.inf)
    padding[PAD] = 0.0
    return torch.where(ended[:, None], padding, log_p)
