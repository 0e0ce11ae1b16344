"""Going on from a model: nothing is lost, what is new is learned, and all is on record."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import molecule_keys
from molvae.config import Config
from molvae.data.batches import pad_sequences
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import ModelError, TrainingError
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import SPECIAL_TOKENS
from molvae.training.initial import (
    BATCH_SIZES,
    adapted,
    check_fits,
    finetuning_config,
    inherit,
)
from molvae.training.logs import read_log
from molvae.training.records import Silence, StepRecord
from molvae.training.train import train
from molvae.training.validate import validate

FAST: dict[str, Any] = {"sampled_validity": None}


def boronic(count: int) -> list[str]:
    """Molecules with tokens that the starter corpus does not have."""
    tails = ["C" * length + end for length in range(1, 12) for end in ("O", "N", "F", "Cl", "#N")]
    return [f"OB(O)c1ccc({tail})cc1" for tail in tails][:count]


def validations(run: Path) -> list[dict[str, Any]]:
    return [event for event in read_log(run) if event["event"] == "validation"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus, quick_config: Config) -> Path:
    """A model that has learned a little."""
    out = tmp_path_factory.mktemp("base") / "run"
    config = quick_config.override(
        ["train.max_steps=60", "train.validation.every_steps=60", "train.precision=float32"]
    )
    return train(corpus, out, config, listener=Silence(), **FAST).best


@pytest.fixture(scope="module")
def saved(base: Path) -> SavedModel:
    return load_model(base)


@pytest.fixture(scope="module")
def config(saved: SavedModel) -> Config:
    return finetuning_config(saved, 50).override(
        ["train.max_epochs=none", "train.max_steps=20", "data.valid_fraction=0.2"]
    )


@pytest.fixture(scope="module")
def boron(tmp_path_factory: pytest.TempPathFactory, saved: SavedModel, config: Config) -> Corpus:
    folder = tmp_path_factory.mktemp("boron") / "corpus"
    return prepare(boronic(55), folder, config, vocabulary=saved.tokenizer.vocabulary)


def test_without_new_tokens_it_starts_as_good_as_the_model(
    base: Path, saved: SavedModel, corpus: Corpus, tmp_path: Path
) -> None:
    once = finetuning_config(saved).override(["train.max_steps=1"])
    run = train(corpus, tmp_path / "run", once, init=base, listener=Silence(), **FAST)
    expected = validate(
        saved.model, corpus["valid"], 0, validation=run.config.train.validation,
        kl=run.config.train.kl, dtype=torch.float32, sampled_validity=None,
    )  # fmt: skip
    first = validations(run.path)[0]
    assert first["step"] == 0
    assert first["objective"] == pytest.approx(expected.objective, abs=1e-6)
    assert first["exact_reconstruction"] == expected.exact_reconstruction


def test_new_tokens_leave_the_logits_of_old_ones_and_get_their_mean(
    saved: SavedModel, boron: Corpus, corpus: Corpus
) -> None:
    old = len(saved.tokenizer.vocabulary)
    assert boron.vocabulary.tokens[:old] == saved.tokenizer.vocabulary.tokens
    assert set(boron.vocabulary.tokens[old:]) == {"B"}
    model = MolVAE(len(boron.vocabulary), saved.config.model)
    inherit(model, saved)
    batch = pad_sequences([corpus["valid"].tokens(row) for row in range(5)])
    with torch.no_grad():
        posterior, expected = model.eval().encode(batch), saved.model.encode(batch)
        logits = model.decode(batch, posterior.mu)
        before = saved.model.decode(batch, expected.mu)
    torch.testing.assert_close(posterior.mu, expected.mu)
    torch.testing.assert_close(logits[..., :old], before)
    mean = before[..., len(SPECIAL_TOKENS) :].mean(-1)
    torch.testing.assert_close(logits[..., old], mean)
    share = logits.softmax(-1)[..., old]
    assert (share <= 1.0 / (old - len(SPECIAL_TOKENS))).all()


def test_it_learns_fifty_new_molecules_and_keeps_the_best(
    base: Path, boron: Corpus, config: Config, tmp_path: Path
) -> None:
    longer = config.override(["train.max_steps=150", "train.optimizer.learning_rate=8e-3"])
    run = train(boron, tmp_path / "run", longer, init=base, listener=Silence(), **FAST)
    records = validations(run.path)
    best = load_model(run.best)
    assert best.card["training"]["validation"]["objective"] == min(r["objective"] for r in records)
    assert min(r["objective"] for r in records) < 0.5 * records[0]["objective"]
    assert max(r["token_accuracy"] for r in records) > 0.8 > records[0]["token_accuracy"]


def test_where_nothing_gets_better_the_model_stays_and_the_run_ends(
    base: Path, saved: SavedModel, boron: Corpus, config: Config, tmp_path: Path
) -> None:
    idle = config.override(
        ["train.max_steps=10000", "train.optimizer.learning_rate=1e-12",
         "train.validation.patience=2", "train.validation.every_steps=2"]
    )  # fmt: skip
    run = train(boron, tmp_path / "run", idle, init=base, listener=Silence(), **FAST)
    assert len(validations(run.path)) < 20
    kept, old = load_model(run.best).model.state_dict(), saved.model.state_dict()
    for name, weights in old.items():
        rows = len(weights)
        torch.testing.assert_close(kept[name][:rows], weights, rtol=0, atol=1e-9)


class PowerCut(Silence):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        if record.step == self.step:
            raise RuntimeError("power cut")


@pytest.mark.parametrize("every", [5, 1000])
def test_a_run_is_resumed_exactly_without_the_model_it_started_from(
    base: Path, corpus: Corpus, boron: Corpus, config: Config, tmp_path: Path, every: int
) -> None:
    """The corpus is one with other ids, so that these are found again too."""
    foreign = prepare(boronic(55), tmp_path / "corpus", config)
    settings = config.override([f"train.checkpoint_every_steps={every}"])
    quiet = FAST | {"listener": Silence()}
    whole = train(boron, tmp_path / "whole", settings, init=base, **quiet)
    start = tmp_path / "start"
    shutil.copytree(base, start)
    with pytest.raises(RuntimeError, match="power cut"):
        train(foreign, tmp_path / "run", settings, init=start, **quiet | {"listener": PowerCut(10)})
    shutil.rmtree(start)
    run = train(foreign, tmp_path / "run", resume=True, **quiet)
    ours, theirs = load_model(run.last), load_model(whole.last)
    assert ours.tokenizer.vocabulary == theirs.tokenizer.vocabulary
    assert ours.card["training"]["initialized_from"]["model"] == str(start)
    for a, b in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_corpus_with_other_ids_is_translated(saved: SavedModel, tmp_path: Path) -> None:
    molecules = boronic(20)
    foreign = prepare(molecules, tmp_path / "corpus", Config())
    ours = adapted(foreign, saved)
    assert ours.vocabulary.tokens[0 : len(saved.tokenizer.vocabulary)] == (
        saved.tokenizer.vocabulary.tokens
    )
    for name in ("train", "valid", "test"):
        rows = range(len(ours[name]))
        written = [ours.tokenizer.decode(ours[name].tokens(row)) for row in rows]
        assert written == foreign[name].smiles()
    assert adapted(ours, saved) is ours
    assert foreign.vocabulary != ours.vocabulary


def test_the_model_says_where_it_comes_from(
    base: Path, saved: SavedModel, boron: Corpus, config: Config, tmp_path: Path
) -> None:
    run = train(boron, tmp_path / "run", config, init=base, listener=Silence(), **FAST)
    model = load_model(run.last)
    told = model.card["training"]["initialized_from"]
    assert told["model"] == str(base)
    assert told["new_tokens"] == ["B"]
    assert told["step"] == saved.card["training"]["step"]
    new = molecule_keys(boron["train"].smiles())
    assert saved.training_keys is not None
    expected = np.union1d(saved.training_keys, new)
    np.testing.assert_array_equal(model.training_keys, expected)
    again = finetuning_config(model, 50).train.optimizer.learning_rate
    assert again == pytest.approx(config.train.optimizer.learning_rate)  # not lowered twice


def test_the_settings_are_those_of_the_model_but_gentler(saved: SavedModel) -> None:
    ours, theirs = finetuning_config(saved, 900), saved.config
    assert (ours.model, ours.tokenizer, ours.standardize) == (
        theirs.model, theirs.tokenizer, theirs.standardize)  # fmt: skip
    rate, before = ours.train.optimizer.learning_rate, theirs.train.optimizer.learning_rate
    assert 0.1 <= rate / before <= 0.34
    assert (ours.train.kl.shape, ours.train.kl.maximum) == ("constant", theirs.train.kl.maximum)
    assert ours.train.validation.patience > 0
    assert ours.train.batch_size <= theirs.train.batch_size
    sizes = [finetuning_config(saved, n).train for n in (10, 500, 2_000, 10**6)]
    assert [t.batch_size for t in sizes] == sorted(t.batch_size for t in sizes)
    assert sizes[0].batch_size == BATCH_SIZES[0]
    assert all(t.validation.every_steps <= theirs.train.validation.every_steps for t in sizes)


def test_few_molecules_and_new_tokens_are_told(
    base: Path, boron: Corpus, config: Config, tmp_path: Path
) -> None:
    told: list[str] = []

    class Notes(Silence):
        def on_start(self, facts: dict[str, Any]) -> None:
            told.extend(facts["notes"])

    train(boron, tmp_path / "run", config, init=base, listener=Notes(), **FAST)
    assert any("new tokens: B" in note for note in told)
    assert any("are few" in note for note in told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("model.latent_size=9", "model.latent_size cannot change.* 8, not 9"),
        ("model.decoder.hidden_size=33", "model.decoder.hidden_size cannot change"),
        ("model.encoder.layers=2", "model.encoder.layers cannot change"),
        ("model.encoder.kind=gru", "model.encoder.kind cannot change.* bilstm, not gru"),
        ("model.decoder.kind=one_shot", "model.decoder.kind cannot change"),
        ("model.posterior.kind=flow", "model.posterior.kind cannot change"),
    ],
)
def test_what_cannot_change(
    base: Path, boron: Corpus, config: Config, tmp_path: Path, change: str, words: str
) -> None:
    with pytest.raises(TrainingError, match=words):
        train(boron, tmp_path / "run", config.override([change]), init=base)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("model.encoder.kind=convolution", "model.encoder.kernel_size=5"),
        ("model.decoder.kind=one_shot", "model.decoder.positions=30"),
        ("model.posterior.kind=flow", "model.posterior.flow=coupling"),
        ("model.posterior.kind=hierarchical", "model.posterior.upper_size=3"),
        ("model.prior.kind=flow", "model.prior.layers=3"),  # of 8
        ("model.prior.kind=flow", "model.prior.hidden_size=31"),
        ("model.prior.kind=autoregressive", "model.prior.modes=9"),
        ("model.prior.kind=vamp", "model.prior.components=7"),
        ("model.prior.kind=flow", "model.prior.kind=mixture"),
    ],
)
def test_sizes_of_a_kind_cannot_change_where_it_is_used(
    saved: SavedModel, config: Config, kind: str, size: str
) -> None:
    check_fits(config.override([size]) if "kind" not in size else config, saved)
    special = replace(saved, config=config.override([kind]))
    check_fits(special.config, special)
    with pytest.raises(TrainingError, match=f"{size.split('=')[0]} cannot change"):
        check_fits(special.config.override([size]), special)


def test_a_normal_prior_can_give_way_to_a_learned_one(
    base: Path, boron: Corpus, config: Config, tmp_path: Path
) -> None:
    learned = config.override(["model.prior.kind=flow", "train.max_steps=2"])
    run = train(boron, tmp_path / "run", learned, init=base, listener=Silence(), **FAST)
    assert load_model(run.last).model.prior.state_dict()


@pytest.mark.parametrize("kind", ["flow", "autoregressive"])
def test_a_prior_can_grow_and_starts_as_the_density_it_was(saved: SavedModel, kind: str) -> None:
    torch.manual_seed(0)
    small, large = (
        replace(saved, config=saved.config.override([f"model.prior.kind={kind}", layers]))
        for layers in ("model.prior.layers=2", "model.prior.layers=5")
    )
    vocabulary = len(saved.tokenizer.vocabulary)
    former = MolVAE(vocabulary, small.config.model)
    for parameter in former.prior.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    grown = MolVAE(vocabulary, large.config.model)
    check_fits(large.config, replace(small, model=former))
    inherit(grown, replace(small, model=former))
    z = torch.randn(50, former.latent_size)
    torch.testing.assert_close(
        grown.prior.log_prob(z), former.prior.log_prob(z), atol=1e-3, rtol=1e-4
    )


def test_a_held_kl_goes_on_being_held(saved: SavedModel) -> None:
    held = saved.config.override(["train.kl.shape=target", "train.kl.target=20"])
    tuned = finetuning_config(replace(saved, config=held), 50)
    assert Config.from_mapping(tuned.model_dump(), source="test").train.kl == held.train.kl


def test_refused(base: Path, boron: Corpus, config: Config, tmp_path: Path) -> None:
    letters = prepare(["CCO", "CCN"] * 20 + boronic(30), tmp_path / "letters",
                      config.override(["tokenizer.kind=char"]))  # fmt: skip
    with pytest.raises(TrainingError, match=r"char tokens, the model .* in atom tokens"):
        train(letters, tmp_path / "run", init=base)
    with pytest.raises(ModelError, match="no model at"):
        train(boron, tmp_path / "run", init=tmp_path / "nowhere")
    run = train(boron, tmp_path / "run", config, init=base, listener=Silence(), **FAST)
    with pytest.raises(TrainingError, match="leave out init"):
        train(boron, run.path, init=base, resume=True)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, quick_config: Config) -> Path:
    """A model conditioned on a property and a column, which predicts another one."""
    folder = tmp_path_factory.mktemp("told")
    rows = [f"{smiles},{'yes' if 'N' in smiles else 'no'}" for smiles in boronic(55)]
    (folder / "input.csv").write_text("smiles,basic\n" + "\n".join(rows) + "\n")
    config = quick_config.override(
        ["model.condition.properties=['logp', 'basic']", "model.heads.properties=['qed']",
         "train.max_steps=10", "data.valid_fraction=0.2", "train.precision=float32"]
    )  # fmt: skip
    corpus = prepare(folder / "input.csv", folder / "corpus", config)
    return train(corpus, folder / "run", config, listener=Silence(), **FAST).last


def test_conditions_keep_their_statistics_and_a_missing_column_is_unknown(
    told: Path, tmp_path: Path
) -> None:
    model = load_model(told)
    config = finetuning_config(model, 40).override(["train.max_epochs=2"])
    smiles = [f"OB(O)CC{'C' * length}N" for length in range(40)]
    plain = config.model_copy(update={"model": Config().model})
    corpus = prepare(smiles, tmp_path / "corpus", plain, vocabulary=model.tokenizer.vocabulary)
    run = train(corpus, tmp_path / "run", config, init=told, listener=Silence(), **FAST)
    ours = load_model(run.last)
    assert [attribute.to_dict() for attribute in ours.conditions] == [
        attribute.to_dict() for attribute in model.conditions
    ]
    assert ours.heads == model.heads


def test_conditions_and_heads_added_later_change_nothing_at_first(
    told: Path, tmp_path: Path
) -> None:
    corpus = Corpus.load(told.parents[1] / "corpus")
    model = load_model(told)
    same = finetuning_config(model, 40).override(["train.max_steps=1"])
    more = same.override(
        ["model.condition.properties=['logp', 'basic', 'tpsa']",
         "model.heads.properties=['qed', 'sa']"]
    )  # fmt: skip
    first = []
    for name, config in (("same", same), ("more", more)):
        run = train(corpus, tmp_path / name, config, init=told, listener=Silence(), **FAST)
        first.append(validations(run.path)[0]["elbo"])
    assert first[0] == pytest.approx(first[1], abs=1e-4)
    ours = load_model(tmp_path / "more" / "last")
    assert [attribute.name for attribute in ours.conditions] == ["logp", "basic", "tpsa"]
    fewer = same.override(["model.condition.properties=['tpsa']"])
    with pytest.raises(TrainingError, match=r"must begin with .* logp, basic; it is tpsa"):
        train(corpus, tmp_path / "fewer", fewer, init=told)


def test_a_plain_model_can_become_a_conditional_one(
    base: Path, boron: Corpus, config: Config, tmp_path: Path
) -> None:
    plain = train(boron, tmp_path / "plain", config, init=base, listener=Silence(), **FAST)
    more = config.override(["model.condition.properties=['logp']"])
    run = train(boron, tmp_path / "more", more, init=base, listener=Silence(), **FAST)
    before, after = (validations(path)[0]["elbo"] for path in (plain.path, run.path))
    assert before == pytest.approx(after, abs=1e-4)
    assert json.loads((run.last / "model.json").read_text())["conditions"][0]["name"] == "logp"
