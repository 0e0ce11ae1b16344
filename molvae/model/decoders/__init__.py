"""Networks that write a molecule."""

from collections.abc import Callable

from molvae.config import DecoderConfig
from molvae.model.decoders.base import Decoder, States, Steps
from molvae.model.decoders.gru import GRUDecoder
from molvae.model.decoders.one_shot import OneShotDecoder

__all__ = ["Decoder", "GRUDecoder", "OneShotDecoder", "States", "Steps", "build_decoder"]

_KINDS: dict[str, Callable[[int, int, int, DecoderConfig, bool], Decoder]] = {
    "gru": lambda vocabulary, embedding, latent, config, tally: GRUDecoder(
        vocabulary, embedding, latent, config, tally=tally
    ),
    "one_shot": lambda vocabulary, embedding, latent, config, tally: OneShotDecoder(
        vocabulary, embedding, latent, config
    ),
}


def build_decoder(
    vocabulary_size: int,
    embedding_size: int,
    latent_size: int,
    config: DecoderConfig,
    *,
    conditional: bool = False,
) -> Decoder:
    """The decoder that `config` asks for, of latent vectors (conditions included) so wide.

    `conditional` models keep a tally unless `config` says otherwise. Raises `ConfigError`.
    """
    tally = conditional if config.tally is None else config.tally
    return _KINDS[config.kind](vocabulary_size, embedding_size, latent_size, config, tally)
