"""The prior that writes a latent vector dimension by dimension."""

from typing import final

import torch
from torch import Tensor

from molvae.config import PriorConfig
from molvae.model.flows.masked import MaskedResidual
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors.whitened import WhitenedPrior


@final
class AutoregressivePrior(WhitenedPrior):
    """p(z) = prod_d p(z_d | z_1 .. z_d-1), each a mixture of K = `modes` Gaussians.

    RNADE (Uria et al. 2013) of the whitened latents by a masked network (Germain et al. 2015).
    Unlike a flow of couplings it can hold modes apart. Density in one pass, and a draw for the
    work of one pass. Starts close to N(0, I).
    """

    WIDTH = 0.5
    """Least standard deviation of the Gaussians at the start; their means make up what lacks."""
    LOG_WIDTHS = (-6.0, 3.0)
    """Limits of the log standard deviations, so that no mode becomes a point."""
    AT_ONCE = 4_096
    """Draws whose hidden units are held in memory together."""

    def __init__(self, latent_size: int, config: PriorConfig) -> None:
        super().__init__(latent_size)
        self.modes = config.modes
        self.network = MaskedResidual(
            latent_size, 3 * config.modes, config.hidden_size, config.layers
        )
        with torch.no_grad():
            self.network.last.bias.copy_(self._spread_modes().flatten().repeat(latent_size))

    def white_log_prob(self, white: Tensor) -> Tensor:
        """Log-density in nats, (B,), of `white` (B, Z): the sum over the dimensions."""
        logits, mu, log_width = self.terms(self.network(white))
        errors = (white[:, :, None] - mu) * torch.exp(-log_width)
        log_each = logits.log_softmax(-1) - log_width - 0.5 * (LOG_2PI + errors.square())
        return log_each.logsumexp(-1).sum(1)

    def white_sample(self, count: int, generator: torch.Generator | None) -> Tensor:
        """`count` draws (count, Z): of each dimension a mode, and a value in it."""
        device = self.get_buffer("mean").device
        chance = torch.empty(count, self.latent_size, device=device).uniform_(generator=generator)
        noise = torch.empty(count, self.latent_size, device=device).normal_(generator=generator)
        parts = zip(*(torch.split(one, self.AT_ONCE) for one in (chance, noise)), strict=True)
        return torch.cat([self._written(*part) for part in parts])

    def _written(self, chance: Tensor, noise: Tensor) -> Tensor:
        """The draws (B, Z) that uniform `chance` and normal `noise`, both (B, Z), decide on."""
        white = torch.zeros_like(noise)
        for place, outputs in enumerate(self.network.one_by_one(white)):
            logits, mu, log_width = self.terms(outputs)
            passed = logits.softmax(-1).cumsum(-1) < chance[:, place, None]
            chosen = passed.sum(-1, keepdim=True).clamp_max(self.modes - 1)
            width = log_width.gather(1, chosen).exp()
            white[:, place] = (mu.gather(1, chosen) + width * noise[:, place, None])[:, 0]
        return white

    def terms(self, outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits, means and log standard deviations (..., K) of the modes."""
        logits, mu, log_width = outputs.reshape(*outputs.shape[:-1], 3, self.modes).unbind(-2)
        return logits, mu, log_width.clamp(*self.LOG_WIDTHS)

    def _spread_modes(self) -> Tensor:
        """Logits, means and log standard deviations, (3, K), that are together close to N(0, 1).

        The means are quantiles of a normal distribution.
        """
        shares = (torch.arange(self.modes) + 0.5) / self.modes
        quantiles = torch.special.ndtri(shares)
        width = max(self.WIDTH, self.modes**-0.5)
        spread = (1.0 - width**2) ** 0.5 / quantiles.square().mean().sqrt().clamp_min(1e-6)
        return torch.stack(
            (torch.zeros_like(shares), spread * quantiles, torch.full_like(shares, width).log())
        )
