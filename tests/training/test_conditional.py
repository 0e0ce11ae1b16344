"""Conditions and heads in a run: obeyed, learned with few labels, resumed to the bit."""

import json
import math
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from molvae.checkpoint import load_model
from molvae.chem import property_table
from molvae.config import Config
from molvae.data.attributes import restore_table
from molvae.data.batches import in_order
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import ConfigError
from molvae.model.decoding import Decoding, decode_tokens
from molvae.training.logs import read_log
from molvae.training.records import Silence, StepRecord
from molvae.training.state import checkpoints, latest_checkpoint
from molvae.training.train import train

CONDITIONS = 'model.condition.properties=["logp","heavy_atoms"]'


class StopAt(Silence):
    """Asks the process to stop at a step, as Ctrl-C would."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        if record.step == self.step:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def chain_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chains of C, N and O with labels: most potencies and classes are missing."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("chains") / "chains.csv"
    seen: set[str] = set()
    while len(seen) < 600:
        seen.add("C" + "".join(rng.choice(list("CCNO"), rng.integers(2, 10))))
    lines = ["smiles,potency,activity,constant,title"]
    for row, smiles in enumerate(sorted(seen)):
        known = row % 20 == 0
        potency = f"{smiles.count('O') - smiles.count('N')}" if known else ""
        activity = ("active" if smiles.count("O") else "inactive") if row % 3 == 0 else ""
        lines.append(f"{smiles},{potency},{activity},7,compound {row}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def chain_config() -> Config:
    return Config().override(
        [
            "model.embedding_size=12",
            "model.latent_size=8",
            "model.encoder.hidden_size=24",
            "model.decoder.hidden_size=48",
            "model.condition.hidden_size=24",
            "model.condition.size=12",
            "train.batch_size=64",
            "train.max_steps=150",
            "train.optimizer.learning_rate=1e-2",
            "train.optimizer.warmup_steps=10",
            "train.kl.maximum=0.3",
            "train.validation.every_steps=75",
            "train.validation.samples=0",
            "train.precision=float32",
            "data.valid_fraction=0.1",
            'data.columns=["potency","activity","constant","title"]',
        ]
    )


@pytest.fixture(scope="module")
def chain_corpus(chain_table: Path, chain_config: Config) -> Corpus:
    return prepare(chain_table, chain_table.parent / "corpus", chain_config, workers=1)


def test_a_conditional_model_obeys(
    chain_corpus: Corpus, chain_config: Config, tmp_path: Path
) -> None:
    config = chain_config.override([CONDITIONS, "train.kl.maximum=1.0"])
    saved = load_model(train(chain_corpus, tmp_path / "run", config, listener=Silence()))
    assert [attribute.name for attribute in saved.conditions] == ["logp", "heavy_atoms"]
    assert all(attribute.computed for attribute in saved.conditions)
    atoms = saved.conditions[1]

    def deviation(target: float | None, wanted: float) -> float:
        value = math.nan if target is None else atoms.target(target)
        conditions = torch.tensor([[math.nan, value]]).repeat(300, 1)
        generator = torch.Generator().manual_seed(0)
        z = torch.empty(300, 8).normal_(generator=generator)
        ids = decode_tokens(
            saved.model, z, Decoding(max_tokens=20), conditions=conditions, generator=generator
        )
        texts = saved.tokenizer.decode_batch(ids.numpy(), workers=1)
        table = property_table(texts, ["heavy_atoms"])
        return float((table["heavy_atoms"] - wanted).abs().mean())

    for wanted in (4, 5, 6):
        assert deviation(wanted, wanted) < 0.5 * deviation(None, wanted)


def test_heads_learn_from_few_labels(
    chain_corpus: Corpus, chain_config: Config, tmp_path: Path
) -> None:
    config = chain_config.override(
        ['model.heads.properties=["potency","activity","logp"]', "model.heads.weight=5.0",
         "train.kl.maximum=0.05"]
    )  # fmt: skip
    run = train(chain_corpus, tmp_path / "run", config, listener=Silence())
    saved = load_model(run)
    potency, activity, logp = saved.heads
    assert potency.known < 0.07 * logp.known
    assert (activity.kind, activity.classes) == ("class", ("active", "inactive"))
    (batch,) = in_order(chain_corpus["valid"], 500)
    with torch.no_grad():
        z = saved.model.encode(batch).mu
        predicted = restore_table(saved.model.predict(z).numpy(), saved.heads)
    tokenizer = saved.tokenizer
    texts = tokenizer.decode_batch(batch.tokens.t().numpy(), workers=1)
    truth = np.array([text.count("O") - text.count("N") for text in texts], float)
    error = (predicted["potency"].to_numpy() - truth) ** 2
    assert error.mean() < 0.5 * truth.var()
    is_active = np.array(["active" if text.count("O") else "inactive" for text in texts])
    assert (predicted["activity"].to_numpy() == is_active).mean() > 0.85
    checks = [event for event in read_log(run.path) if event["event"] == "validation"]
    assert checks[-1]["predicted"]["logp"] > 0.7
    assert checks[-1]["objective"] == pytest.approx(
        checks[-1]["reconstruction"] + 0.05 * checks[-1]["kl"]
    )
    steps = [event for event in read_log(run.path) if event["event"] == "step"]
    assert steps[-1]["heads"] < 0.5 * steps[0]["heads"]
    expected = steps[-1]["reconstruction"] + steps[-1]["beta"] * steps[-1]["kl"]
    assert steps[-1]["loss"] == pytest.approx(expected + 5.0 * steps[-1]["heads"], rel=0.01)


def test_resuming_with_conditions_is_never_having_stopped(
    chain_corpus: Corpus, chain_config: Config, tmp_path: Path
) -> None:
    config = chain_config.override(
        [CONDITIONS, 'model.heads.properties=["potency"]', "model.heads.dropout=0.2",
         "train.max_steps=20", "train.validation.every_steps=10"]
    )  # fmt: skip
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    train(chain_corpus, whole, config, listener=Silence())
    with pytest.raises(KeyboardInterrupt):
        train(chain_corpus, parted, config, listener=StopAt(10))
    assert checkpoints(parted)[-1].name == "step-00000010"
    kept = (parted / "annotations" / "train.parquet").stat().st_mtime_ns
    train(chain_corpus, parted, resume=True, listener=Silence())
    assert (parted / "annotations" / "train.parquet").stat().st_mtime_ns == kept
    first, second = (
        [{k: v for k, v in e.items() if k != "molecules_per_second"} for e in read_log(run)]
        for run in (whole, parted)
    )
    assert first == second
    ours, theirs = load_model(whole / "last"), load_model(parted / "last")
    assert ours.conditions == theirs.conditions
    for a, b in zip(ours.model.parameters(), theirs.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_checkpoint_of_molvae_0_1_goes_on(
    chain_corpus: Corpus, chain_config: Config, tmp_path: Path
) -> None:
    """Its sums since the last record had no place for the heads' loss."""
    config = chain_config.override(["train.max_steps=4"])
    state = latest_checkpoint(
        train(chain_corpus, tmp_path / "run", config, listener=Silence()).path
    )
    assert state is not None
    moving = load_file(state / "optimizer.safetensors")
    moving["running"] = moving["running"][:5].clone()
    save_file(moving, state / "optimizer.safetensors")
    facts = json.loads((state / "state.json").read_text())
    del facts["last_validation"]["predicted"]
    (state / "state.json").write_text(json.dumps(facts))
    longer = config.override(["train.max_steps=6"])
    run = train(chain_corpus, tmp_path / "run", longer, resume=True, listener=Silence())
    assert load_model(run.last).card["training"]["step"] == 6


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('condition.properties=["logq"]', "'logq' is no column of the corpus.*mean 'logp'"),
        ('heads.properties=["constant"]', "model.heads: constant is the same for all training"),
        ('condition.properties=["title"]', "title has 4.. classes.*at most 100"),
        ('condition.properties=["qed","qed"]', "qed is named twice"),
    ],
)
def test_conditions_that_cannot_be_are_one_line(
    chain_corpus: Corpus, chain_config: Config, tmp_path: Path, setting: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        train(chain_corpus, tmp_path / "run", chain_config.override([f"model.{setting}"]))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()
