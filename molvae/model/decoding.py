"""Writing token sequences from latent vectors: sampling, greedy and beam search."""

from dataclasses import dataclass
from typing import Literal, Protocol, Self

import torch
from torch import Tensor

from molvae.errors import GenerationError
from molvae.model.guidance import Stepper, stepper
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import BOS, EOS, PAD

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


class ConstraintRows(Protocol):
    """The token sequences of a batch as far as they are written."""

    def legal(self, tokens: Tensor, rows: Tensor | None = None) -> Tensor:
        """Whether each of `tokens` may be written next on its row, (B,) bool.

        With `rows` (B,), `tokens` belong to these. True for rows that have ended.
        """

    def allowed(self, device: torch.device) -> Tensor:
        """`legal` for every token of the vocabulary, (B, V) bool."""

    def advance(self, tokens: Tensor) -> None:
        """Write one of `tokens` (B,) on each row."""

    def select(self, rows: Tensor) -> Self:
        """The sequences of some rows."""


class TokenConstraint(Protocol):
    """What says which tokens may follow; others are masked, none is weighted anew."""

    def start(self, count: int, max_tokens: int) -> ConstraintRows:
        """`count` empty sequences, each to end within `max_tokens`, the end token included."""


@torch.inference_mode()
def decode_tokens(
    model: MolVAE,
    z: Tensor,
    decoding: Decoding,
    *,
    conditions: Tensor | None = None,
    guidance: float = 1.0,
    constraint: TokenConstraint | None = None,
    generator: torch.Generator | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Token ids (B, T) written from `z` (B, Z): tokens, one end token, padding.

    A sequence without an end token ran into `decoding.max_tokens`. `conditions` (B, C) are
    standardized, NaN where free; with a `guidance` above 1 they are followed more closely than
    plainly, at twice the cost. Tokens that `constraint` rules out are not written, unless the
    model finds no other possible. `generator` is on `z`'s device; it is not used by greedy
    and beam search.
    """
    steps = stepper(model, z, conditions, guidance, dtype)
    if len(z) == 0:
        return torch.zeros(0, 1, dtype=torch.int64, device=z.device)
    rules = constraint.start(steps.latents, decoding.max_tokens) if constraint else None
    if decoding.method == "beam":
        return _beam_search(steps, decoding, rules)
    return _walk(steps, decoding, rules, generator)


def _walk(
    steps: Stepper,
    decoding: Decoding,
    rules: ConstraintRows | None,
    generator: torch.Generator | None,
) -> Tensor:
    """One token a step; finished molecules leave the batch every few steps."""
    count, device = steps.latents, steps.device
    written = torch.zeros(count, decoding.max_tokens, dtype=torch.int64, device=device)
    rows = torch.arange(count, device=device)
    tokens = torch.full((count,), BOS, device=device)
    open_rows = torch.ones(count, dtype=torch.bool, device=device)
    states = steps.weights.states
    for position in range(decoding.max_tokens):
        logits, states = steps.step(states, tokens)
        tokens = torch.where(open_rows, _choose(logits, decoding, rules, generator), PAD)
        written[rows, position] = tokens
        open_rows = open_rows & (tokens != EOS)
        if position % CHECK_EVERY == CHECK_EVERY - 1:
            keep = open_rows.nonzero()[:, 0]
            if len(keep) == 0:
                return written[:, : position + 1]
            if len(keep) < 0.9 * len(rows):
                states = steps.select_states(states, keep)
                steps, rows, tokens = steps.select(keep), rows[keep], tokens[keep]
                open_rows = open_rows[keep]
                rules = rules and rules.select(keep)
        if rules is not None:
            rules.advance(tokens)
    return written


def _choose(
    logits: Tensor,
    decoding: Decoding,
    rules: ConstraintRows | None,
    generator: torch.Generator | None,
) -> Tensor:
    if decoding.method == "greedy":
        return _first_legal(logits, logits.argmax(1), None, rules)
    if rules is not None and (decoding.top_k or decoding.top_p < 1.0):
        logits, rules = _masked(logits, rules), None
    logits = truncate(logits / decoding.temperature, decoding.top_k, decoding.top_p)
    # argmax of p / E with E exponential is a draw from p (the Gumbel-max trick).
    noise = torch.empty_like(logits).exponential_(generator=generator)
    return _first_legal(logits, (logits.softmax(1) / noise).argmax(1), noise, rules)


def _first_legal(
    logits: Tensor, tokens: Tensor, noise: Tensor | None, rules: ConstraintRows | None
) -> Tensor:
    """`tokens` (B,), the first choices, where they are legal, else the first choice that is.

    With the same noise, that is the choice among the legal tokens alone: the same draw as
    from masked logits, without looking at tokens that nobody chose.
    """
    if rules is None or bool((legal := rules.legal(tokens)).all()):
        return tokens
    rows = (~legal).nonzero()[:, 0]
    scores = logits[rows] if noise is None else logits[rows] - noise[rows].log()
    tried, tokens = tokens[rows], tokens.clone()
    while len(rows):
        scores = scores.scatter(1, tried[:, None], -torch.inf)
        best, tried = scores.max(1)
        possible = best > -torch.inf  # where nothing is, the first choice stays
        legal = rules.legal(tried, rows)
        chosen = possible & legal
        tokens[rows[chosen]] = tried[chosen]
        rest = possible & ~legal
        rows, scores, tried = rows[rest], scores[rest], tried[rest]
    return tokens


def _masked(logits: Tensor, rules: ConstraintRows) -> Tensor:
    """`logits` (B, V) at -inf where a token is not allowed; rows without any other stay."""
    masked = logits.masked_fill(~rules.allowed(logits.device), -torch.inf)
    stuck = (masked == -torch.inf).all(1)
    return torch.where(stuck[:, None], logits, masked)


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


def _beam_search(steps: Stepper, decoding: Decoding, rules: ConstraintRows | None) -> Tensor:
    """The likeliest of `beam_size` sequences kept for each latent at each step."""
    count, device = steps.latents, steps.device
    beams = decoding.beam_size
    home = torch.arange(count, device=device)[:, None] * beams  # first row of each latent
    rows = torch.arange(count, device=device).repeat_interleave(beams)
    states = steps.select_states(steps.weights.states, rows)
    steps = steps.select(rows)
    rules = rules and rules.select(rows)
    tokens = torch.full((count * beams,), BOS, device=device)
    scores = torch.full((count, beams), -torch.inf, device=device)
    scores[:, 0] = 0.0
    written = torch.zeros(count * beams, 0, dtype=torch.int64, device=device)
    for _ in range(decoding.max_tokens):
        logits, states = steps.step(states, tokens)
        if rules is not None:
            logits = _masked(logits, rules)
        total = scores[:, :, None] + _continuations(logits, tokens).view(count, beams, -1)
        scores, best = total.flatten(1).topk(beams, dim=1)
        parent = (home + best // logits.shape[1]).flatten()
        tokens = (best % logits.shape[1]).flatten()
        states = steps.select_states(states, parent)
        written = torch.cat((written[parent], tokens[:, None]), dim=1)
        if rules is not None:
            rules = rules.select(parent)
            rules.advance(tokens)
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
