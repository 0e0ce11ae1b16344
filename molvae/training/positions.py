"""How long a molecule a one-shot decoder can write: settled when a run is planned."""

from molvae.config import Config
from molvae.data.shards import Corpus
from molvae.errors import TrainingError

END = 1
"""The end token takes a place too."""


def with_positions(config: Config, corpus: Corpus, former: Config | None = None) -> Config:
    """`config` with the number of positions, where its decoder needs one.

    That of `former`, the model that training goes on from, else as many as the longest molecule
    of any split needs. `data.max_tokens` falls to what fits, so that everything that uses
    the model knows. Raises `TrainingError` for molecules too long for a number that is set.
    """
    decoder = config.model.decoder
    if decoder.kind != "one_shot":
        return config
    longest = max(int(corpus[name].lengths.max(initial=0)) for name in ("train", "valid", "test"))
    positions = decoder.positions
    if positions is None and former is not None:
        positions = former.model.decoder.positions
    if positions is None:
        positions = longest + END
    if positions < longest + END:
        raise TrainingError(
            f"model.decoder.positions = {positions}: the corpus {corpus.path} has a molecule of "
            f"{longest} tokens, which needs {longest + END}; prepare it with data.max_tokens = "
            f"{positions - END}"
        )
    decoder = decoder.model_copy(update={"positions": positions})
    model = config.model.model_copy(update={"decoder": decoder})
    limit = min(config.data.max_tokens, positions - END)
    data = config.data.model_copy(update={"max_tokens": limit})
    return config.model_copy(update={"model": model, "data": data})
