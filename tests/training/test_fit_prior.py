"""Priors fitted afterwards: nearer to the latents, and the rest of the model as it was."""

from pathlib import Path

import numpy as np
import pytest
import torch

from molvae.checkpoint import SavedModel, load_model
from molvae.config import Config, PriorConfig
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import ConfigError, OutputError, TrainingError
from molvae.training.fit_prior import FittedPrior, PriorKind, fit_prior
from molvae.training.prior_learning import PriorCheck
from molvae.training.records import Silence
from molvae.training.train import train

SIZES = PriorConfig(layers=3, hidden_size=32, components=8, pseudo_length=8)


@pytest.fixture(scope="module")
def chains() -> list[str]:
    rng = np.random.default_rng(1)
    return sorted({"C" + "".join(rng.choice(list("CCNO"), rng.integers(2, 9))) for _ in range(900)})


@pytest.fixture(scope="module")
def chain_corpus(tmp_path_factory: pytest.TempPathFactory, chains: list[str]) -> Corpus:
    config = Config().override(["data.valid_fraction=0.2", "data.max_tokens=20"])
    return prepare(chains, tmp_path_factory.mktemp("chains") / "corpus", config, workers=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, chain_corpus: Corpus) -> Path:
    """A model with conditions and heads whose latents are far from N(0, I)."""
    config = Config().override(
        [
            "model.embedding_size=12",
            "model.latent_size=6",
            "model.encoder.hidden_size=24",
            "model.decoder.hidden_size=32",
            'model.condition.properties=["heavy_atoms"]',
            'model.heads.properties=["logp"]',
            "train.batch_size=64",
            "train.max_steps=80",
            "train.optimizer.learning_rate=1e-2",
            "train.kl.maximum=0.01",
            "train.precision=float32",
        ]
    )
    run = tmp_path_factory.mktemp("runs") / "run"
    return train(chain_corpus, run, config, listener=Silence(), sampled_validity=None).last


