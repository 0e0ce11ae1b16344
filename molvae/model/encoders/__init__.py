"""Networks that read a molecule."""

from collections.abc import Callable

from molvae.config import EncoderConfig
from molvae.model.encoders.base import Encoder
from molvae.model.encoders.bilstm import BiLSTMEncoder
from molvae.model.encoders.convolution import ConvolutionEncoder
from molvae.model.encoders.gru import BiGRUEncoder

__all__ = ["BiGRUEncoder", "BiLSTMEncoder", "ConvolutionEncoder", "Encoder", "build_encoder"]

_KINDS: dict[str, Callable[[int, EncoderConfig], Encoder]] = {
    "bilstm": BiLSTMEncoder,
    "gru": BiGRUEncoder,
    "convolution": ConvolutionEncoder,
}


def build_encoder(embedding_size: int, config: EncoderConfig) -> Encoder:
    """The encoder that `config` asks for, of tokens `embedding_size` wide."""
    return _KINDS[config.kind](embedding_size, config)
