"""Flows by coupling: exact in one pass in both directions."""

import torch
from torch import Tensor, nn

from molvae.errors import ConfigError
from molvae.model.flows.base import Chain, Flow, Transformed
from molvae.model.flows.networks import ResidualMLP


class Coupling(Flow):
    """Scales and shifts the second half of x by networks of the first (Dinh et al. 2017).

    (a, b) -> (a, b exp(s(a)) + t(a)), the log-scales within +-`LIMIT`, so that no input can
    make the density explode. Starts as the identity.
    """

    LIMIT = 2.0

    def __init__(self, size: int, hidden_size: int, *, context_size: int = 0) -> None:
        super().__init__()
        self.kept = size // 2
        self.network = ResidualMLP(self.kept + context_size, 2 * (size - self.kept), hidden_size)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Transformed:
        """`x` (B, Z) with its second half transformed."""
        kept, moved = x[:, : self.kept], x[:, self.kept :]
        log_scale, shift = self._terms(kept, context)
        y = torch.cat((kept, moved * log_scale.exp() + shift), dim=1)
        return Transformed(y, log_scale.sum(1))

    def inverse(self, y: Tensor, context: Tensor | None = None) -> Tensor:
        """The exact inverse, in one pass."""
        kept, moved = y[:, : self.kept], y[:, self.kept :]
        log_scale, shift = self._terms(kept, context)
        return torch.cat((kept, (moved - shift) * torch.exp(-log_scale)), dim=1)

    def _terms(self, kept: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        raw, shift = self.network(kept, context).chunk(2, dim=1)
        return self.LIMIT * torch.tanh(raw / self.LIMIT), shift


class Mixing(Flow):
    """An invertible matrix, learned, that starts as a random rotation (Kingma & Dhariwal 2018).

    So that each coupling divides the space in another way. Determinant and inverse are
    computed from the matrix as it is: they stay exact when weights are rounded.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linalg.qr(torch.randn(size, size))[0])
        self.bias = nn.Parameter(torch.zeros(size))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Transformed:
        """W x + b for each row of `x` (B, Z); the context has no effect."""
        log_det = torch.linalg.slogdet(self.weight).logabsdet
        return Transformed(torch.addmm(self.bias, x, self.weight.T), log_det.expand(len(x)))

    def inverse(self, y: Tensor, context: Tensor | None = None) -> Tensor:
        """The solution of W x + b = y."""
        x: Tensor = torch.linalg.solve(self.weight, (y - self.bias).T).T
        return x


def coupling_flow(size: int, layers: int, hidden_size: int, *, context_size: int = 0) -> Chain:
    """`layers` couplings of vectors of `size`, each after a mixing of the dimensions.

    Raises `ConfigError` for vectors of one dimension, which have no halves.
    """
    if size < 2:
        raise ConfigError("a coupling flow needs at least 2 latent dimensions; set latent_size")
    steps: list[Flow] = []
    for _ in range(layers):
        steps += [Mixing(size), Coupling(size, hidden_size, context_size=context_size)]
    return Chain(steps)
