"""The bidirectional GRU that reads a molecule into one vector."""

from typing import final

import torch
from torch import Tensor, nn

from molvae.model.bidirectional import run_grus, run_grus_on_tokens
from molvae.model.encoders.bidirectional import BidirectionalEncoder


@final
class BiGRUEncoder(BidirectionalEncoder):
    """A GRU in each direction (Cho et al. 2014): three quarters of the LSTM's weights."""

    layer = nn.GRU

    def _run(self, ahead: nn.Module, back: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        return run_grus(ahead, back, inputs, dtype)

    def _run_tokens(self, embedding: Tensor, tokens: Tensor, dtype: torch.dtype) -> Tensor:
        return run_grus_on_tokens(self.ahead[0], self.back[0], embedding, tokens, dtype)
