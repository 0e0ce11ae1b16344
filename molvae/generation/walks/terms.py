"""The terms on which every point of a walk is decoded: conditions, guidance, the grammar."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from molvae.generation.codec import Codec, Method
from molvae.generation.conditions import Conditions, read_targets


class Terms(NamedTuple):
    """A model, and what it is told beside the latents wherever a walk leads."""

    codec: Codec
    conditions: Conditions | None = None
    """Targets that take the place of the molecule's own values."""
    guidance: float = 1.0
    constrained: bool = False

    def decode(
        self,
        z: np.ndarray,
        own: pd.DataFrame,
        n_per_latent: int = 1,
        *,
        seed: int,
        method: Method = "sample",
        temperature: float = 1.0,
    ) -> list[list[str]]:
        """Raw strings written from each point of `z` (N, Z): N lists of `n_per_latent`.

        `own` (N, C) are the condition values of the molecule walked from, kept where no target
        takes their place. Raises as `Codec.decode`.
        """
        return self.codec.decode(
            z,
            n_per_latent,
            seed=seed,
            method=method,
            temperature=temperature,
            conditions=self._told(own),
            guidance=self.guidance,
            constrained=self.constrained,
        )

    def _told(self, own: pd.DataFrame) -> Conditions | pd.DataFrame | None:
        if not self.codec.conditions:
            return self.conditions  # which the codec refuses, and says why
        targets = read_targets(self.conditions, self.codec.conditions)
        return own.assign(**{target.attribute.name: target.value for target in targets})


def repeated(own: pd.DataFrame, count: int) -> pd.DataFrame:
    """The first row of `own`, `count` times."""
    return own.iloc[np.zeros(count, np.int64)].reset_index(drop=True)
