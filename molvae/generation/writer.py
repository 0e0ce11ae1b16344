"""From latents to the strings that a model writes there."""

import numpy as np
import torch

from molvae.checkpoint import SavedModel
from molvae.generation.steering import Steering
from molvae.model.decoding import Decoding, decode_tokens

BATCH_SIZE = 1_000


class Writer:
    """Decodes latents with a model, in batches, to raw strings; `model` is on `device`."""

    def __init__(self, saved: SavedModel, device: torch.device, dtype: torch.dtype) -> None:
        self._saved = saved
        self._device = device
        self._dtype = dtype

    def write(
        self,
        z: torch.Tensor,
        decoding: Decoding,
        steering: Steering,
        generator: torch.Generator,
    ) -> list[str]:
        """A string for each latent of one batch, (N, Z) on the device."""
        ids = decode_tokens(
            self._saved.model,
            z,
            decoding,
            conditions=steering.conditions,
            guidance=steering.guidance,
            constraint=steering.constraint,
            generator=generator,
            dtype=self._dtype,
        )
        return self._saved.tokenizer.decode_batch(ids.cpu().numpy(), workers=1)

    def write_all(
        self, z: np.ndarray, times: int, decoding: Decoding, steering: Steering, seed: int
    ) -> list[list[str]]:
        """`times` strings for each latent of `z` (N, Z): N lists."""
        repeated = torch.from_numpy(z).repeat_interleave(times, dim=0)
        steering = steering.repeated(times)
        generator = torch.Generator(self._device).manual_seed(seed)
        flat: list[str] = []
        for start in range(0, len(repeated), BATCH_SIZE):
            some = repeated[start : start + BATCH_SIZE].to(self._device)
            flat += self.write(some, decoding, steering.rows(start, len(some)), generator)
        return [flat[i * times : (i + 1) * times] for i in range(len(z))]
