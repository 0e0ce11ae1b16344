"""Networks that read a molecule."""

from collections.abc import Callable

from molvae.config import EncoderConfig
from molvae.errors import ConfigError
from molvae.model.encoders.base import Encoder
from molvae.model.encoders.bilstm import BiLSTMEncoder

__all__ = ["BiLSTMEncoder", "Encoder", "build_encoder"]

_KINDS: dict[str, Callable[[int, EncoderConfig], Encoder]] = {
    "bilstm": BiLSTMEncoder,
}


def build_encoder(embedding_size: int, config: EncoderConfig) -> Encoder:
    """The encoder that `config` asks for, of tokens `embedding_size` wide."""
    if config.kind not in _KINDS:
        raise ConfigError(f"model.encoder.kind = {config.kind!r} is not available")
    return _KINDS[config.kind](embedding_size, config)
