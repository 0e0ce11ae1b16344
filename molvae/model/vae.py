"""The molecular variational autoencoder: encoder, posterior and decoder in one module."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from molvae.config import ModelConfig
from molvae.model.batch import Batch
from molvae.model.decoder import GRUDecoder, StepWeights
from molvae.model.encoder import BiLSTMEncoder
from molvae.model.posterior import Gaussian, GaussianHeads
from molvae.tokenizers.vocabulary import MASK


class Forward(NamedTuple):
    """One pass: `logits` (T, B, V) in float32, the posterior, and the `z` (B, Z) drawn from it."""

    logits: Tensor
    posterior: Gaussian
    z: Tensor


class MolVAE(nn.Module):
    """BiLSTM encoder, diagonal Gaussian posterior, GRU decoder (Gómez-Bombarelli et al. 2018).

    Token ids are those of `molvae.tokenizers.vocabulary`, special tokens first.
    """

    def __init__(self, vocabulary_size: int, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size)
        self.encoder = BiLSTMEncoder(config.embedding_size, config.encoder)
        self.posterior = GaussianHeads(self.encoder.summary_size, config.latent_size)
        self.decoder = GRUDecoder(
            vocabulary_size, config.embedding_size, config.latent_size, config.decoder
        )

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions Z."""
        return self.config.latent_size

    def encode(self, batch: Batch, *, dtype: torch.dtype = torch.float32) -> Gaussian:
        """The posterior q(z|x) of each molecule."""
        with _autocast(batch.tokens, dtype):
            summary = self.encoder(self.embedding.weight, batch.tokens, batch.lengths, dtype)
        posterior: Gaussian = self.posterior(summary)
        return posterior

    def decode(
        self,
        batch: Batch,
        z: Tensor,
        *,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Teacher-forced logits (T, B, V) of `batch.tokens` given z (B, Z)."""
        inputs = batch.inputs
        share = self.config.decoder.word_dropout
        if self.training and share > 0.0:
            inputs = drop_words(inputs, share, generator)
        with _autocast(inputs, dtype):
            logits: Tensor = self.decoder(self.embedding.weight, inputs, z, dtype)
        return logits

    def forward(
        self,
        batch: Batch,
        *,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Forward:
        """Encode, draw z with `generator`, decode."""
        posterior = self.encode(batch, dtype=dtype)
        z = posterior.sample(generator)
        return Forward(self.decode(batch, z, dtype=dtype, generator=generator), posterior, z)

    def step_weights(self, z: Tensor, *, dtype: torch.dtype = torch.float32) -> StepWeights:
        """What `molvae.model.decoder.step` needs to decode from `z` (B, Z) token by token."""
        return self.decoder.step_weights(self.embedding.weight, z, dtype)


def drop_words(inputs: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """`inputs` (T, B) with a random `share` replaced by the mask token; the begin token stays."""
    noise = torch.empty(inputs.shape, device=inputs.device).uniform_(generator=generator)
    drop = noise < share
    drop[0] = False
    return inputs.masked_fill(drop, MASK)


def _autocast(tokens: Tensor, dtype: torch.dtype) -> torch.autocast:
    """cuDNN's layers take their precision from autocast; ours on the CPU are told it."""
    enabled = tokens.is_cuda and dtype != torch.float32
    return torch.autocast(tokens.device.type, dtype=dtype if enabled else None, enabled=enabled)
