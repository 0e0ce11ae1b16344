"""Heads fitted afterwards: they learn, the rest of the model stays, mistakes are told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molvae.checkpoint import load_model
from molvae.chem import property_table
from molvae.config import Config
from molvae.data.attributes import restore_table
from molvae.data.batches import in_order
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import ConfigError, InputError, TrainingError
from molvae.training.fit_heads import fit_heads
from molvae.training.records import Silence
from molvae.training.train import train


@pytest.fixture(scope="module")
def chains() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    found = {"C" + "".join(rng.choice(list("CCNO"), rng.integers(2, 9))) for _ in range(700)}
    smiles = sorted(found)
    oxygens = np.array([text.count("O") for text in smiles], float)
    oxygens[::3] = np.nan
    kind = ["" if row % 2 else ("N" in text) for row, text in enumerate(smiles)]
    return pd.DataFrame({"smiles": smiles, "oxygens": oxygens, "nitrogen": kind})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, chains: pd.DataFrame) -> Corpus:
    folder = tmp_path_factory.mktemp("chains")
    chains.to_csv(folder / "chains.csv", index=False)
    config = Config().override(
        ["data.valid_fraction=0.2", 'data.columns=["oxygens","nitrogen"]', "data.max_tokens=20"]
    )
    return prepare(folder / "chains.csv", folder / "corpus", config, workers=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    config = Config().override(
        [
            "model.embedding_size=12",
            "model.latent_size=8",
            "model.encoder.hidden_size=24",
            "model.decoder.hidden_size=32",
            'model.condition.properties=["heavy_atoms"]',
            "train.batch_size=64",
            "train.max_steps=200",
            "train.optimizer.learning_rate=1e-2",
            "train.kl.maximum=0.05",
            "train.precision=float32",
        ]
    )
    run = tmp_path_factory.mktemp("runs") / "run"
    return train(corpus, run, config, listener=Silence(), sampled_validity=None).last


def test_heads_are_added_and_nothing_else_changes(
    corpus: Corpus, trained: Path, tmp_path: Path
) -> None:
    fitted = fit_heads(
        trained, corpus, tmp_path / "with heads", properties=["oxygens", "logp"],
        classes=["nitrogen"],
    )  # fmt: skip
    former, saved = load_model(trained), load_model(fitted.path)
    for name, value in former.model.state_dict().items():
        assert torch.equal(saved.model.state_dict()[name], value)
    assert saved.conditions == former.conditions
    np.testing.assert_array_equal(saved.training_keys, former.training_keys)
    oxygens, logp, nitrogen = saved.heads
    assert logp.computed
    assert nitrogen.classes == ("False", "True")
    assert saved.config.model.heads.names == ("oxygens", "logp", "nitrogen")
    assert fitted.scores == saved.card["training"]["heads"]["scores"]
    assert fitted.scores["oxygens"] > 0.6
    assert fitted.scores["logp"] > 0.6
    assert fitted.scores["nitrogen"] > 0.85
    assert oxygens.known < logp.known == fitted.molecules == len(corpus["train"])

    (batch,) = in_order(corpus["valid"], 1000)
    texts = saved.tokenizer.decode_batch(batch.tokens.t().numpy(), workers=1)
    atoms = saved.conditions[0].standardize(
        property_table(texts, ["heavy_atoms"])["heavy_atoms"].tolist()
    )
    batch = batch._replace(conditions=torch.from_numpy(atoms)[:, None])
    with torch.no_grad():
        values = saved.model.predict(saved.model.encode(batch).mu).numpy()
    predicted = restore_table(values, saved.heads)
    truth = np.array([text.count("O") for text in texts], float)
    assert ((predicted["oxygens"] - truth) ** 2).mean() < 0.4 * truth.var()


def test_the_same_seed_gives_the_same_heads(corpus: Corpus, trained: Path, tmp_path: Path) -> None:
    before = torch.get_rng_state()
    for name in ("one", "two"):
        fit_heads(trained, corpus, tmp_path / name, properties=["oxygens"], limit=50)
    one, two = (load_model(tmp_path / name).model.heads for name in ("one", "two"))
    assert one is not None
    assert two is not None
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_table_and_a_file_will_do_strange_tokens_left_out(
    chains: pd.DataFrame, trained: Path, tmp_path: Path
) -> None:
    strange = pd.DataFrame({"smiles": ["CCCl", "CCBr"], "oxygens": [50.0, 60.0]})
    table = pd.concat([chains, strange], ignore_index=True)
    table.to_csv(tmp_path / "table.csv", index=False)
    from_table = fit_heads(trained, table, tmp_path / "a", properties=["oxygens"])
    from_file = fit_heads(trained, tmp_path / "table.csv", tmp_path / "b", properties=["oxygens"])
    assert from_table.scores == from_file.scores
    (oxygens,) = load_model(tmp_path / "a").heads
    assert oxygens.maximum < 10.0


def test_what_cannot_be_fitted_is_told(corpus: Corpus, trained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="name the properties or classes"):
        fit_heads(trained, corpus, tmp_path / "out")
    with pytest.raises(ConfigError, match=r"'oxigens' is no column.*mean 'oxygens'"):
        fit_heads(trained, corpus, tmp_path / "out", properties=["oxigens"])
    table = pd.DataFrame({"smiles": ["CCBr", "CCCBr", "CBr"], "potency": [1.0, 2.0, 3.0]})
    with pytest.raises(TrainingError, match=r"the table: no molecules .*unknown tokens: Br"):
        fit_heads(trained, table, tmp_path / "out", properties=["potency"])
    with pytest.raises(InputError, match="no column 'potencies'") as raised:
        fit_heads(trained, table, tmp_path / "out", properties=["potencies"])
    assert "the table" in str(raised.value)
    assert "/" not in str(raised.value)
    assert not (tmp_path / "out").exists()
