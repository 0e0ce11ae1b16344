"""The posteriors of many molecules, kept in memory, to draw latents from again and again."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import final

import torch
from torch import Tensor

from molvae.data.encoding import Places
from molvae.model.posteriors import Draw, Gaussian, Posterior

KEPT_DRAWS = 4
"""Latents kept of a molecule whose posterior is more than a mean and a variance."""


class Latents(ABC):
    """q(z|x) of N molecules over Z dimensions, in main memory, in float32."""

    @abstractmethod
    def __len__(self) -> int:
        """The number N of molecules."""

    @abstractmethod
    def draw(self, rows: Tensor, generator: torch.Generator) -> Draw:
        """A latent of each of the molecules `rows` (B,), with its log-density."""

    @abstractmethod
    def put(self, places: Places, posterior: Posterior, generator: torch.Generator) -> None:
        """Keep the posteriors of the molecules at `places`; `generator` is on their device."""


@final
class GaussianLatents(Latents):
    """Means and log-variances: each draw is new."""

    def __init__(self, count: int, latent_size: int) -> None:
        self.mu = torch.empty(count, latent_size)
        self.logvar = torch.empty(count, latent_size)

    def __len__(self) -> int:
        """The number N of molecules."""
        return len(self.mu)

    def draw(self, rows: Tensor, generator: torch.Generator) -> Draw:
        """A latent of each of the molecules `rows` (B,), with its log-density."""
        return Gaussian(self.mu[rows], self.logvar[rows]).draw(generator)

    def put(self, places: Places, posterior: Posterior, generator: torch.Generator) -> None:
        """Keep the posteriors of the molecules at `places`."""
        self.mu[places] = posterior.mu.cpu()
        self.logvar[places] = posterior.logvar.cpu()


@final
class DrawnLatents(Latents):
    """Some latents of each molecule, of which each draw is one."""

    def __init__(self, count: int, latent_size: int) -> None:
        self.z = torch.empty(KEPT_DRAWS, count, latent_size)
        self.log_q = torch.empty(KEPT_DRAWS, count)

    def __len__(self) -> int:
        """The number N of molecules."""
        return self.z.shape[1]

    def draw(self, rows: Tensor, generator: torch.Generator) -> Draw:
        """A latent of each of the molecules `rows` (B,), with its log-density."""
        which = torch.randint(KEPT_DRAWS, rows.shape, generator=generator)
        return Draw(self.z[which, rows], self.log_q[which, rows])

    def put(self, places: Places, posterior: Posterior, generator: torch.Generator) -> None:
        """Keep draws of the molecules at `places`; `generator` is on their device."""
        for kept in range(KEPT_DRAWS):
            draw = posterior.draw(generator)
            self.z[kept, places] = draw.z.cpu()
            self.log_q[kept, places] = draw.log_q.cpu()


def keep_latents(
    posteriors: Iterable[tuple[Places, Posterior]],
    count: int,
    latent_size: int,
    *,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Latents:
    """The latents of `count` molecules, of which some come at a time, with their places.

    `progress` is told how many there are already.
    """
    kept: Latents | None = None
    done = 0
    for places, posterior in posteriors:
        if kept is None:
            kind = GaussianLatents if isinstance(posterior, Gaussian) else DrawnLatents
            kept = kind(count, latent_size)
            generator = torch.Generator(posterior.mu.device).manual_seed(seed)
        with torch.inference_mode():
            kept.put(places, posterior, generator)
        done += len(places)
        if progress is not None:
            progress(done)
    return kept or GaussianLatents(0, latent_size)
