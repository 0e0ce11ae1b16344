"""What every flow can do, and one flow after another."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

from torch import Tensor, nn


class Transformed(NamedTuple):
    """`y` (B, Z) and log |det dy/dx| (B,) in nats."""

    y: Tensor
    log_det: Tensor


class Flow(nn.Module, ABC):
    """An invertible map of vectors (B, Z), which may depend on a context (B, C)."""

    @abstractmethod
    def forward(self, x: Tensor, context: Tensor | None = None) -> Transformed:
        """`x` (B, Z) transformed, with the log-determinant of the Jacobian."""

    @abstractmethod
    def inverse(self, y: Tensor, context: Tensor | None = None) -> Tensor:
        """The x (B, Z) whose transform is `y`."""


class Chain(Flow):
    """One flow after another."""

    def __init__(self, steps: Iterable[Flow]) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Transformed:
        """`x` (B, Z) through all steps."""
        log_det = x.new_zeros(len(x))
        for step in self.steps:
            x, change = step(x, context)
            log_det = log_det + change
        return Transformed(x, log_det)

    def inverse(self, y: Tensor, context: Tensor | None = None) -> Tensor:
        """Back through all steps, the last first."""
        for step in reversed(self.steps):
            assert isinstance(step, Flow)
            y = step.inverse(y, context)
        return y
