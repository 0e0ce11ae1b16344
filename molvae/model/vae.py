"""The molecular variational autoencoder: encoder, posterior and decoder in one module."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from molvae.config import ModelConfig
from molvae.errors import ModelError
from molvae.model.batch import Batch
from molvae.model.condition import Conditioner, hide_some
from molvae.model.decoders import Steps, build_decoder
from molvae.model.encoders import build_encoder
from molvae.model.heads import PropertyHeads
from molvae.model.posteriors import Draw, Posterior, build_posterior
from molvae.model.priors import build_prior
from molvae.tokenizers.vocabulary import MASK, PAD, SPECIAL_TOKENS


class Forward(NamedTuple):
    """One pass: `logits` (T, B, V) in float32, the posterior, and what was drawn from it.

    `predictions` is what the property heads, where there are any, say of z.
    """

    logits: Tensor
    posterior: Posterior
    draw: Draw
    predictions: Tensor | None = None

    @property
    def z(self) -> Tensor:
        """The latent vectors (B, Z) that were decoded."""
        return self.draw.z


class MolVAE(nn.Module):
    """Encoder, posterior, prior and decoder (Kingma & Welling 2014; Gómez-Bombarelli et al. 2018).

    By default a BiLSTM, a diagonal Gaussian, N(0, I) and a GRU; `config` may ask for others.
    Token ids are those of `molvae.tokenizers.vocabulary`, special tokens first. `conditions`
    and `heads` say what is given beside the molecule and what is predicted from z (both
    may be nothing), one entry each: 0 for a standardized number, k for one of k classes. The
    features of the conditions join the encoder's summary and z (Kang & Cho 2019).
    """

    def __init__(
        self,
        vocabulary_size: int,
        config: ModelConfig,
        *,
        conditions: Sequence[int] = (),
        heads: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.config = config
        features = config.condition.size if conditions else 0
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size)
        self.encoder = build_encoder(config.embedding_size, config.encoder)
        self.posterior = build_posterior(
            self.encoder.summary_size + features, config.latent_size, config.posterior
        )
        self.decoder = build_decoder(
            vocabulary_size,
            config.embedding_size,
            config.latent_size + features,
            config.decoder,
            conditional=bool(conditions),
        )
        self.conditioner = Conditioner(conditions, config.condition) if conditions else None
        self.heads = PropertyHeads(config.latent_size, heads, config.heads) if heads else None
        self.prior = build_prior(config.latent_size, config.prior, config.posterior)
        self.prior.attach(self._encode_embedded, config.embedding_size)
        self.own_inputs = 0.0
        """Share of the tokens read by the decoder in training that are its own draws."""

    @property
    def latent_size(self) -> int:
        """Number of latent dimensions Z."""
        return self.config.latent_size

    def encode(self, batch: Batch, *, dtype: torch.dtype = torch.float32) -> Posterior:
        """The posterior q(z|x) of each molecule."""
        tokens, lengths = batch.read
        with _autocast(tokens, dtype):
            summary = self.encoder(self.embedding.weight, tokens, lengths, dtype)
        posterior: Posterior = self.posterior(self._joined(summary, batch.conditions))
        return posterior

    def _encode_embedded(self, inputs: Tensor) -> Posterior:
        """Posteriors of embedded tokens (T, B, E), in float32, with all conditions free."""
        summary = self.encoder.read_embedded(inputs, torch.float32)
        posterior: Posterior = self.posterior(self._joined(summary, None))
        return posterior

    def decode(
        self,
        batch: Batch,
        z: Tensor,
        *,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Teacher-forced logits (T, B, V) of `batch.tokens` given z (B, Z).

        In training some of the tokens that the decoder reads are its own draws, a share of
        `own_inputs`, and some hidden (`model.decoder.word_dropout`).
        """
        inputs = batch.inputs
        with _autocast(inputs, dtype):
            context = self._joined(z, batch.conditions)
        if self.training and self.decoder.reads_tokens:
            if self.own_inputs > 0.0:
                inputs = self._with_own(inputs, context, dtype, generator)
            share = self.config.decoder.word_dropout
            if share > 0.0:
                inputs = drop_words(inputs, share, generator)
        return self._logits(inputs, context, dtype)

    def _logits(self, inputs: Tensor, context: Tensor, dtype: torch.dtype) -> Tensor:
        with _autocast(inputs, dtype):
            logits: Tensor = self.decoder(self.embedding.weight, inputs, context, dtype)
        return logits

    @torch.no_grad()
    def _with_own(
        self,
        inputs: Tensor,
        context: Tensor,
        dtype: torch.dtype,
        generator: torch.Generator | None,
    ) -> Tensor:
        """`inputs` (T, B), a share of them what the decoder draws there.

        Scheduled sampling (Bengio et al. 2015) in two parallel passes: the first, without
        gradient, reads the true tokens (Mihaylova & Martins 2019).
        """
        logits = self._logits(inputs, context, dtype)
        return mix_in_draws(inputs, logits, self.own_inputs, generator)

    def forward(
        self,
        batch: Batch,
        *,
        dtype: torch.dtype = torch.float32,
        generator: torch.Generator | None = None,
    ) -> Forward:
        """Encode, draw z with `generator`, decode; in training, with some conditions hidden."""
        batch = self.observed(batch, generator)
        posterior = self.encode(batch, dtype=dtype)
        draw = posterior.draw(generator)
        logits = self.decode(batch, draw.z, dtype=dtype, generator=generator)
        predictions = None if self.heads is None else self.heads(draw.z)
        return Forward(logits, posterior, draw, predictions)

    def observed(self, batch: Batch, generator: torch.Generator | None) -> Batch:
        """What the networks are shown of `batch`: in training, with some conditions hidden."""
        if not self.training or batch.conditions is None:
            return batch
        share = self.config.condition.dropout
        return batch._replace(conditions=hide_some(batch.conditions, share, generator))

    def kl(self, posterior: Posterior, draw: Draw) -> Tensor:
        """KL(q(z|x) || p(z)) to the prior in nats, (B,): closed form, or of one draw."""
        return self.prior.kl(posterior, draw)

    def step_weights(
        self, z: Tensor, conditions: Tensor | None = None, *, dtype: torch.dtype = torch.float32
    ) -> Steps:
        """What decodes from `z` (B, Z) token by token.

        `conditions` (B, C) are NaN where free; without them all are.
        """
        return self.decoder.step_weights(self.embedding.weight, self._joined(z, conditions), dtype)

    def predict(self, z: Tensor) -> Tensor:
        """The heads' predictions (B, P) of z (B, Z): standardized numbers or class indices.

        Raises `ModelError` for a model without heads.
        """
        if self.heads is None:
            raise ModelError("this model has no property heads; train it with some, or fit them")
        return self.heads.predict(z)

    def _joined(self, vectors: Tensor, conditions: Tensor | None) -> Tensor:
        """`vectors` (B, width) with the features of the conditions beside them, if it has any."""
        if self.conditioner is None:
            if conditions is not None:
                raise ModelError("this model has no conditions; train one with model.condition")
            return vectors
        if conditions is None:
            conditions = self.conditioner.free(len(vectors), vectors.device)
        return torch.cat((vectors.float(), self.conditioner(conditions)), dim=1)


