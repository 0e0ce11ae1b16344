"""The parts of a model in words, for people."""

from molvae.config.model import DecoderConfig, EncoderConfig, PosteriorConfig, PriorConfig

_ENCODERS = {
    "bilstm": "bidirectional LSTM",
    "gru": "bidirectional GRU",
    "convolution": "convolutions",
}
_DECODERS = {"gru": "GRU", "one_shot": "bidirectional LSTM, all tokens at once"}


def describe_encoder(config: EncoderConfig) -> str:
    """For example "bidirectional LSTM, 1 x 256"."""
    return f"{_ENCODERS[config.kind]}, {config.layers} x {config.hidden_size}"


def describe_decoder(config: DecoderConfig) -> str:
    """For example "GRU, 1 x 512"."""
    return f"{_DECODERS[config.kind]}, {config.layers} x {config.hidden_size}"


def describe_posterior(config: PosteriorConfig) -> str:
    """For example "diagonal Gaussian"."""
    return {
        "gaussian": "diagonal Gaussian",
        "deterministic": "a point",
        "flow": f"{config.flow} flow, {config.layers} steps on a diagonal Gaussian",
        "hierarchical": "two levels of Gaussians, the upper one given the lower",
    }[config.kind]


def describe_prior(config: PriorConfig) -> str:
    """For example "N(0, I)"."""
    return {
        "normal": "N(0, I)",
        "mixture": f"mixture of {config.components} Gaussians",
        "vamp": f"VampPrior, {config.components} pseudo-molecules",
        "flow": f"normalizing flow, {config.layers} steps",
        "autoregressive": f"autoregressive, {config.modes} Gaussians a dimension",
        "hierarchical": "two levels of Gaussians, the lower one given the upper",
    }[config.kind]
