"""Distances to priors that are not N(0, I), against distributions whose KL is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from molvae.checkpoint import SavedModel, load_model
from molvae.config import Config, DecoderConfig, EncoderConfig, ModelConfig
from molvae.data.shards import Corpus
from molvae.evaluation.latent import diagnose
from molvae.evaluation.latent_meanings import MEANINGS
from molvae.evaluation.latent_statistics import squared_mmd
from molvae.evaluation.likelihood import log_likelihoods
from molvae.evaluation.posteriors import Draws, Posteriors, encode
from molvae.evaluation.prior_distance import prior_distance
from molvae.generation import Generator
from molvae.model import MolVAE
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors import NormalPrior, Prior
from molvae.training.records import Silence
from molvae.training.train import train

PLACE, SPREAD = 0.7, 0.8


class Elsewhere(Prior):
    """N(PLACE, SPREAD^2) in each dimension."""

    def log_prob(self, z: Tensor) -> Tensor:
        squares = ((z - PLACE) / SPREAD).square()
        return -0.5 * (LOG_2PI + squares).sum(1) - self.latent_size * np.log(SPREAD)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        return PLACE + SPREAD * torch.randn(count, self.latent_size, generator=generator)


def exact_kl(mu: np.ndarray, std: np.ndarray) -> np.ndarray:
    """KL to `Elsewhere` (N,), in nats."""
    q = torch.distributions.Normal(torch.from_numpy(mu), torch.from_numpy(std))
    found = torch.distributions.kl_divergence(q, torch.distributions.Normal(PLACE, SPREAD))
    return np.asarray(found.sum(1).numpy())


def some_posteriors(count: int = 4_000, *, kept: bool = False) -> Posteriors:
    rng = np.random.default_rng(0)
    mu, std = rng.normal(size=(count, 3)), rng.uniform(0.2, 1.5, size=(count, 3))
    held = Posteriors(count, ["C"] * count, [], mu, std, ())
    if not kept:
        return held
    drawn = [held.draw_with_density(rng) for _ in range(4)]
    z, log_q = (np.stack(values) for values in zip(*drawn, strict=True))
    return held._replace(kept=Draws(z, log_q))


@pytest.mark.parametrize("kept", [False, True], ids=["gaussian", "by its draws"])
def test_the_distance_to_both_priors_is_that_of_the_formulas(kept: bool) -> None:
    held = some_posteriors(kept=kept)
    found = prior_distance(Elsewhere(3), held, np.random.default_rng(1))
    standard = 0.5 * (held.mu**2 + held.std**2 - 1.0 - 2.0 * np.log(held.std)).sum(axis=1).mean()
    assert found.own == pytest.approx(exact_kl(held.mu, held.std).mean(), abs=0.03)
    assert found.standard == pytest.approx(standard, abs=0.06)
    assert len(found.per_dimension) == (0 if kept else 3)
    normal = prior_distance(NormalPrior(3), held, np.random.default_rng(1))
    assert normal.own == normal.standard


def test_a_prior_of_ones_own_enters_the_likelihood() -> None:
    """Where the decoder ignores z, the ELBO is log p(x) less the KL to the prior."""
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=6,
        latent_size=2,
        encoder=EncoderConfig(hidden_size=8),
        decoder=DecoderConfig(hidden_size=8),
    )
    model = MolVAE(8, config).eval()
    with torch.no_grad():
        model.decoder.initial.weight.zero_()
        model.decoder.layers[0].weight_ih_l0[:, 6:] = 0.0
    sequences = [np.array(ids, dtype=np.uint8) for ids in ([5, 6, 7], [4])]
    mu, std, _ = encode(model, sequences)
    standard = log_likelihoods(model, sequences, draws=4_000, seed=1)
    model.prior = Elsewhere(2)
    own = log_likelihoods(model, sequences, draws=4_000, seed=1)
    np.testing.assert_allclose(own.iwae, standard.iwae, atol=0.05)
    truth = standard.iwae - exact_kl(mu, std)
    np.testing.assert_allclose(own.elbo, truth, atol=0.06)


def test_mmd_is_to_the_prior_given() -> None:
    rng = np.random.default_rng(0)
    z = PLACE + SPREAD * rng.normal(size=(600, 3))
    own = PLACE + SPREAD * rng.normal(size=(3, 600, 3))
    assert abs(squared_mmd(z, rng, own).value) < 4 * squared_mmd(z, rng, own).noise
    assert squared_mmd(z, rng).value > 10 * squared_mmd(z, rng).noise


@pytest.fixture
def saved(chain_run: Path) -> SavedModel:
    return load_model(chain_run)


def test_diagnostics_tell_both_distances(saved: SavedModel, chains: list[str]) -> None:
    saved.model.prior = Elsewhere(8)
    found = diagnose(saved, chains[:30], samples=20, device="cpu")
    mu, values = found.mu, found.values
    assert values["kl/standard"] == pytest.approx(found.kl_per_dimension.sum())
    assert abs(values["kl"] - values["kl/standard"]) > 0.1
    assert values["marginal_kl"] == pytest.approx(values["kl"] - values["mutual_information"])
    assert np.isfinite(mu).all()


@pytest.mark.parametrize("kind", ["deterministic", "flow", "hierarchical"])
def test_models_of_any_posterior_are_measured(
    kind: str, chain_run: Path, chains: list[str], tmp_path: Path
) -> None:
    """What has no meaning, or no estimate, says so; everything else is a number."""
    config = Config().override(
        [
            "model.embedding_size=6",
            "model.latent_size=6",
            "model.encoder.hidden_size=8",
            "model.decoder.hidden_size=8",
            f"model.posterior.kind={kind}",
            "model.posterior.hidden_size=8",
            "train.max_steps=3",
            "train.precision=float32",
        ]
    )
    corpus = Corpus.load(chain_run.parent / "corpus")
    run = train(corpus, tmp_path / "run", config, listener=Silence(), sampled_validity=None)
    saved = load_model(run.last)
    found = diagnose(saved, chains[:12], samples=10, device="cpu")
    lacking = {name for name, value in found.values.items() if np.isnan(value)}
    without = {"mutual_information", "mutual_information/upper", "marginal_kl"}
    if kind == "deterministic":
        without |= {name for name in MEANINGS if name.startswith(("kl", "log_likelihood"))}
        assert found.notes["kl"] == "the posterior is a point, which has no density"
    else:
        assert found.values["kl"] == found.values["kl/standard"]
        assert found.values["log_likelihood/iwae"] > found.values["log_likelihood/elbo"]
    assert without <= lacking
    assert not {"mmd", "active_units", "reconstruction/exact", "validity/prior"} & lacking
    table = Generator(saved, device="cpu").anomalies(chains[:5], reference=chains[:100]).table
    assert np.isfinite(table["negative_elbo"]).all()
