"""The evidence lower bound together with what the property heads have to learn."""

from typing import NamedTuple

from torch import Tensor

from molvae.model.batch import Batch
from molvae.model.objectives.elbo import elbo
from molvae.model.vae import Forward, MolVAE


class Joint(NamedTuple):
    """Batch means in nats: `loss` = `reconstruction` + beta x `kl` + weight x `heads`."""

    loss: Tensor
    reconstruction: Tensor
    kl: Tensor
    heads: Tensor


def joint_loss(model: MolVAE, forward: Forward, batch: Batch, *, beta: float) -> Joint:
    """Negative ELBO, and the heads' losses on the molecules with labels (Kingma et al. 2014).

    `heads` is the sum over properties of the mean over molecules whose label is known, so
    that few labels weigh as much as many; without heads it is 0 and `loss` the ELBO's.
    """
    parts = elbo(forward, batch, beta=beta)
    if model.heads is None or forward.predictions is None or batch.labels is None:
        return Joint(*parts, heads=parts.loss.new_zeros(()))
    heads = model.heads.losses(forward.predictions, batch.labels).sum()
    loss = parts.loss + model.config.heads.weight * heads
    return Joint(loss, parts.reconstruction, parts.kl, heads)
