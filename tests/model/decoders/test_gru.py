"""What the decoder counts is the same on average whether words are hidden from it or not."""

import pytest
import torch

from molvae.config import DecoderConfig
from molvae.model.decoders.gru import GRUDecoder
from molvae.model.vae import drop_words
from molvae.tokenizers.vocabulary import BOS, MASK


def decoder(word_dropout: float) -> GRUDecoder:
    torch.manual_seed(0)
    config = DecoderConfig(hidden_size=6, word_dropout=word_dropout)
    return GRUDecoder(9, 5, 4, config, tally=True)


def logits(model: GRUDecoder, inputs: torch.Tensor) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    embedding, z = (
        torch.randn(*size, generator=generator) for size in ((9, 5), (len(inputs[0]), 4))
    )
    return model(embedding, inputs, z, torch.float32)


def test_hidden_words_are_counted_for_by_those_that_are_seen() -> None:
    model = decoder(0.25).train()
    inputs = torch.randint(4, 9, (12, 1)).expand(12, 4_000).clone()
    inputs[0] = BOS
    hidden = drop_words(inputs, 0.25, torch.Generator().manual_seed(0))
    counted = model._tallies(hidden, torch.float32)
    true = model.eval()._tallies(inputs, torch.float32)
    torch.testing.assert_close(counted.mean(1), true.mean(1), atol=0.1, rtol=0.0)
    assert not counted[..., MASK].any()
    assert (counted[..., BOS] == 1.0).all()


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_where_nothing_is_hidden_word_dropout_changes_nothing(share: float) -> None:
    inputs = torch.randint(4, 9, (7, 3))
    plain = decoder(0.0)
    same = decoder(share)
    same.eval()
    assert torch.equal(logits(plain, inputs), logits(same, inputs))
