"""Settings of the variational autoencoder's shape."""

from typing import Annotated, Literal

from pydantic import Field

from molvae.settings import ColumnsConfig, Fraction, Settings, Share, Size


class EncoderConfig(Settings):
    """What reads a molecule."""

    kind: Literal["bilstm", "gru", "convolution"] = "bilstm"
    """Bidirectional LSTM, bidirectional GRU, or 1-D convolution."""
    hidden_size: Size = 256
    """Width of each direction; number of channels of a convolution."""
    layers: Size = 1
    """Number of layers."""
    kernel_size: Size = 9
    """Tokens that one unit of a convolution sees."""
    dropout: Share = 0.0
    """Dropout between layers and before the latent heads."""


class DecoderConfig(Settings):
    """What writes a molecule."""

    kind: Literal["gru", "one_shot"] = "gru"
    """A GRU that writes token by token, or a bidirectional LSTM that writes all at once."""
    positions: Size | None = None
    """Tokens that a one-shot decoder can write, the end token included; none: as many as the
    longest molecule of the corpus needs."""
    hidden_size: Size = 512
    """Width of each layer; of each direction of a one-shot decoder."""
    layers: Size = 1
    """Number of layers."""
    dropout: Share = 0.0
    """Dropout between layers and before the output."""
    word_dropout: Fraction = 0.0
    """Share of teacher-forced input tokens replaced by the mask token (Bowman et al. 2016)."""
    tally: bool | None = None
    """Tell the decoder at each step how often it wrote each token; none: with conditions only."""


class ConditionConfig(ColumnsConfig):
    """What encoder and decoder are told beside the molecule; nothing, unless named here."""

    dropout: Fraction = 0.5
    """Share of the molecules of a step of which some conditions, or all, are hidden, so that one
    can be given and the others left free, and for guidance (Ho & Salimans 2022)."""
    hidden_size: Size = 128
    """Width of the layer between the values and their features."""
    size: Size = 64
    """Number of features that encoder and decoder get."""


class HeadsConfig(ColumnsConfig):
    """What is predicted from the latent vector, learned together with the autoencoder."""

    hidden_size: Size = 64
    """Width of the layer between latent vector and predictions."""
    dropout: Share = 0.0
    """Dropout in that layer."""
    weight: Annotated[float, Field(ge=0.0)] = 1.0
    """Weight of the heads' loss beside the nats a molecule of the ELBO."""
    labeled_share: Share = 0.25
    """Molecules with a label come several times an epoch where they are a smaller share of it."""


class PosteriorConfig(Settings):
    """The distribution of latent vectors that the encoder gives a molecule."""

    kind: Literal["gaussian", "deterministic", "flow", "hierarchical"] = "gaussian"
    """Diagonal Gaussian; a point, as in an autoencoder; a normalizing flow on a Gaussian; or two
    levels, the upper one given the lower."""
    flow: Literal["coupling", "autoregressive"] = "autoregressive"
    """How a step of the flow transforms one dimension by others."""
    layers: Size = 4
    """Steps of the flow."""
    hidden_size: Size = 256
    """Width of the networks in the flow, or between the levels."""
    upper_size: Size | None = None
    """Dimensions of the upper level of two, the first of z; none: a quarter."""


class PriorConfig(Settings):
    """The distribution from which latent vectors are drawn to write new molecules."""

    kind: Literal["normal", "mixture", "vamp", "flow", "autoregressive", "hierarchical"] = "normal"
    """N(0, I); a mixture of Gaussians; VampPrior; a normalizing flow; each dimension a mixture
    given those before it; or two levels, the lower one given the upper. All but the first are
    learned."""
    components: Size = 100
    """Gaussians of the mixture, or pseudo-molecules of a VampPrior."""
    pseudo_length: Size = 40
    """Tokens of a pseudo-molecule."""
    layers: Size = 8
    """Steps of the flow, or residual blocks of the autoregressive network."""
    hidden_size: Size = 256
    """Width of the networks in the flow, between dimensions, or between the levels."""
    modes: Size = 8
    """Gaussians of each dimension of the autoregressive prior."""


class ModelConfig(Settings):
    """The variational autoencoder's shape."""

    embedding_size: Size = 64
    """Width of a token."""
    latent_size: Size = 128
    """Number of latent dimensions."""
    encoder: EncoderConfig = EncoderConfig()
    decoder: DecoderConfig = DecoderConfig()
    posterior: PosteriorConfig = PosteriorConfig()
    prior: PriorConfig = PriorConfig()
    condition: ConditionConfig = ConditionConfig()
    heads: HeadsConfig = HeadsConfig()
