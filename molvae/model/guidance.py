"""The next token's logits, under conditions that may be followed more closely than plainly.

Classifier-free guidance (Ho & Salimans 2022): the model is run with and without the
conditions, and the difference between the two is scaled.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from molvae.errors import GenerationError
from molvae.model.decoders import States, Steps
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import BOS, MASK, PAD

NEVER_WRITTEN = [PAD, BOS, MASK]
PLAIN = 1.0


class Stepper(NamedTuple):
    """Decoding of B latents a token at a time; guided, 2B rows: conditional, then free."""

    weights: Steps
    guidance: float

    @property
    def latents(self) -> int:
        """Number of latents B."""
        rows = self.weights.rows
        return rows if self.guidance == PLAIN else rows // 2

    @property
    def device(self) -> torch.device:
        """Where the latents are."""
        return self.weights.device

    def step(self, states: States, tokens: Tensor) -> tuple[Tensor, States]:
        """Logits (B, V) and the new states after reading one token (B,) each.

        Guided, they are free + guidance x (conditional - free). Tokens that are never written
        are at -inf.
        """
        if self.guidance == PLAIN:
            return self.weights.step(states, tokens)
        both, states = self.weights.step(states, tokens.repeat(2))
        conditional, free = both.chunk(2)
        logits = free + self.guidance * (conditional - free)
        logits[:, NEVER_WRITTEN] = -torch.inf
        return logits, states

    def select(self, rows: Tensor) -> "Stepper":
        """The same for some of the latents; the states are the caller's to select."""
        return self._replace(weights=self.weights.select(self._both(rows)))

    def select_states(self, states: States, rows: Tensor) -> States:
        """The states of some of the latents."""
        rows = self._both(rows)
        return tuple(state[rows] for state in states)

    def _both(self, rows: Tensor) -> Tensor:
        return rows if self.guidance == PLAIN else torch.cat((rows, rows + self.latents))


def stepper(
    model: MolVAE, z: Tensor, conditions: Tensor | None, guidance: float, dtype: torch.dtype
) -> Stepper:
    """What decodes from `z` (B, Z) under `conditions` (B, C), NaN where free; None frees all.

    Raises `GenerationError` for a guidance that is not finite or has nothing to follow.
    """
    if guidance == PLAIN:
        weights = model.step_weights(z, conditions, dtype=dtype)
        return Stepper(weights.without(NEVER_WRITTEN), guidance)
    if not abs(guidance) < torch.inf:
        raise GenerationError(f"guidance = {guidance}: must be a finite number")
    if model.conditioner is None or conditions is None:
        reason = "the model has no conditions" if model.conditioner is None else "none is given"
        raise GenerationError(f"guidance = {guidance:g} needs conditions to follow; {reason}")
    free = model.conditioner.free(len(z), z.device)
    weights = model.step_weights(torch.cat((z, z)), torch.cat((conditions, free)), dtype=dtype)
    return Stepper(weights, guidance)
