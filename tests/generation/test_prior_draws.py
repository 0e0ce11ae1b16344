"""New molecules come from the model's own prior, those of N(0, I) from the same seeds as ever."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor

from molvae.errors import GenerationError
from molvae.generation import Generator
from molvae.generation.prior_draws import draw_latents, prior_moments
from molvae.generation.sieve import check
from molvae.generation.surprise import measure_surprise
from molvae.generation.walks.directions import survey
from molvae.model.posteriors.gaussian import LOG_2PI
from molvae.model.priors import Prior

PLACE, SPREAD = 2.0, 0.1


class Elsewhere(Prior):
    """N(PLACE, SPREAD^2) in each dimension."""

    def log_prob(self, z: Tensor) -> Tensor:
        squares = ((z - PLACE) / SPREAD).square()
        return -0.5 * (LOG_2PI + squares).sum(1) - self.latent_size * np.log(SPREAD)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        return PLACE + SPREAD * torch.randn(count, self.latent_size, generator=generator)


@pytest.fixture
def elsewhere(generator: Generator) -> Generator:
    """The same model with another prior."""
    saved = copy.deepcopy(generator.saved)
    saved.model.prior = Elsewhere(saved.model.latent_size)
    return Generator(saved, device="cpu", precision="float32")


def test_latents_of_a_seed_are_those_of_the_normal_distribution(generator: Generator) -> None:
    truth = torch.empty(7, 16).normal_(generator=torch.Generator().manual_seed(3)).numpy()
    np.testing.assert_array_equal(generator.draw(7, seed=3), truth)
    assert generator.draw(0).shape == (0, 16)
    rng = np.random.default_rng(5)
    np.testing.assert_array_equal(
        draw_latents(generator, 4, np.random.default_rng(5)), rng.standard_normal((4, 16))
    )
    with pytest.raises(GenerationError, match="must not be negative"):
        generator.draw(-1)


def test_samples_are_written_from_where_the_prior_is(elsewhere: Generator) -> None:
    z = elsewhere.draw(1500, seed=1)
    assert z.shape == (1500, 16)
    assert z.dtype == np.float32
    assert z.mean() == pytest.approx(PLACE, abs=0.01)
    assert z.std() == pytest.approx(SPREAD, abs=0.01)
    assert draw_latents(elsewhere, 50, np.random.default_rng(0)).min() > 1.0
    there = elsewhere.decode(np.full((1, 16), PLACE), method="greedy")[0][0]
    written = elsewhere.raw_samples(200, seed=0)
    assert np.mean([text == there for text in written]) > 0.2
    assert set(elsewhere.sample(1, seed=0, where="heavy_atoms > 0").table["smiles"]) <= set(written)


def test_a_survey_is_of_what_the_prior_writes(generator: Generator, elsewhere: Generator) -> None:
    """Molecules of a narrow prior are more alike."""
    everywhere = survey(generator, count=60).mu
    there = survey(elsewhere, count=60).mu
    assert there.std(axis=0).mean() < 0.8 * everywhere.std(axis=0).mean()


def test_surprise_counts_the_distance_to_the_models_prior(elsewhere: Generator) -> None:
    saved = elsewhere.saved
    sequences = [saved.tokenizer.encode(text) for text in ("CCO", "CCCCN")]
    sequences = [np.asarray(ids) for ids in sequences]
    found = measure_surprise(saved.model, sequences)
    latents = elsewhere.latents(["CCO", "CCCCN"])
    mu, std = latents.z.astype(float), latents.std.astype(float)
    q = torch.distributions.Normal(torch.from_numpy(mu), torch.from_numpy(std))
    p = torch.distributions.Normal(PLACE, SPREAD)
    exact = torch.distributions.kl_divergence(q, p).sum(1).numpy()
    # both draws lie on one line through the mean: its noise replaces the mean square by one draw's
    noise = torch.empty(16).normal_(generator=torch.Generator().manual_seed(0)).double().numpy()
    off = 0.5 * ((noise**2 - 1.0) * (std**2 / SPREAD**2 - 1.0)).sum(axis=1)
    np.testing.assert_allclose(found.kl, exact + off, rtol=1e-4)
    alone = measure_surprise(saved.model, sequences[:1])
    assert alone.negative_elbo[0] == pytest.approx(found.negative_elbo[0], rel=1e-5)


def test_copies_keep_their_prior(elsewhere: Generator) -> None:
    copied = Generator(copy.deepcopy(elsewhere.saved), device="cpu", precision="float32")
    np.testing.assert_array_equal(copied.draw(3), elsewhere.draw(3))


def test_walks_start_and_are_measured_where_the_prior_is(elsewhere: Generator) -> None:
    prior = prior_moments(elsewhere)
    np.testing.assert_allclose(prior.mean, PLACE, atol=0.02)
    np.testing.assert_allclose(prior.std, SPREAD, rtol=0.1)
    walk = elsewhere.traverse(None, [4], span=2.0, steps=3, attempts=0)
    np.testing.assert_allclose(walk.table["z"], PLACE + 2 * SPREAD * np.arange(-1, 2), atol=0.05)
    assert "center: the mean of the prior, which" in walk.summary
    plane = elsewhere.grid(None, [1, 2], size=3, span=2.0, attempts=0)
    z = np.tile(prior.mean, (9, 1))
    z[:, 1] += plane.table["x"] * prior.std[1]
    z[:, 2] += plane.table["y"] * prior.std[2]
    written = check([text for (text,) in elsewhere.decode(z.astype(np.float32))])
    assert plane.smiles == written


def test_moments_of_the_normal_prior_are_exact(generator: Generator) -> None:
    prior = prior_moments(generator)
    assert not prior.mean.any()
    assert np.array_equal(prior.covariance, np.eye(16))
    assert prior.along(np.eye(16)[3]) == 1.0
