"""Corrupted molecules: what is lost, what only moves, and that a batch can be made again."""

from pathlib import Path

import numpy as np
import pytest
import torch

from molvae.chem import canonicalize, random_smiles
from molvae.chem.molecule import parse_or_raise
from molvae.config import Config, NoiseConfig
from molvae.data.batches import Batches, Cursor
from molvae.data.corruption import Corruption, build_corruption, dropped, joined, swapped
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.tokenizers.batch import Encoded
from molvae.tokenizers.vocabulary import EOS, PAD

SMILES = [
    "C/C=C/C[C@H](N)C(=O)O", "c1ccc2[nH]ccc2c1", "CC(=O)Nc1ccc(O)cc1", "FC(F)(F)c1ccccc1Cl",
    "O=S(=O)(N)c1ccc(Br)cc1", "C1CC2CCC1CC2", "C[N+](C)(C)CC([O-])=O", "N#Cc1cccnc1", "O", "CCO",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CN1CCC(CC1)Oc1ccccc1", "OCC1OC(O)C(O)C(O)C1O",
]  # fmt: skip


@pytest.fixture(scope="module", params=["atom", "selfies"])
def corpus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    config = Config().override(
        [f"tokenizer.kind={request.param}", "data.valid_fraction=0.1", "data.test_fraction=0.0"]
    )
    folder: Path = tmp_path_factory.mktemp("data") / "corpus"
    return prepare(SMILES, folder, config, workers=1)


def many(count: int = 200) -> Encoded:
    """Rows whose tokens are all different, some of them empty."""
    lengths = np.random.default_rng(0).integers(0, 30, count)
    return joined([np.arange(length) + 100 * row for row, length in enumerate(lengths)])


def test_dropping_keeps_the_order_and_loses_its_share() -> None:
    before = many()
    after = dropped(before, 0.3, np.random.default_rng(1))
    assert len(after) == len(before)
    for row, kept in zip(before, after, strict=True):
        assert set(kept.tolist()) <= set(row.tolist())
        assert sorted(kept.tolist()) == kept.tolist()
    assert len(after.ids) / len(before.ids) == pytest.approx(0.7, abs=0.03)


def test_swapping_moves_tokens_by_one_place_within_their_molecule() -> None:
    before = many()
    for share in (0.1, 0.9):
        after = swapped(before, share, np.random.default_rng(1))
        assert after.offsets.tolist() == before.offsets.tolist()
        for row, moved in zip(before, after, strict=True):
            assert sorted(moved.tolist()) == row.tolist()
            assert np.abs(moved - row).max(initial=0) <= 1
    exchanged = (swapped(before, 0.1, np.random.default_rng(1)).ids != before.ids).mean() / 2
    assert exchanged == pytest.approx(0.1, abs=0.02)


def test_random_order_is_the_same_molecule(corpus: Corpus) -> None:
    noise = Corruption(NoiseConfig(randomize=1.0), corpus.tokenizer, max_tokens=120)
    split = corpus["train"]
    rows = joined([split.tokens(row) for row in range(len(split))])
    other = 0
    for seed in range(5):
        again = noise(rows, np.random.default_rng(seed))
        written = corpus.tokenizer.decode_batch(again, workers=1)
        assert [canonicalize(smiles) for smiles in written] == split.smiles()
        other += sum(a.tolist() != b.tolist() for a, b in zip(rows, again, strict=True))
    assert other > len(split)


def test_a_form_that_cannot_be_read_is_not_taken(corpus: Corpus) -> None:
    split = corpus["train"]
    rows = joined([split.tokens(row) for row in range(len(split))])
    short = Corruption(NoiseConfig(randomize=1.0), corpus.tokenizer, max_tokens=1)
    alone = short(rows, np.random.default_rng(0))
    assert alone.ids.tolist() == rows.ids.tolist()
    if corpus.tokenizer.kind == "atom":  # a bond direction that no molecule of the corpus has
        forms = [random_smiles(parse_or_raise(SMILES[0]), seed) for seed in range(50)]
        assert "\\" not in corpus.vocabulary.tokens and any("\\" in form for form in forms)
    noise = Corruption(NoiseConfig(randomize=1.0), corpus.tokenizer, max_tokens=120)
    for seed in range(50):
        assert (noise(rows, np.random.default_rng(seed)).lengths > 0).all()


def test_batches_have_a_corrupted_source_and_clean_targets(corpus: Corpus) -> None:
    settings = NoiseConfig(drop=0.3, swap=0.2, randomize=0.5)
    noise = build_corruption(settings, corpus.tokenizer, max_tokens=120)
    split = corpus["train"]
    plain, noisy = (Batches(split, 4, seed=1, noise=given) for given in (None, noise))
    for place in (Cursor(0, 0), Cursor(0, 1), Cursor(1, 0)):
        clean, batch = plain.batch(place), noisy.batch(place)
        assert clean.source is None and clean.read[0] is clean.tokens
        for name in ("tokens", "lengths", "inputs"):
            assert torch.equal(getattr(clean, name), getattr(batch, name))
        source, lengths = batch.read
        assert batch.source is source
        assert source.shape[1] == len(clean.lengths)
        assert not torch.equal(source, clean.tokens)
        step = torch.arange(len(source))[:, None]
        assert bool((source[step == lengths - 1] == EOS).all())
        assert torch.equal(source == PAD, step >= lengths)


def test_a_batch_is_corrupted_in_the_same_way_each_time_and_each_in_its_own(
    corpus: Corpus,
) -> None:
    settings = NoiseConfig(drop=0.3, swap=0.2, randomize=0.5)
    noise = build_corruption(settings, corpus.tokenizer, max_tokens=120)
    batches, again = (Batches(corpus["train"], 100, seed=5, noise=noise) for _ in range(2))
    first, later = Cursor(0, 0), Cursor(3, 0)
    expected = batches.batch(later).read
    again.batch(first)
    assert all(map(torch.equal, again.batch(later).read, expected))
    other_seed = Batches(corpus["train"], 100, seed=6, noise=noise).batch(later)
    for batch in (batches.batch(first), other_seed):
        assert int(batch.read[1].sum()) != int(expected[1].sum())


def test_no_noise_is_none(corpus: Corpus) -> None:
    assert build_corruption(NoiseConfig(), corpus.tokenizer, max_tokens=120) is None


def test_repeated_batches_repeat_their_source(corpus: Corpus) -> None:
    noise = build_corruption(NoiseConfig(drop=0.5), corpus.tokenizer, max_tokens=120)
    batch = Batches(corpus["train"], 3, seed=5, noise=noise).batch(Cursor())
    source, lengths = batch.repeat(2).read
    assert torch.equal(source[:, ::2], batch.read[0])
    assert torch.equal(source[:, 1::2], batch.read[0])
    assert torch.equal(lengths[::2], batch.read[1])
