"""What is written around latents, against what the generator and RDKit say one by one."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from molvae.checkpoint import SavedModel
from molvae.chem import tanimoto_pairs
from molvae.config import Config, KLConfig
from molvae.data.batches import pad_sequences
from molvae.evaluation.decodings import (
    PATHS,
    REPEATED_LATENTS,
    REPEATS,
    STEPS,
    measure_interpolation,
    measure_prior,
    measure_reconstruction,
    measure_repeats,
    measure_smoothness,
    pair_similarities,
    random_pairs,
)
from molvae.evaluation.posteriors import Posteriors, read_posteriors
from molvae.evaluation.records import Sheet
from molvae.generation import Generator
from molvae.generation.sieve import check
from molvae.model import MolVAE
from molvae.model.objectives import Elbo
from molvae.tokenizers import fit


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def known(chains: list[str]) -> list[str]:
    """Few enough molecules to learn by heart."""
    return sorted({smiles for smiles in check(chains) if smiles is not None})[::8]


@pytest.fixture(scope="module")
def saved(known: list[str]) -> SavedModel:
    """A model that has learned `known` by heart, with narrow posteriors."""
    config = Config().override(
        [
            "model.embedding_size=12",
            "model.latent_size=8",
            "model.encoder.hidden_size=24",
            "model.decoder.hidden_size=48",
            "data.max_tokens=20",
        ]
    )
    tokenizer = fit(known, workers=1)
    torch.manual_seed(0)
    model = MolVAE(len(tokenizer.vocabulary), config.model)
    encoded = tokenizer.encode_batch(known, workers=1)
    batch = pad_sequences([encoded[row] for row in range(len(known))])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(220):
        optimizer.zero_grad()
        Elbo(KLConfig())(model, batch, beta=0.03).loss.backward()
        optimizer.step()
    return SavedModel(Path("chains"), model.eval(), tokenizer, config, {}, None)


@pytest.fixture(scope="module")
def generator(saved: SavedModel) -> Generator:
    return Generator(saved, device="cpu", precision="float32")


@pytest.fixture(scope="module")
def held(saved: SavedModel, known: list[str]) -> Posteriors:
    return read_posteriors(saved, known, 1_000, rng())


def test_molecules_are_read_as_the_generator_reads_them(
    saved: SavedModel, generator: Generator, known: list[str]
) -> None:
    given = [*known[:20], "C1CC", "c1ccccc1"]
    held = read_posteriors(saved, given, 1_000, rng())
    latents = generator.latents(given)
    assert held.asked == 22
    assert [problem.index for problem in held.problems] == [20, 21]
    np.testing.assert_allclose(held.mu, latents.z[:20], atol=1e-5)
    np.testing.assert_allclose(held.std, latents.std[:20], rtol=1e-4)


def test_some_of_many_keep_their_order(saved: SavedModel, known: list[str]) -> None:
    some = read_posteriors(saved, known, 12, rng()).smiles
    assert len(some) == 12
    places = [known.index(smiles) for smiles in some]
    assert places == sorted(places)
    assert some != known[:12]


def test_draws_have_the_posteriors_mean_and_spread(held: Posteriors) -> None:
    source = rng()
    draws = np.array([held.draw(source) for _ in range(220)])
    np.testing.assert_allclose(draws.mean(axis=0), held.mu, atol=0.25 * held.std.max())
    np.testing.assert_allclose(draws.std(axis=0), held.std, rtol=0.25)


def test_reconstruction_is_the_generators(generator: Generator, held: Posteriors) -> None:
    sheet = Sheet()
    measure_reconstruction(sheet, generator, held, rng())
    values = sheet.measured().values
    table = generator.reconstruct(held.smiles)
    assert values["reconstruction/exact"] == pytest.approx(table["exact"].mean())
    assert values["reconstruction/tanimoto"] == pytest.approx(table["tanimoto"].mean())
    assert values["reconstruction/valid"] == pytest.approx(table["tanimoto"].notna().mean())
    assert values["reconstruction/exact"] > 0.8
    assert 0.1 < values["reconstruction/stochastic_exact"] < values["reconstruction/exact"]


def test_what_cannot_be_encoded_is_not_reconstructed(
    saved: SavedModel, generator: Generator, known: list[str]
) -> None:
    table = generator.reconstruct(known)
    right = table["smiles"][table["exact"]].tolist()
    shares = []
    for given in (right, [*right, *["c1ccccc1"] * len(right)]):
        sheet = Sheet()
        held = read_posteriors(saved, given, 1_000, rng())
        measure_reconstruction(sheet, generator, held, rng())
        shares.append(sheet.measured().values["reconstruction/exact"])
    assert shares == pytest.approx([1.0, 0.5])
    note = sheet.measured().notes["reconstruction/exact"]
    assert f"{len(right)} of {2 * len(right)} molecules could not be encoded" in note


def test_prior_validity_is_near_the_samplers(generator: Generator) -> None:
    sheet = Sheet()
    measure_prior(sheet, generator, 800, rng())
    sampled = generator.sample(800, valid=False, unique=False).summary.validity
    assert sheet.measured().values["validity/prior"] == pytest.approx(sampled, abs=0.06)


def test_no_prior_samples(generator: Generator) -> None:
    sheet = Sheet()
    measure_prior(sheet, generator, 0, rng())
    assert math.isnan(sheet.measured().values["validity/prior"])
    assert "no samples" in sheet.measured().notes["validity/prior"]


def test_several_decodings_find_more_than_one(generator: Generator, held: Posteriors) -> None:
    sheet = Sheet()
    measure_repeats(sheet, generator, held, rng())
    values = sheet.measured().values
    assert len(held.smiles) < REPEATED_LATENTS
    assert 1.0 < values["decodings/distinct"] <= REPEATS
    measure_reconstruction(sheet, generator, held, rng())
    stochastic = sheet.measured().values["reconstruction/stochastic_exact"]
    assert values["decodings/any_exact"] > stochastic


def test_lines_begin_and_end_at_reconstructions(generator: Generator, held: Posteriors) -> None:
    sheet = Sheet()
    paths = measure_interpolation(sheet, generator, held, rng())
    assert len(paths) == PATHS
    assert {len(path) for path in paths} == {STEPS}
    written = {text for (text,) in generator.decode(held.mu)}
    ends = [end for path in paths for end in (path[0], path[-1])]
    assert all(end is None or end in _canonical(written) for end in ends)
    values = sheet.measured().values
    flat = [smiles for path in paths for smiles in path]
    assert values["interpolation/validity"] == pytest.approx(
        sum(smiles is not None for smiles in flat) / len(flat)
    )
    neighbors = [similarity for p in paths for similarity in tanimoto_pairs(p[:-1], p[1:])]
    assert values["interpolation/tanimoto"] == pytest.approx(np.nanmean(neighbors))


def test_nearer_latents_are_more_alike(generator: Generator, held: Posteriors) -> None:
    sheet = Sheet()
    found = measure_smoothness(sheet, generator, held, rng())
    assert len(found.distances) == len(found.similarities) == len(held.mu) * (len(held.mu) - 1) // 2
    assert sheet.measured().values["smoothness/spearman"] < -0.1
    assert found.radius_similarities[0] > found.radius_similarities[2]


def test_similarities_of_pairs_are_rdkits(chains: list[str]) -> None:
    smiles = [*chains[:20], "c1ccccc1O", "C"]
    pairs = random_pairs(22, 100, rng())
    truth = tanimoto_pairs([smiles[i] for i in pairs[:, 0]], [smiles[j] for j in pairs[:, 1]])
    np.testing.assert_allclose(pair_similarities(smiles, pairs), truth, rtol=1e-12)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 50])
def test_pairs_are_of_two(count: int) -> None:
    pairs = random_pairs(count, 30, rng())
    assert len(pairs) == min(30, count * (count - 1) // 2)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert set(pairs.flatten().tolist()) <= set(range(count))
    if len(pairs) < 30:
        assert len({tuple(sorted(pair)) for pair in pairs.tolist()}) == len(pairs)


def _canonical(texts: set[str]) -> set[str]:
    return {smiles for smiles in check(sorted(texts)) if smiles is not None}
