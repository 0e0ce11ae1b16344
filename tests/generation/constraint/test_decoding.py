"""Models under constraints: the masked tokens go, the others keep their probabilities."""

import torch
from torch import Tensor

from molvae.chem import is_valid
from molvae.config import Config
from molvae.generation.constraint import SmilesConstraint, constraint_for
from molvae.model import decoding as decoding_module
from molvae.model.decoding import Decoding, decode_tokens
from molvae.model.vae import MolVAE
from molvae.tokenizers import EOS, Tokenizer, fit

LIMIT = 24


def untrained() -> tuple[MolVAE, Tokenizer, SmilesConstraint]:
    tokenizer = fit(["C1CCC1", "CC(=O)N", "c1ccncc1", "C#N"])
    torch.manual_seed(0)
    config = Config().override(["model.latent_size=8", "model.decoder.hidden_size=16"])
    model = MolVAE(len(tokenizer.vocabulary), config.model).eval()
    constraint = constraint_for(tokenizer)
    assert constraint is not None
    return model, tokenizer, constraint


def latents(count: int) -> Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(1))


def written(decoding: Decoding, count: int = 60) -> list[str]:
    model, tokenizer, constraint = untrained()
    generator = torch.Generator().manual_seed(2)
    ids = decode_tokens(model, latents(count), decoding, constraint=constraint, generator=generator)
    assert (ids == EOS).any(1).float().mean() >= 0.95
    return tokenizer.decode_batch(ids.numpy(), workers=1)


def valid_share(smiles: list[str]) -> float:
    return sum(map(is_valid, smiles)) / len(smiles)


def test_an_untrained_model_samples_molecules() -> None:
    assert valid_share(written(Decoding(max_tokens=LIMIT))) >= 0.95


def test_sampling_from_few_tokens_masks_first() -> None:
    assert valid_share(written(Decoding(top_k=2, max_tokens=LIMIT), 20)) >= 0.95
    assert valid_share(written(Decoding(top_p=0.3, max_tokens=LIMIT), 20)) >= 0.95


def test_greedy_and_beam_search_write_molecules() -> None:
    assert valid_share(written(Decoding("greedy", max_tokens=LIMIT), 20)) >= 0.95
    assert valid_share(written(Decoding("beam", beam_size=3, max_tokens=LIMIT), 10)) >= 0.9


class Everything:
    """A constraint that allows every token."""

    def start(self, count: int, max_tokens: int) -> "Everything":
        return self

    def legal(self, tokens: Tensor, rows: Tensor | None = None) -> Tensor:
        return torch.ones_like(tokens, dtype=torch.bool)

    def allowed(self, device: torch.device) -> Tensor:
        return torch.ones(1, 1, dtype=torch.bool)

    def advance(self, tokens: Tensor) -> None: ...

    def select(self, rows: Tensor) -> "Everything":
        return self


def test_a_constraint_that_allows_everything_changes_nothing() -> None:
    model, _, _ = untrained()
    for decoding in (Decoding(max_tokens=9), Decoding("beam", max_tokens=9), Decoding(top_k=3)):
        pair = [
            decode_tokens(
                model,
                latents(7),
                decoding,
                constraint=constraint,
                generator=torch.Generator().manual_seed(3),
            )
            for constraint in (None, Everything())
        ]
        assert torch.equal(*pair)


class Few(Everything):
    """Allows the given tokens alone."""

    def __init__(self, tokens: list[int], size: int) -> None:
        self.flags = torch.zeros(size, dtype=torch.bool)
        self.flags[tokens] = True

    def legal(self, tokens: Tensor, rows: Tensor | None = None) -> Tensor:
        return self.flags[tokens]

    def allowed(self, device: torch.device) -> Tensor:
        return self.flags[None]


def test_what_is_not_masked_keeps_its_odds() -> None:
    logits = torch.tensor([2.0, 0.5, 1.0, -1.0, 0.0])
    few = [1, 3, 4]
    expected = torch.zeros(5)
    expected[few] = logits[few].softmax(0)
    many = logits.expand(40_000, -1)
    generator = torch.Generator().manual_seed(0)
    for decoding in (Decoding(), Decoding(top_p=0.999_999)):
        drawn = decoding_module._choose(many, decoding, Few(few, 5), generator)
        found = torch.bincount(drawn, minlength=5) / len(drawn)
        assert torch.allclose(found, expected, atol=0.01)


def test_lazy_choice_is_the_masked_choice_with_the_same_noise() -> None:
    logits = torch.randn(500, 9, generator=torch.Generator().manual_seed(4))
    noise = torch.empty_like(logits).exponential_(generator=torch.Generator().manual_seed(5))
    rules = Few([2, 5, 7], 9)
    masked = logits.masked_fill(~rules.flags, -torch.inf)
    first = (logits.softmax(1) / noise).argmax(1)
    lazy = decoding_module._first_legal(logits, first, noise, rules)
    assert torch.equal(lazy, (masked.softmax(1) / noise).argmax(1))


def test_where_nothing_is_legal_the_choice_is_the_models_own() -> None:
    logits = torch.randn(3, 4, generator=torch.Generator().manual_seed(6))
    drawn = decoding_module._choose(logits, Decoding("greedy"), Few([], 4), None)
    assert torch.equal(drawn, logits.argmax(1))
    top = decoding_module._choose(logits, Decoding(top_k=1), Few([], 4), torch.Generator())
    assert torch.equal(top, logits.argmax(1))
