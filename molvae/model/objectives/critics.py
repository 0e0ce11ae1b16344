"""Networks that tell two sets of latents apart, and so estimate the ratio of their densities."""

from itertools import pairwise

from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

HIDDEN_LAYERS = 3
SLOPE = 0.2


def latent_critic(latent_size: int, width: int) -> nn.Module:
    """From z (B, Z) to a logit (B, 1): leaky rectified layers of `width`."""
    sizes = [latent_size, *[width] * HIDDEN_LAYERS]
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers, nn.Linear(width, 1))


def logits_of(critic: nn.Module, z: Tensor) -> Tensor:
    """The critic's logits (B,) of `z` (B, Z), whose gradient goes to `z` and not to the critic."""
    weights = {name: value.detach() for name, value in critic.named_parameters()}
    logits: Tensor = functional_call(critic, weights, (z,))
    return logits.squeeze(1)


def ratio_loss(critic: nn.Module, first: Tensor, second: Tensor) -> Tensor:
    """Cross-entropy in nats of telling `first` (B, Z) from `second` (B, Z).

    Where it is least, the logit is log density of first / density of second (Sugiyama et al.
    2012). The gradient goes to the critic alone.
    """
    for_first = functional.softplus(-critic(first.detach())).mean()
    for_second = functional.softplus(critic(second.detach())).mean()
    return 0.5 * (for_first + for_second)