def drop_words(inputs: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """`inputs` (T, B) with a random `share` replaced by the mask token; the begin token stays."""
    noise = torch.empty(inputs.shape, device=inputs.device).uniform_(generator=generator)
    drop = noise < share
    drop[0] = False
    return inputs.masked_fill(drop, MASK)


def mix_in_draws(
    inputs: Tensor, logits: Tensor, share: float, generator: torch.Generator | None
) -> Tensor:
    """`inputs` (T, B), a random `share` of them drawn from `logits` (T, B, V) of the step before.

    Begin tokens and padding stay; special tokens are never drawn.
    """
    logits = logits[:-1].index_fill(
        2, torch.arange(len(SPECIAL_TOKENS), device=inputs.device), -torch.inf
    )
    # argmax of logits + Gumbel noise is a draw, here with -log of an exponential as noise.
    noise = torch.empty_like(logits).exponential_(generator=generator)
    draws = (logits - noise.log()).argmax(2)
    chance = torch.empty(draws.shape, device=inputs.device).uniform_(generator=generator)
    later = inputs[1:]
    mixed = torch.where((chance < share) & (later != PAD), draws, later)
    return torch.cat((inputs[:1], mixed))


def _autocast(tokens: Tensor, dtype: torch.dtype) -> torch.autocast:
    """cuDNN's layers take their precision from autocast; ours on the CPU are told it."""
    enabled = tokens.is_cuda and dtype != torch.float32
    return torch.autocast(tokens.device.type, dtype=dtype if enabled else None, enabled=enabled)
