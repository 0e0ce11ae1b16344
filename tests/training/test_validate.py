"""The measures of a validation against plain computations of them."""

import pytest
import torch

from molvae.config import Config
from molvae.data.batches import pad_sequences
from molvae.data.shards import Corpus
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.vae import MolVAE
from molvae.training.validate import active_units, prior_validity, validate


@pytest.fixture(scope="module")
def model(quick_config: Config, corpus: Corpus) -> MolVAE:
    torch.manual_seed(0)
    return MolVAE(len(corpus.vocabulary), quick_config.model)


@torch.no_grad()
def test_measures_against_one_molecule_at_a_time(
    model: MolVAE, corpus: Corpus, quick_config: Config
) -> None:
    settings = quick_config.train.validation.model_copy(update={"molecules": 10_000})
    record = validate(
        model,
        corpus["valid"],
        5,
        validation=settings,
        kl=quick_config.train.kl,
        dtype=torch.float32,
        sampled_validity=None,
    )
    assert model.training
    model.eval()
    split = corpus["valid"]
    kl = exact = 0.0
    means = []
    for row in range(len(split)):
        batch = pad_sequences([split.tokens(row)])
        posterior = model.encode(batch)
        means.append(posterior.mu)
        kl += float(posterior.kl().sum())
        written = decode_tokens(model, posterior.mu, Decoding(method="greedy"))
        exact += corpus.tokenizer.decode(written[0].numpy()) == split.smiles()[row]
    model.train()
    assert record.step == 5
    assert record.kl == pytest.approx(kl / len(split), rel=1e-4)
    assert record.exact_reconstruction == pytest.approx(exact / len(split))
    assert record.active_units == active_units(torch.cat(means))
    assert record.elbo == pytest.approx(record.reconstruction + record.kl)
    assert 0.0 <= record.token_accuracy <= 1.0


def test_active_units_counts_moving_dimensions() -> None:
    mu = torch.zeros(100, 4)
    mu[:, 1] = torch.linspace(-1, 1, 100)
    mu[:, 3] = torch.linspace(-0.01, 0.01, 100)
    assert active_units(mu) == 1
    assert active_units(mu[:1]) == 0


def test_prior_validity_is_a_share_and_repeats(model: MolVAE, corpus: Corpus) -> None:
    shares = [prior_validity(model, corpus.tokenizer, 50, 20, torch.float32) for _ in range(2)]
    assert shares[0] == shares[1]
    assert 0.0 <= shares[0] <= 1.0
