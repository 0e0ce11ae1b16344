"""The 1-D convolution that reads a molecule into one vector."""

import math
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from molvae.config import EncoderConfig
from molvae.model.encoders.base import Encoder

LONGEST_PERIOD = 10_000.0


@final
class ConvolutionEncoder(Encoder):
    """Convolutions along the tokens, pooled over the molecule (Gómez-Bombarelli et al. 2018).

    The first layer widens the tokens, each later one adds to what came before it (He et al.
    2016), normalized by step (Ba et al. 2016). Mean and maximum over the valid steps are the
    summary, so that molecules of any length can be read; where a token stands is told by
    sinusoids added to it (Vaswani et al. 2017). Padding is zeroed before each convolution.
    """

    def __init__(self, embedding_size: int, config: EncoderConfig) -> None:
        super().__init__()
        width, self.kernel_size = config.hidden_size, config.kernel_size
        self.first = nn.Conv1d(embedding_size, width, config.kernel_size)
        later = range(config.layers - 1)
        self.layers = nn.ModuleList(nn.Conv1d(width, width, config.kernel_size) for _ in later)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in later)
        self.last_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(config.dropout)
        self.summary_size = 2 * width

    def forward(
        self, embedding: Tensor, tokens: Tensor, lengths: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """Summary (B, 2H) of `tokens` (T, B) whose first `lengths` (B,) steps count.

        `embedding` is the token table (V, E); `dtype` is what the convolutions compute in.
        """
        return self._summary(functional.embedding(tokens, embedding), lengths, dtype)

    def read_embedded(self, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        """Summary (B, 2H) of embedded tokens (T, B, E) that all count."""
        steps, count = inputs.shape[:2]
        return self._summary(inputs, torch.full((count,), steps, device=inputs.device), dtype)

    def _summary(self, inputs: Tensor, lengths: Tensor, dtype: torch.dtype) -> Tensor:
        steps = len(inputs)
        valid = torch.arange(steps, device=lengths.device) < lengths[:, None]  # (B, T)
        valid = valid[:, :, None]
        states = inputs.transpose(0, 1) + sinusoids(steps, inputs.shape[2], inputs.device)
        states = self._convolve(self.first, states, valid, dtype)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            active = self.dropout(functional.gelu(norm(states)))
            states = states + self._convolve(layer, active, valid, dtype)
        states = self.dropout(functional.gelu(self.last_norm(states)))
        mean = (states * valid).sum(1) / lengths[:, None]
        highest = states.masked_fill(~valid, -torch.inf).amax(1)
        return torch.cat((mean, highest), dim=1)

    def _convolve(
        self, layer: nn.Module, states: Tensor, valid: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """`layer` over `states` (B, T, C), each step amid its window, in float32: (B, T, H)."""
        weight, bias = (part.to(dtype) for part in layer.parameters())
        around = ((self.kernel_size - 1) // 2, self.kernel_size // 2)
        padded = functional.pad((states * valid).to(dtype).transpose(1, 2), around)
        return functional.conv1d(padded, weight, bias).transpose(1, 2).float()


def sinusoids(steps: int, width: int, device: torch.device) -> Tensor:
    """Positions (T, width) as sines and cosines of falling frequency (Vaswani et al. 2017)."""
    place = torch.arange(steps, device=device, dtype=torch.float32)[:, None]
    rates = torch.arange(-(-width // 2), device=device) * (-2.0 * math.log(LONGEST_PERIOD) / width)
    angles = place * rates.exp()
    return torch.stack((angles.sin(), angles.cos()), dim=2).flatten(1)[:, :width]
