"""The network that says how a flow transforms one half of a vector, given the other."""

from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn
from torch.nn import functional


class Network(nn.Module):
    """A network that can compute its products in a lower precision."""

    dtype = torch.float32
    """What its products are computed in; a lower precision learns faster where it is built in."""

    def precision(self, device: torch.device) -> AbstractContextManager[object]:
        """While entered, products are computed in `dtype`."""
        low = self.dtype != torch.float32
        return torch.autocast(device.type, dtype=self.dtype if low else None, enabled=low)


class ResidualMLP(Network):
    """A perceptron with residual blocks (He et al. 2016), that starts as the constant 0."""

    def __init__(self, inputs: int, outputs: int, hidden_size: int, *, blocks: int = 1) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, hidden_size)
        self.blocks = nn.ModuleList(_Block(hidden_size) for _ in range(blocks))
        self.last = nn.Linear(hidden_size, outputs)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Outputs (B, O) of `x` and, beside it, `context`: together (B, I)."""
        with self.precision(x.device):
            hidden = self.first(x if context is None else torch.cat((x, context), dim=1))
            for block in self.blocks:
                hidden = block(hidden)
            outputs: Tensor = self.last(functional.silu(hidden))
        return outputs.float()


class _Block(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.inner = nn.Linear(size, size)
        self.outer = nn.Linear(size, size)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.outer(functional.silu(self.inner(functional.silu(x))))
        return x + change
