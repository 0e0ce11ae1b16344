"""The bidirectional LSTM that reads a molecule into one vector."""

from typing import final

import torch
from torch import Tensor, nn

from molvae.model.bidirectional import run_lstms, run_lstms_on_tokens
from molvae.model.encoders.bidirectional import BidirectionalEncoder


@final
class BiLSTMEncoder(BidirectionalEncoder):
    """An LSTM in each direction (Hochreiter & Schmidhuber 1997)."""

    layer = nn.LSTM

    def _run(self, ahead: nn.Module, back: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Tensor:
        return run_lstms(ahead, back, inputs, dtype)

    def _run_tokens(self, embedding: Tensor, tokens: Tensor, dtype: torch.dtype) -> Tensor:
        return run_lstms_on_tokens(self.ahead[0], self.back[0], embedding, tokens, dtype)
