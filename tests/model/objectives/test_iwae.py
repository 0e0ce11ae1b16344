"""The importance-weighted bound against a likelihood known by quadrature, and its gradients."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from molvae.config import DecoderConfig, EncoderConfig, HeadsConfig, KLConfig, ModelConfig
from molvae.data.batches import pad_sequences
from molvae.model.batch import Batch
from molvae.model.objectives import Elbo, ImportanceWeighted, Losses, token_nll
from molvae.model.vae import MolVAE

VOCABULARY = 8
Fit = Callable[..., Losses]


@pytest.fixture
def loud() -> MolVAE:
    """Two latent dimensions that the decoder listens to much more than the encoder knows."""
    torch.manual_seed(1)
    config = ModelConfig(
        embedding_size=6,
        latent_size=2,
        encoder=EncoderConfig(hidden_size=8),
        decoder=DecoderConfig(hidden_size=12),
    )
    model = MolVAE(VOCABULARY, config)
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(3.0)
    return model


@torch.no_grad()
def log_likelihood(model: MolVAE, batch: Batch) -> float:
    """Mean log p(x) by a sum over a grid of latents."""
    axis = torch.linspace(-6.0, 6.0, 121)
    grid = torch.cartesian_prod(axis, axis)
    cell = math.log(float(axis[1] - axis[0])) * 2.0
    total = 0.0
    for row in range(len(batch.lengths)):
        one = Batch(batch.tokens[:, [row]], batch.lengths[[row]], batch.inputs[:, [row]])
        many = one.repeat(len(grid))
        nll = token_nll(model.decode(many, grid), many.tokens).sum(0)
        total += float(torch.logsumexp(model.prior.log_prob(grid) - nll + cell, 0))
    return total / len(batch.lengths)


@torch.no_grad()
def bound(model: MolVAE, batch: Batch, samples: int, repeats: int) -> float:
    """The mean bound on log p(x)."""
    generator = torch.Generator().manual_seed(0)
    objective = ImportanceWeighted(samples)
    losses = objective(model, batch.repeat(repeats), beta=1.0, generator=generator)
    assert float(losses.parts["bound"]) == pytest.approx(float(losses.loss))
    return -float(losses.loss)


def test_the_bound_tightens_towards_the_likelihood(loud: MolVAE) -> None:
    batch = pad_sequences([torch.tensor(row).numpy() for row in ([4, 5], [6], [7, 7, 4])])
    exact = log_likelihood(loud, batch)
    bounds = [bound(loud, batch, samples, 4096 // samples) for samples in (1, 4, 32, 1024)]
    assert bounds == sorted(bounds)
    assert bounds[0] < exact - 0.3
    assert bounds[-1] == pytest.approx(exact, abs=0.1)
    assert max(bounds) < exact + 0.1


def test_one_sample_is_the_elbo(loud: MolVAE, batch: Batch) -> None:
    with torch.no_grad():
        ours = [
            float(ImportanceWeighted(1)(loud, batch.repeat(200), beta=beta).loss)
            for beta in (0.3, 1.0)
        ]
        theirs = [
            float(Elbo(KLConfig())(loud, batch.repeat(200), beta=beta).loss) for beta in (0.3, 1.0)
        ]
    assert ours == pytest.approx(theirs, rel=0.01)


def gradients(model: MolVAE, loss: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: value.grad.clone() for name, value in model.named_parameters()
            if value.grad is not None}  # fmt: skip


def plain_loss(
    model: MolVAE, batch: Batch, samples: int, beta: float, generator: torch.Generator
) -> Tensor:
    """Burda et al. 2016 as it is written, through every path."""
    posterior = model.encode(batch).repeat(samples)
    many = batch.repeat(samples)
    z, log_q = posterior.draw(generator)
    log_p = -token_nll(model.decode(many, z), many.tokens).sum(0)
    log_weights = (log_p + beta * (model.prior.log_prob(z) - log_q)).view(-1, samples)
    return (math.log(samples) - torch.logsumexp(log_weights, 1)).mean()


@pytest.mark.parametrize(("beta", "noise"), [(0.3, 0.95), (1.0, 0.7)])
def test_gradients_are_those_of_the_bound_with_less_noise(
    loud: MolVAE, beta: float, noise: float
) -> None:
    """The decoder's are the same; the encoder's the same on average, and steadier."""
    one = pad_sequences([torch.tensor([4, 5, 6]).numpy()])
    samples, encoder = 16, "posterior.mu.weight"

    def collect(doubly: bool) -> list[dict[str, Tensor]]:
        generator = torch.Generator().manual_seed(0)
        found = []
        for _ in range(30):
            batch = one.repeat(60)
            if doubly:
                loss = ImportanceWeighted(samples)(loud, batch, beta=beta, generator=generator).loss
            else:
                loss = plain_loss(loud, batch, samples, beta, generator)
            found.append(gradients(loud, loss))
        return found

    ours, plain = collect(True), collect(False)
    torch.testing.assert_close(ours[0]["decoder.output.bias"], plain[0]["decoder.output.bias"])
    mine = torch.stack([found[encoder] for found in ours])
    theirs = torch.stack([found[encoder] for found in plain])
    difference = (mine.mean(0) - theirs.mean(0)).norm()
    assert difference < 0.25 * theirs.mean(0).norm()
    assert float(mine.var(0).sum()) < noise * float(theirs.var(0).sum())


def test_it_trains_and_reports_the_kl_of_the_posterior(
    model: MolVAE, batch: Batch, fit: Fit
) -> None:
    objective = ImportanceWeighted(4)
    before = objective(model, batch, beta=1.0).loss
    after = fit(model, objective, batch, 1.0, 60)
    assert float(after.loss.detach()) < 0.8 * float(before.detach())
    posterior = model.eval().encode(batch)
    reported = float(objective(model, batch, beta=1.0).kl)
    assert reported == pytest.approx(float(posterior.kl().sum(1).mean().detach()), rel=1e-4)  # type: ignore[attr-defined]


def test_heads_learn_beside_it(batch: Batch) -> None:
    torch.manual_seed(0)
    config = ModelConfig(latent_size=3, heads=HeadsConfig(weight=2.0))
    model = MolVAE(VOCABULARY, config, heads=[0])
    labeled = batch._replace(labels=torch.randn(32, 1))
    losses = ImportanceWeighted(3)(model, labeled, beta=1.0)
    assert float(losses.heads.detach()) > 0.0
    assert float((losses.loss - 2.0 * losses.heads).detach()) == pytest.approx(
        float(losses.parts["bound"]), rel=1e-4
    )
    losses.loss.backward()
    assert all(p.grad is not None for p in model.heads.parameters())  # type: ignore[union-attr]
