"""The prior that a normalizing flow makes of N(0, I)."""

from typing import final

import torch
from torch import Tensor

from molvae.config import PriorConfig
from molvae.model.flows import coupling_flow
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors.whitened import WhitenedPrior


@final
class FlowPrior(WhitenedPrior):
    """Latents whitened, then through couplings, are N(0, I) (Dinh et al. 2017; Chen et al. 2017).

    `log_prob` and `sample` are one pass each.
    """

    def __init__(self, latent_size: int, config: PriorConfig) -> None:
        super().__init__(latent_size)
        self.flow = coupling_flow(latent_size, config.layers, config.hidden_size)

    def white_log_prob(self, white: Tensor) -> Tensor:
        """Log-density in nats, (B,), of `white` (B, Z): change of variables to N(0, I)."""
        noise, log_det = self.flow(white)
        log_prob: Tensor = log_det - 0.5 * (LOG_2PI + noise.square()).sum(1)
        return log_prob

    def white_sample(self, count: int, generator: torch.Generator | None) -> Tensor:
        """`count` draws (count, Z): noise, back through the flow."""
        noise = torch.empty(count, self.latent_size, device=self.get_buffer("mean").device)
        return self.flow.inverse(noise.normal_(generator=generator))
