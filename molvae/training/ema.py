"""The running mean of a model's weights, which is often better than the last of them."""

import copy

import torch
from torch import Tensor

from molvae.model.vae import MolVAE


class WeightAverage:
    """An exponential moving average of weights (Polyak & Juditsky 1992).

    At update t the mean keeps min(`memory`, t / (t + 10)) of what it was, so that the
    random weights of the beginning are soon forgotten; there is no bias to correct. What is
    not a weight (buffers) is taken over as it is.
    """

    def __init__(self, model: MolVAE, memory: float) -> None:
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.memory = memory

    @torch.no_grad()
    def update(self, model: MolVAE, step: int) -> None:
        """Take in the weights of `model` after its `step`-th step, the first being 1."""
        keep = min(self.memory, (step - 1) / (step + 9))
        means: list[Tensor] = [*self.model.parameters()]
        torch._foreach_lerp_(means, [*model.parameters()], 1.0 - keep)
        for mean, value in zip(self.model.buffers(), model.buffers(), strict=True):
            mean.copy_(value)
