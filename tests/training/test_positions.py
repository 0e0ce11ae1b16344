"""A one-shot model from its corpus to its molecules; what it cannot write is said."""

from pathlib import Path

import numpy as np
import pytest

from molvae.checkpoint import load_model
from molvae.config import Config
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import TrainingError
from molvae.generation import Generator
from molvae.model.decoders import OneShotDecoder
from molvae.training.initial import finetuning_config
from molvae.training.positions import with_positions
from molvae.training.records import Silence
from molvae.training.train import train


@pytest.fixture(scope="module")
def config(quick_config: Config) -> Config:
    return quick_config.override(["model.decoder.kind=one_shot", "train.max_steps=20"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus, config: Config) -> Path:
    out = tmp_path_factory.mktemp("runs") / "one_shot"
    return train(corpus, out, config, listener=Silence(), sampled_validity=None).path


def longest(corpus: Corpus) -> int:
    return max(int(corpus[name].lengths.max()) for name in ("train", "valid", "test"))


def test_positions_are_those_that_the_longest_molecule_needs(run: Path, corpus: Corpus) -> None:
    saved = load_model(run / "last")
    assert saved.config.model.decoder.positions == longest(corpus) + 1
    assert saved.config.data.max_tokens == longest(corpus)
    assert isinstance(saved.model.decoder, OneShotDecoder)
    assert saved.model.decoder.positions.num_embeddings == longest(corpus) + 1


def test_a_one_shot_model_writes_and_says_what_is_too_long(run: Path, corpus: Corpus) -> None:
    generator = Generator.load(run)
    limit = longest(corpus)
    table = generator.reconstruct(["CCO", "C" * (limit + 1)])
    assert table["reason"].isna().tolist() == [True, False]
    assert table["reason"][1] == f"{limit + 1} tokens; the model reads {limit}"
    z = np.zeros((3, generator.latent_size), np.float32)
    tokenizer = generator.saved.tokenizer
    for method in ("sample", "greedy", "beam"):
        for (text,) in generator.decode(z, method=method):  # type: ignore[arg-type]
            assert len(tokenizer.split(text) if text else "") <= limit + 1  # where none ends it


def test_it_goes_on_with_the_configuration_it_was_given(
    run: Path, corpus: Corpus, config: Config
) -> None:
    longer = config.override(["train.max_steps=22"])
    train(corpus, run, longer, resume=True, listener=Silence(), sampled_validity=None)
    assert load_model(run / "last").card["training"]["step"] == 22


def test_a_number_that_is_too_small_is_refused(
    corpus: Corpus, config: Config, tmp_path: Path
) -> None:
    small = config.override(["model.decoder.positions=10"])
    with pytest.raises(TrainingError, match=r"positions = 10: the corpus .* data\.max_tokens = 9"):
        train(corpus, tmp_path / "run", small)
    large = with_positions(config.override(["model.decoder.positions=200"]), corpus)
    assert large.model.decoder.positions == 200
    assert large.data.max_tokens == config.data.max_tokens
    recurrent = config.override(["model.decoder.kind=gru"])
    assert with_positions(recurrent, corpus) is recurrent


def test_fine_tuning_keeps_the_number(run: Path, config: Config, tmp_path: Path) -> None:
    saved = load_model(run / "last")
    given = finetuning_config(saved, 40)
    settings = given.override(["train.max_epochs=none", "train.max_steps=2"])
    molecules = ["C" * length + "O" for length in range(1, 40)] + ["C" * 110]
    corpus = prepare(
        molecules, tmp_path / "corpus", settings, vocabulary=saved.tokenizer.vocabulary
    )
    assert corpus.counts["rejected"] >= 1  # too long to write
    quiet = {"listener": Silence(), "sampled_validity": None}
    tuned = train(corpus, tmp_path / "run", settings, init=run / "last", **quiet)  # type: ignore[arg-type]
    assert load_model(tuned.last).config.model == saved.config.model
    unsettled = settings.override(["model.decoder.positions=none"])
    again = train(corpus, tmp_path / "again", unsettled, init=run / "last", **quiet)  # type: ignore[arg-type]
    assert load_model(again.last).config.model == saved.config.model
