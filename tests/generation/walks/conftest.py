"""A codec that writes what a test tells it to, without a model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from molvae.generation.walks.terms import Terms

Writer = Callable[[np.ndarray, int], str]
"""The string written from a latent (Z,) in the attempt of this number, the greedy one being -1."""


class Puppet:
    """As much of a codec as decoding needs; remembers the batches it was given."""

    conditions: Sequence[object] = ()

    def __init__(self, writer: Writer, latent_size: int = 4) -> None:
        self.latent_size = latent_size
        self.batches: list[np.ndarray] = []
        self._writer = writer

    def decode(
        self, z: np.ndarray, n_per_latent: int = 1, *, method: str = "sample", **rest: Any
    ) -> list[list[str]]:
        self.batches.append(z)
        numbers = [-1] if method == "greedy" else range(n_per_latent)
        return [[self._writer(point, number) for number in numbers] for point in z]


@pytest.fixture
def puppet() -> Callable[[Writer], tuple[Terms, Puppet]]:
    def make(writer: Writer) -> tuple[Terms, Puppet]:
        made = Puppet(writer)
        return Terms(made), made  # type: ignore[arg-type]

    return make


def free(count: int) -> pd.DataFrame:
    """The conditions of `count` molecules for a model without any."""
    return pd.DataFrame(index=range(count))
