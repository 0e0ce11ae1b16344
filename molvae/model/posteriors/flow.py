"""A diagonal Gaussian carried by a normalizing flow: a q(z|x) of any shape."""

from functools import cached_property
from typing import Self, final

import torch
from torch import Tensor, nn

from molvae.config import PosteriorConfig
from molvae.model.flows import Flow, Transformed, autoregressive_flow, coupling_flow
from molvae.model.posteriors.base import Draw, Posterior, PosteriorHeads, as_recorded
from molvae.model.posteriors.gaussian import Gaussian, GaussianHeads

SPREAD_DIRECTIONS = 16
"""Pairs of points by which the variance of each dimension is estimated."""


@final
class FlowPosterior(Posterior):
    """z = f(u; context), u from the Gaussian `base` (Rezende & Mohamed 2015).

    `mu` is the base's mean, transported; `logvar` an estimate without chance. Both are
    computed when first asked for.
    """

    def __init__(self, base: Gaussian, flow: Flow, context: Tensor) -> None:
        self.base = base
        self.flow = flow
        self.context = context

    @cached_property
    def mu(self) -> Tensor:  # type: ignore[override]
        """f(mean of the base), (B, Z)."""
        return self._carried(self.base.mu).y

    @cached_property
    def logvar(self) -> Tensor:  # type: ignore[override]
        """Log-variance of each dimension about `mu`, (B, Z), estimated from fixed points.

        The mean square distance from `mu` of the transported mean +- std * s, over fixed
        vectors s of signs, the same for all molecules: of a flow that is linear within a
        standard deviation, an unbiased estimate of diag(J diag(var) J') (Bekas et al. 2007).
        """
        signs = fixed_signs(SPREAD_DIRECTIONS, self.mu.shape[1]).to(self.mu)
        total = torch.zeros_like(self.mu)
        for sign in torch.cat((signs, -signs)):
            end = self._carried(self.base.mu + self.base.std * sign).y
            total = total + (end - self.mu).square()
        return torch.log(total / (2 * SPREAD_DIRECTIONS))

    def draw(self, generator: torch.Generator | None = None) -> Draw:
        """A draw from the base, transported; log q(z) = log q(u) - log |det df/du|."""
        start = self.base.draw(generator)
        z, log_det = self._carried(start.z)
        return Draw(z, start.log_q - log_det)

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z|x) in nats, (B,), of `z` (B, Z), through the flow's inverse."""
        start = self.flow.inverse(z, self.context)
        log_prob: Tensor = self.base.log_prob(start) - self.flow(start, self.context).log_det
        return log_prob

    def _carried(self, start: Tensor) -> Transformed:
        """`start` (B, Z) through the flow."""
        with as_recorded(self.context):
            carried: Transformed = self.flow(start, self.context)
        return carried

    def repeat(self, times: int) -> Self:
        """Each molecule's posterior `times` times in a row."""
        context = self.context.repeat_interleave(times, 0)
        return type(self)(self.base.repeat(times), self.flow, context)


@final
class FlowHeads(PosteriorHeads):
    """The Gaussian's heads, the flow, and what the flow is told of the summary."""

    def __init__(self, width: int, latent_size: int, config: PosteriorConfig) -> None:
        super().__init__()
        build = coupling_flow if config.flow == "coupling" else autoregressive_flow
        self.base = GaussianHeads(width, latent_size)
        self.context = nn.Linear(width, config.hidden_size)
        self.flow = build(
            latent_size, config.layers, config.hidden_size, context_size=config.hidden_size
        )

    def forward(self, summary: Tensor) -> FlowPosterior:
        """Posterior of `summary` (B, width), computed in float32 whatever came in."""
        summary = summary.float()
        return FlowPosterior(self.base(summary), self.flow, self.context(summary))


def fixed_signs(count: int, size: int) -> Tensor:
    """`count` vectors of +-1 (count, size), the same at each call."""
    generator = torch.Generator(device="cpu").manual_seed(0)
    draws = torch.randint(0, 2, (count, size), generator=generator, device="cpu")
    return 2.0 * draws - 1.0
