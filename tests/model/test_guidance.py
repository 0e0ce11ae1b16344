"""Guidance: 1 is plain, 0 is free, and any other is the formula, for each way of decoding."""

import math

import pytest
import torch

from molvae.config import ConditionConfig, DecoderConfig, EncoderConfig, ModelConfig
from molvae.errors import GenerationError, ModelError
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.guidance import NEVER_WRITTEN, stepper
from molvae.model.vae import MolVAE
from molvae.tokenizers.vocabulary import BOS

CONDITIONS = torch.tensor([[0.5, 1.0], [math.nan, 0.0], [-2.0, math.nan]]).repeat(4, 1)


def model(*, conditions: tuple[int, ...] = (0, 2), layers: int = 1) -> MolVAE:
    torch.manual_seed(0)
    config = ModelConfig(
        embedding_size=5,
        latent_size=4,
        encoder=EncoderConfig(hidden_size=6),
        decoder=DecoderConfig(hidden_size=7, layers=layers),
        condition=ConditionConfig(hidden_size=8, size=3),
    )
    built = MolVAE(12, config, conditions=conditions).eval()
    with torch.no_grad():  # features that matter from the first step on
        for parameter in built.parameters():
            parameter.mul_(3.0)
    return built


def written(method: str, conditions: torch.Tensor | None, guidance: float) -> torch.Tensor:
    z = torch.randn(12, 4, generator=torch.Generator().manual_seed(1))
    decoding = Decoding(method, max_tokens=15, beam_size=3)  # type: ignore[arg-type]
    return decode_tokens(
        model(),
        z,
        decoding,
        conditions=conditions,
        guidance=guidance,
        generator=torch.Generator().manual_seed(2),
    )


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.equal(a, b)


@pytest.mark.parametrize("method", ["sample", "greedy", "beam"])
def test_one_is_plain_and_zero_is_free(method: str) -> None:
    plain = written(method, CONDITIONS, 1.0)
    assert same(written(method, CONDITIONS, 1.0 + 1e-6), plain)
    free = written(method, None, 1.0)
    assert same(written(method, CONDITIONS, 0.0), free)
    assert not same(plain, free)
    assert not same(written(method, CONDITIONS, 3.0), plain)


@pytest.mark.parametrize("layers", [1, 2])
def test_the_formula_and_selected_rows(layers: int) -> None:
    net, z, guidance = model(layers=layers), torch.randn(12, 4), 2.5
    conditional = stepper(net, z, CONDITIONS, 1.0, torch.float32)
    free = stepper(net, z, None, 1.0, torch.float32)
    guided = stepper(net, z, CONDITIONS, guidance, torch.float32)
    states = [steps.weights.states for steps in (conditional, free, guided)]
    tokens = torch.full((12,), BOS)
    for position in range(4):
        a, states[0] = conditional.step(states[0], tokens)
        b, states[1] = free.step(states[1], tokens)
        both, states[2] = guided.step(states[2], tokens)
        expected = (b + guidance * (a - b)).nan_to_num(nan=-torch.inf)
        torch.testing.assert_close(both, expected)
        assert bool((both[:, NEVER_WRITTEN] == -torch.inf).all())
        tokens = both.argmax(1)
        if position == 1:
            keep = torch.tensor([0, 5, 7])
            every = zip((conditional, free, guided), states, strict=True)
            states = [steps.select_states(state, keep) for steps, state in every]
            conditional, free, guided = (s.select(keep) for s in (conditional, free, guided))
            tokens = tokens[keep]
            assert guided.latents == 3


def test_guidance_needs_something_to_follow() -> None:
    z, decoding = torch.zeros(2, 4), Decoding()
    with pytest.raises(GenerationError, match="the model has no conditions"):
        decode_tokens(model(conditions=()), z, decoding, guidance=2.0)
    with pytest.raises(GenerationError, match="none is given"):
        decode_tokens(model(), z, decoding, guidance=2.0)
    with pytest.raises(GenerationError, match="guidance = nan: must be a finite number"):
        decode_tokens(model(), z, decoding, conditions=CONDITIONS[:2], guidance=math.nan)
    with pytest.raises(ModelError, match="this model has no conditions"):
        decode_tokens(model(conditions=()), z, decoding, conditions=CONDITIONS[:2])


def test_no_latents_are_no_molecules() -> None:
    empty = torch.zeros(0, 4)
    ids = decode_tokens(model(), empty, Decoding(), conditions=empty[:, :2], guidance=2.0)
    assert ids.shape == (0, 1)
