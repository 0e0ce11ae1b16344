"""Flows by autoregression: one pass forwards, one pass a dimension back."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.model.flows.base import Chain, Flow, Transformed
from molvae.model.flows.masked import MaskedLinear, degrees


class Autoregressive(Flow):
    """A step of the inverse autoregressive flow (Kingma et al. 2016, equations 13 and 14).

    y = g x + (1 - g) m, where the gate g = sigmoid(s) and m of a dimension depend on the
    context and on the dimensions of x before it (after it, when `backwards`). s starts at
    `OPEN` and stays within +-`LIMIT` of it, so that the inverse of no vector overflows.
    """

    OPEN = 2.0
    LIMIT = 4.0

    def __init__(
        self, size: int, hidden_size: int, *, context_size: int = 0, backwards: bool = False
    ) -> None:
        super().__init__()
        self.backwards = backwards
        outer, inner = degrees(size, hidden_size)
        self.first = MaskedLinear(outer, inner)
        self.second = MaskedLinear(inner, inner)
        self.last = MaskedLinear(inner, outer.repeat(2), strict=True)
        self.context = nn.Linear(context_size, hidden_size) if context_size else None
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Transformed:
        """`x` (B, Z) gated, in one pass."""
        x = self._turned(x)
        gate, shift = self._terms(x, context)
        y = torch.lerp(shift, x, gate.sigmoid())
        return Transformed(self._turned(y), functional.logsigmoid(gate).sum(1))

    def inverse(self, y: Tensor, context: Tensor | None = None) -> Tensor:
        """The exact inverse, in as many passes as there are dimensions."""
        y = self._turned(y)
        x = torch.zeros_like(y)
        for place in range(y.shape[1]):
            gate, shift = (term[:, place] for term in self._terms(x, context))
            share = gate.sigmoid()
            value = (y[:, place] - (1.0 - share) * shift) / share
            x = torch.cat((x[:, :place], value[:, None], x[:, place + 1 :]), dim=1)
        return self._turned(x)

    def _turned(self, values: Tensor) -> Tensor:
        return values.flip(1) if self.backwards else values

    def _terms(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        """The gates before their sigmoid, and the shifts, both (B, Z)."""
        hidden = self.first(x)
        if self.context is not None:
            hidden = hidden + self.context(context)
        hidden = hidden + self.second(functional.silu(hidden))
        raw, shift = self.last(functional.silu(hidden)).chunk(2, dim=1)
        return self.OPEN + self.LIMIT * torch.tanh(raw / self.LIMIT), shift


def autoregressive_flow(
    size: int, layers: int, hidden_size: int, *, context_size: int = 0
) -> Chain:
    """`layers` steps for vectors of `size`, every second in the reverse order."""
    return Chain(
        Autoregressive(size, hidden_size, context_size=context_size, backwards=index % 2 == 1)
        for index in range(layers)
    )
