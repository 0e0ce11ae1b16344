"""Networks in which an output sees only the dimensions before its own (Germain et al. 2015)."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.model.flows.networks import Network


def degrees(size: int, hidden_size: int) -> tuple[Tensor, Tensor]:
    """The degrees of the dimensions and of the hidden units (Germain et al. 2015).

    Dimension d of Z has degree d + 1; hidden units have 0 to Z - 1 in equal shares, so that
    some see no dimension. On the CPU even inside `torch.device("meta")`.
    """
    inner = torch.arange(hidden_size, device="cpu") * size // hidden_size
    return torch.arange(size, device="cpu") + 1, inner


class MaskedLinear(nn.Linear):
    """A linear layer in which a unit sees only inputs whose degree its own allows."""

    def __init__(self, given: Tensor, own: Tensor, *, strict: bool = False) -> None:
        super().__init__(len(given), len(own))
        mask = own[:, None] > given if strict else own[:, None] >= given
        self.register_buffer("mask", mask.float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (B, O) of `x` (B, I)."""
        return functional.linear(x, self.weight * self.get_buffer("mask"), self.bias)

    def part(self, x: Tensor, rows: slice) -> Tensor:
        """The outputs `rows` alone, of which `x` (B, L) has all inputs that they see."""
        return functional.linear(x, self.weight[rows, : x.shape[1]], self.bias[rows])

    def _load_from_state_dict(
        self, state_dict: MutableMapping[str, Any], prefix: str, *rest: Any
    ) -> None:
        state_dict.pop(f"{prefix}mask", None)  # models of older versions keep it
        super()._load_from_state_dict(state_dict, prefix, *rest)


class MaskedResidual(Network):
    """Residual blocks of masked layers: `outputs` numbers for each dimension of x (B, Z).

    Those of a dimension depend on the dimensions before it. Starts as the bias of `last`.
    """

    def __init__(self, size: int, outputs: int, hidden_size: int, blocks: int) -> None:
        super().__init__()
        self.size, self.outputs = size, outputs
        outer, inner = degrees(size, hidden_size)
        self.ends = [0, *(int((inner < degree).sum()) for degree in outer)]
        """Hidden units of degree d lie between the ends d and d + 1."""
        self.first = MaskedLinear(outer, inner)
        self.blocks = nn.ModuleList(_MaskedBlock(inner) for _ in range(blocks))
        self.last = MaskedLinear(inner, outer.repeat_interleave(outputs), strict=True)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (B, Z, O) of `x` (B, Z), in one pass."""
        with self.precision(x.device):
            hidden = self.first(x)
            for block in self.blocks:
                hidden = block(hidden)
            outputs: Tensor = self.last(functional.silu(hidden))
        return outputs.float().view(len(x), self.size, self.outputs)

    def one_by_one(self, x: Tensor) -> Iterator[Tensor]:
        """The outputs (B, O) of each dimension in turn, those of `x` (B, Z) before it being set.

        Whoever iterates writes a dimension into `x` before the next is asked for. Each hidden
        unit is computed once, as soon as it can be: all dimensions cost one pass.
        """
        pairs = [(one.inner, one.outer) for one in self.blocks if isinstance(one, _MaskedBlock)]
        layers = 1 + 2 * len(pairs)  # what goes into the first block, and two for each
        levels = [x.new_empty(len(x), self.first.out_features) for _ in range(layers)]
        for place in range(self.size):
            end = self.ends[place + 1]
            own = slice(self.ends[place], end)
            hidden = self.first.part(x[:, :place], own)
            levels[0][:, own] = functional.silu(hidden)
            for index, (inner, outer) in enumerate(pairs):
                before, middle, after = levels[2 * index : 2 * index + 3]
                middle[:, own] = functional.silu(inner.part(before[:, :end], own))
                hidden = hidden + outer.part(middle[:, :end], own)
                after[:, own] = functional.silu(hidden)
            rows = slice(place * self.outputs, (place + 1) * self.outputs)
            yield self.last.part(levels[-1][:, :end], rows)


class _MaskedBlock(nn.Module):
    def __init__(self, degrees: Tensor) -> None:
        super().__init__()
        self.inner = MaskedLinear(degrees, degrees)
        self.outer = MaskedLinear(degrees, degrees)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.outer(functional.silu(self.inner(functional.silu(x))))
        return x + change
