"""InfoVAE and WAE-MMD: the aggregated posterior brought to the prior by a kernel."""

import torch
from torch import Tensor

from molvae.config import KLConfig
from molvae.model.objectives.base import Losses
from molvae.model.objectives.elbo import Elbo
from molvae.model.vae import Forward, MolVAE


class MaximumMeanDiscrepancy(Elbo):
    """Reconstruction + beta x KL + weight x MMD^2 between a batch's z and draws of the prior.

    InfoVAE (Zhao et al. 2019, equation 6: beta is their 1 - alpha, `weight` their
    alpha + lambda - 1); with `train.kl.maximum` = 0 WAE-MMD (Tolstikhin et al. 2018, algorithm
    2). A learned prior learns from its KL only. Batches must be drawn from all molecules alike.
    """

    part_names = ("mmd",)
    mixes_lengths = True

    def __init__(self, weight: float, kl: KLConfig) -> None:
        super().__init__(kl)
        self.weight = weight

    def completed(
        self, losses: Losses, model: MolVAE, forward: Forward, generator: torch.Generator | None
    ) -> Losses:
        """The losses; a batch of one molecule has no MMD."""
        with torch.no_grad():
            drawn = model.prior.sample(len(forward.z), generator)
        mmd = squared_mmd(forward.z, drawn)
        return losses._replace(loss=losses.loss + self.weight * mmd, parts={"mmd": mmd})


def squared_mmd(x: Tensor, y: Tensor) -> Tensor:
    """Unbiased estimate of MMD^2 between `x` and `y`, both (B, Z) (Gretton et al. 2012, eq. 4).

    The kernel is the inverse multiquadratic C / (C + |x - y|^2) with C = 2 Z (Tolstikhin et al.
    2018, section 4). May be below 0 where the two are alike; 0 for one row.
    """
    count = len(x)
    if count < 2:
        return x.new_zeros(())
    within = _off_diagonal_mean(_kernel(x, x)) + _off_diagonal_mean(_kernel(y, y))
    return within - 2.0 * _off_diagonal_mean(_kernel(x, y))


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    scale = 2.0 * x.shape[1]
    squares = x.square().sum(1)[:, None] + y.square().sum(1) - 2.0 * x @ y.t()
    return scale / (scale + squares.clamp(min=0.0))


def _off_diagonal_mean(values: Tensor) -> Tensor:
    count = len(values)
    return (values.sum() - values.diagonal().sum()) / (count * (count - 1))
