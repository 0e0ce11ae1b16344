"""A model on disk: the same back, and one clear line for anything else."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molvae.checkpoint import find_model, load_model, save_model, shipped_models
from molvae.config import Config, DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.attributes import fit_attributes, kinds
from molvae.errors import ModelError, OutputError
from molvae.model.vae import MolVAE
from molvae.tokenizers import fit

TOKENIZER = fit(["CCO", "c1ccccc1Br"], "atom", workers=1)
CONFIG = Config(
    model=ModelConfig(
        embedding_size=4,
        latent_size=3,
        encoder=EncoderConfig(hidden_size=4),
        decoder=DecoderConfig(hidden_size=5, layers=2),
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    model = MolVAE(len(TOKENIZER.vocabulary), CONFIG.model)
    keys = np.array([-5, 3, 9], np.int64)
    path = tmp_path / "model"
    save_model(path, model, TOKENIZER, CONFIG, training={"step": 7}, training_keys=keys)
    return path


def test_round_trip(folder: Path) -> None:
    torch.manual_seed(0)
    expected = MolVAE(len(TOKENIZER.vocabulary), CONFIG.model).state_dict()
    saved = load_model(folder)
    assert saved.config == CONFIG
    assert saved.tokenizer.kind == "atom"
    assert saved.tokenizer.vocabulary == TOKENIZER.vocabulary
    assert saved.card["training"] == {"step": 7}
    assert saved.training_keys is not None
    assert saved.training_keys.tolist() == [-5, 3, 9]
    assert not saved.model.training
    for name, value in saved.model.state_dict().items():
        assert torch.equal(value, expected[name])


def test_half_precision_storage_loads_as_float32(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder).model
    save_model(tmp_path / "half", model, TOKENIZER, CONFIG, training={}, dtype=torch.bfloat16)
    again = load_model(tmp_path / "half")
    assert again.training_keys is None
    for a, b in zip(again.model.parameters(), model.parameters(), strict=True):
        assert a.dtype == torch.float32
        torch.testing.assert_close(a, b, atol=1e-2, rtol=1e-2)


def test_only_a_model_is_replaced(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder).model
    save_model(folder, model, TOKENIZER, CONFIG, training={"step": 8})
    assert load_model(folder).card["training"] == {"step": 8}
    (tmp_path / "thesis").mkdir()
    with pytest.raises(OutputError, match="is not a model"):
        save_model(tmp_path / "thesis", model, TOKENIZER, CONFIG, training={})


def damage_card(folder: Path, **changes: object) -> None:
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "is not a molvae model"),
        ({"version": 99}, "format version 99; this molvae reads version 1"),
        ({"config": {"wings": 2}}, "is damaged.*wings"),
        ({"config": None}, "is damaged"),
        ({"tokenizer": {"kind": "atom"}}, "is damaged"),
        ({"tokenizer": {"kind": "atom", "vocabulary": None}}, "is damaged"),
        ({"tokenizer": {"kind": "x", "vocabulary": TOKENIZER.vocabulary.to_dict()}}, "damaged"),
    ],
)
def test_damaged_cards(folder: Path, changes: dict[str, object], message: str) -> None:
    damage_card(folder, **changes)
    with pytest.raises(ModelError, match=message) as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_weights_of_another_shape(folder: Path) -> None:
    card = json.loads((folder / "model.json").read_text())
    card["config"]["model"]["latent_size"] = 17
    damage_card(folder, config=card["config"])
    with pytest.raises(ModelError, match="weights do not fit its configuration"):
        load_model(folder)


@pytest.mark.parametrize("keep", [0, 5, 100, -20])
def test_truncated_weights(folder: Path, keep: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match="missing or damaged") as caught:
        load_model(folder)
    assert "\n" not in str(caught.value)


def test_binary_junk_and_absence(folder: Path, tmp_path: Path) -> None:
    (folder / "model.json").write_bytes(b"\x93\x00\xff")
    with pytest.raises(ModelError, match="is not JSON"):
        load_model(folder)
    with pytest.raises(ModelError, match="no such folder"):
        load_model(tmp_path / "none" / "at" / "all")
    with pytest.raises(ModelError, match=r"is not a model or run: it has no model\.json"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="no model called 'unheard-of'"):
        load_model("unheard-of")


def test_a_run_stands_for_its_best_model_and_the_newest_run_for_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if shipped_models():
        assert find_model().name == "default"
    run = tmp_path / "runs" / "mine-1"
    run.mkdir(parents=True)
    (run / "config.toml").write_text("")
    folder.rename(run / "last")
    assert find_model(run) == run / "last"
    assert find_model().resolve() == (run / "last").resolve()


def test_conditions_and_heads_come_back_and_old_cards_have_none(tmp_path: Path) -> None:
    table = pd.DataFrame({"logp": [1.0, 2.0, 4.0], "site": ["a", "b", "a"]})
    conditions = fit_attributes(table, ["logp", "site"], computed=["logp"])
    heads = fit_attributes(table, [], classes=["site"])
    size = len(TOKENIZER.vocabulary)
    model = MolVAE(size, CONFIG.model, conditions=kinds(conditions), heads=kinds(heads)).eval()
    save_model(
        tmp_path / "model",
        model,
        TOKENIZER,
        CONFIG,
        training={},
        conditions=conditions,
        heads=heads,
    )
    saved = load_model(tmp_path / "model")
    assert (saved.conditions, saved.heads) == (conditions, heads)
    z, given = torch.randn(4, 3), torch.tensor([[0.1, 1.0]] * 4)
    ours, theirs = saved.model.step_weights(z, given), model.step_weights(z, given)
    assert torch.equal(ours.latent_gates, theirs.latent_gates)
    assert torch.equal(saved.model.predict(z), model.predict(z))

    damage_card(tmp_path / "model", conditions=[conditions[0].to_dict() | {"std": 0.0}])
    with pytest.raises(ModelError, match="is damaged: logp has no spread"):
        load_model(tmp_path / "model")
    damage_card(tmp_path / "model", conditions=[])
    with pytest.raises(ModelError, match="weights do not fit"):
        load_model(tmp_path / "model")


def test_a_model_of_molvae_0_1_loads(folder: Path) -> None:
    card = json.loads((folder / "model.json").read_text())
    del card["conditions"], card["heads"]
    del card["config"]["model"]["condition"], card["config"]["model"]["heads"]
    (folder / "model.json").write_text(json.dumps(card))
    saved = load_model(folder)
    assert (saved.conditions, saved.heads) == ((), ())
    assert saved.model.conditioner is None
    with pytest.raises(ModelError, match="no property heads"):
        saved.model.predict(torch.zeros(1, 3))