@pytest.fixture(scope="module")
def fitted(
    trained: Path, chain_corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> FittedPrior:
    out = tmp_path_factory.mktemp("fitted") / "flow"
    return fit_prior(trained, chain_corpus, out, sizes=SIZES, max_steps=200)


def posterior_means(saved: SavedModel, corpus: Corpus) -> torch.Tensor:
    from molvae.data.batches import in_order

    with torch.no_grad():
        batches = in_order(corpus["valid"], 500)
        return torch.cat([saved.model.encode(batch).mu for batch in batches])


def test_a_fitted_flow_is_nearer_to_latents_it_did_not_learn_from(fitted: FittedPrior) -> None:
    assert fitted.nats_before == pytest.approx(fitted.nats_standard)
    assert fitted.nats_after < fitted.nats_before - 1.0
    facts = load_model(fitted.path).card["training"]["prior"]
    assert facts["nats_after"] == pytest.approx(fitted.nats_after, abs=1e-3)
    assert facts["kind"] == fitted.kind == "flow"
    assert not fitted.interrupted
    assert 0 < fitted.steps <= 200


def test_only_the_prior_changes(fitted: FittedPrior, trained: Path) -> None:
    former, saved = load_model(trained), load_model(fitted.path)
    for name, value in former.model.state_dict().items():
        assert torch.equal(saved.model.state_dict()[name], value)
    assert saved.conditions == former.conditions
    assert saved.heads == former.heads
    np.testing.assert_array_equal(saved.training_keys, former.training_keys)
    prior = SIZES.model_copy(update={"kind": "flow"})
    assert saved.config.model.prior == prior
    model = former.config.model.model_copy(update={"prior": prior})
    assert saved.config == former.config.model_copy(update={"model": model})
    assert saved.card["training"]["step"] == former.card["training"]["step"]


def test_what_was_measured_of_the_former_prior_is_not_said_of_the_new_one(
    fitted: FittedPrior, trained: Path
) -> None:
    before, after = (load_model(path).card["training"] for path in (trained, fitted.path))
    of_prior = {"objective", "kl", "elbo", "sampled_validity"}
    assert set(before["validation"]) - set(after["validation"]) == of_prior
    assert after["validation"].items() <= before["validation"].items()
    assert after["before_prior"]["kl"] == before["validation"]["kl"]
    assert "warnings" not in after


def test_its_samples_lie_where_molecules_do(
    fitted: FittedPrior, trained: Path, chain_corpus: Corpus
) -> None:
    """Their mean distance to the nearest latent of a molecule is less than N(0, I)'s."""
    saved = load_model(fitted.path)
    molecules = posterior_means(saved, chain_corpus)

    def distance(model: SavedModel) -> float:
        z = model.model.prior.sample(500, torch.Generator().manual_seed(0))
        return float(torch.cdist(z, molecules).amin(1).mean())

    assert distance(saved) < 0.8 * distance(load_model(trained))


@pytest.mark.parametrize("kind", ["mixture", "vamp", "autoregressive", "hierarchical"])
def test_other_kinds_can_be_fitted_to_a_list_of_molecules(
    kind: PriorKind, trained: Path, chains: list[str], tmp_path: Path
) -> None:
    given = [*chains, "CCBr", "CCCl", "C" * 21]
    fitted = fit_prior(trained, given, tmp_path / "new", kind=kind, sizes=SIZES, max_epochs=20)
    assert fitted.nats_after < fitted.nats_before
    assert fitted.left_out == (2, ("Br", "Cl"), 1)
    assert str(fitted.left_out) == "3 (2 with unknown tokens: Br Cl; 1 too long)"
    assert load_model(fitted.path).model.prior.sample(5).shape == (5, 6)


@pytest.mark.parametrize("posterior", ["deterministic", "flow", "hierarchical"])
def test_any_posterior_will_do(posterior: str, chain_corpus: Corpus, tmp_path: Path) -> None:
    config = Config().override(
        [
            "model.embedding_size=6",
            "model.latent_size=6",
            "model.encoder.hidden_size=8",
            "model.decoder.hidden_size=8",
            f"model.posterior.kind={posterior}",
            "model.posterior.hidden_size=8",
            "train.max_steps=3",
            "train.precision=float32",
        ]
    )
    run = train(chain_corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    fitted = fit_prior(run.last, chain_corpus, tmp_path / "new", sizes=SIZES, max_steps=50)
    assert fitted.nats_after < fitted.nats_standard
    assert fitted.measure == ("-log p(z)" if posterior == "deterministic" else "KL")


def test_one_of_the_same_kind_goes_on(
    fitted: FittedPrior, chain_corpus: Corpus, tmp_path: Path
) -> None:
    checks: list[PriorCheck] = []
    again = fit_prior(
        fitted.path, chain_corpus, tmp_path / "again", max_steps=50, on_check=checks.append
    )
    assert again.nats_before == pytest.approx(fitted.nats_after, abs=1e-3)
    assert again.nats_standard == pytest.approx(fitted.nats_standard, abs=1e-3)
    assert again.nats_after < again.nats_standard - 1.0
    assert checks[0].nats < again.nats_standard - 1.0


def test_the_same_seed_gives_the_same_prior(
    trained: Path, chain_corpus: Corpus, tmp_path: Path
) -> None:
    before = torch.get_rng_state()
    for name in ("one", "two"):
        fit_prior(trained, chain_corpus, tmp_path / name, sizes=SIZES, limit=60, max_steps=5)
    assert torch.equal(torch.get_rng_state(), before)
    one, two = (load_model(tmp_path / name).model.prior for name in ("one", "two"))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.equal(a, b)


def test_an_interruption_keeps_what_was_learned(
    trained: Path, chain_corpus: Corpus, tmp_path: Path
) -> None:
    import os
    import signal

    checks: list[PriorCheck] = []

    def interrupt(check: PriorCheck) -> None:
        checks.append(check)
        if check.step == 100:
            os.kill(os.getpid(), signal.SIGINT)

    fitted = fit_prior(
        trained, chain_corpus, tmp_path / "new", sizes=SIZES, max_steps=5000, on_check=interrupt
    )
    assert fitted.interrupted
    assert fitted.steps == 100
    assert fitted.nats_after < fitted.nats_standard
    assert load_model(fitted.path).card["training"]["prior"]["interrupted"]


def test_what_cannot_be_fitted_is_told(trained: Path, chain_corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a prior 'normal' cannot be fitted; choose one of mix"):
        fit_prior(trained, chain_corpus, tmp_path / "out", kind="normal")  # type: ignore[arg-type]
    told = r"0 molecules in the train split of the list of molecules .* too few to fit.* Br"
    with pytest.raises(TrainingError, match=told):
        fit_prior(trained, ["CCBr", "CCCBr", "CCCCBr"], tmp_path / "out")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="exists already"):
        fit_prior(trained, chain_corpus, tmp_path / "taken")
    assert not (tmp_path / "out").exists()
