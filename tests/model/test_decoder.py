"""The decoder step by step is the decoder over the whole sequence, with and without a tally."""

import numpy as np
import pytest
import torch

from molvae.config import Config
from molvae.data.batches import pad_sequences
from molvae.model.decoders.gru import step, tallies
from molvae.model.vae import MolVAE


def model_of(*, tally: bool | None, conditions: tuple[int, ...] = ()) -> MolVAE:
    settings = [
        "model.embedding_size=8",
        "model.latent_size=6",
        "model.encoder.hidden_size=10",
        "model.decoder.hidden_size=12",
        "model.decoder.layers=2",
    ]
    if tally is not None:
        settings.append(f"model.decoder.tally={str(tally).lower()}")
    torch.manual_seed(0)
    return MolVAE(15, Config().override(settings).model, conditions=conditions).eval()


@pytest.mark.parametrize("tally", [False, True])
def test_steps_are_the_whole_sequence(tally: bool) -> None:
    model = model_of(tally=tally)
    batch = pad_sequences([np.array([5, 6, 5, 5, 9]), np.array([4, 5, 14])])
    z = torch.randn(2, 6)
    with torch.no_grad():
        whole = model.decode(batch, z)
        weights = model.step_weights(z)
        states, logits = weights.states, []
        for tokens in batch.inputs:
            some, states = step(weights, states, tokens)
            logits.append(some)
    assert torch.allclose(torch.stack(logits), whole, atol=1e-5)


def test_the_tally_counts_what_was_read_so_far() -> None:
    tokens = torch.tensor([[1, 1], [3, 2], [3, 3]])
    counts = tallies(tokens, 5, torch.float32)
    for at in range(3):
        for row in range(2):
            read = np.bincount(tokens[: at + 1, row].numpy(), minlength=5)
            assert counts[at, row].tolist() == read.tolist()


def test_the_tally_reaches_the_logits() -> None:
    model = model_of(tally=True)
    several, one = (
        pad_sequences([np.array(ids)]) for ids in ([5, 5, 5, 5, 6, 7], [8, 9, 10, 11, 6, 7])
    )
    width = model.decoder.layers[0].weight_ih_l0.shape[1]
    with torch.no_grad():
        model.decoder.layers[0].weight_ih_l0[:, : width - 15] = 0.0  # the tally alone
        model.decoder.layers[0].weight_hh_l0.zero_()
        z = torch.zeros(1, 6)
        assert not torch.allclose(model.decode(several, z)[-1], model.decode(one, z)[-1])


@pytest.mark.parametrize(("tally", "size"), [(None, 15), (True, 15), (False, 0)])
def test_a_conditional_model_keeps_a_tally_unless_told(tally: bool | None, size: int) -> None:
    assert model_of(tally=tally, conditions=(0,)).decoder.tally_size == size
    assert model_of(tally=None).decoder.tally_size == 0
