"""Batches hold every molecule once an epoch, pad little, and can be made again."""

import numpy as np
import pytest

from molvae.config import Config
from molvae.data.batches import Batches, Cursor, in_order, pad_sequences
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus, Split
from molvae.tokenizers.vocabulary import BOS, EOS, PAD

SMILES = ["C" * n + "O" * m for n in range(1, 30) for m in range(1, 8)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    config = Config().override(["data.valid_fraction=0.1", "data.test_fraction=0.0"])
    return prepare(SMILES, tmp_path_factory.mktemp("data") / "corpus", config, workers=1)


@pytest.fixture(scope="module")
def split(corpus: Corpus) -> Split:
    return corpus["train"]


def epoch_rows(batches: Batches, epoch: int) -> list[np.ndarray]:
    return [batches.rows(Cursor(epoch, index)) for index in range(batches.per_epoch)]


def test_an_epoch_is_every_molecule_once(split: Split) -> None:
    batches = Batches(split, 16, seed=3)
    for epoch in (0, 1):
        rows = np.concatenate(epoch_rows(batches, epoch))
        assert sorted(rows.tolist()) == list(range(len(split)))


def test_epochs_differ_and_seeds_decide(split: Split) -> None:
    first, again = Batches(split, 16, seed=3), Batches(split, 16, seed=3)
    other = Batches(split, 16, seed=4)
    place = Cursor(1, 2)
    assert first.rows(place).tolist() == again.rows(place).tolist()
    assert first.rows(place).tolist() != other.rows(place).tolist()
    assert first.rows(place).tolist() != first.rows(Cursor(2, 2)).tolist()


def test_the_cursor_walks_into_the_next_epoch(split: Split) -> None:
    batches = Batches(split, 16, seed=0)
    cursor = Cursor()
    for _ in range(batches.per_epoch):
        following = batches.after(cursor)
        assert batches.before(following) == cursor
        cursor = following
    assert cursor == Cursor(1, 0)
    assert batches.before(Cursor()) == Cursor()


def test_ranks_share_an_epoch(split: Split) -> None:
    ranks = [Batches(split, 8, seed=0, rank=rank, world=3) for rank in range(3)]
    assert len({rank.per_epoch for rank in ranks}) == 1
    seen = [row for rank in ranks for rows in epoch_rows(rank, 0) for row in rows.tolist()]
    assert len(seen) == len(set(seen))
    assert len(split) - len(seen) < 3 * 8


def test_little_is_padding(split: Split) -> None:
    batches = Batches(split, 16, seed=0)
    padding = total = 0
    for index in range(batches.per_epoch):
        tokens = batches.batch(Cursor(0, index)).tokens
        padding += int((tokens == PAD).sum())
        total += tokens.numel()
    assert padding / total < 0.1


def test_tokens_are_the_molecules(corpus: Corpus, split: Split) -> None:
    batches = Batches(split, 16, seed=0)
    smiles = split.smiles()
    batch = batches.batch(Cursor(0, 1))
    for column, row in enumerate(batches.rows(Cursor(0, 1))):
        length = int(batch.lengths[column])
        assert int(batch.tokens[length - 1, column]) == EOS
        assert (batch.tokens[length:, column] == PAD).all()
        assert corpus.tokenizer.decode(batch.tokens[:, column].numpy()) == smiles[row]
    assert (batch.inputs[0] == BOS).all()
    inner = batch.inputs[1:]
    assert ((inner == batch.tokens[:-1]) | (inner == PAD)).all()
    assert not (inner == EOS).any()


def test_in_order_takes_the_same_molecules_each_time(split: Split) -> None:
    first = [batch.tokens for batch in in_order(split, 10, limit=25)]
    again = [batch.tokens for batch in in_order(split, 10, limit=25)]
    assert [tokens.shape[1] for tokens in first] == [10, 10, 5]
    assert all(bool((a == b).all()) for a, b in zip(first, again, strict=True))


def test_a_batch_of_nothing_and_of_empty_rows() -> None:
    assert pad_sequences([]).tokens.shape == (1, 0)
    batch = pad_sequences([np.array([], np.int64), np.array([7])])
    assert batch.tokens.tolist() == [[EOS, 7], [PAD, EOS]]
    assert batch.lengths.tolist() == [1, 2]
