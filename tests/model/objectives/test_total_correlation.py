"""The KL taken apart: sums, known values, and dimensions that come to be independent."""

import copy
import math
from collections.abc import Callable
from itertools import permutations

import pytest
import torch

from molvae.config import KLConfig
from molvae.model.batch import Batch
from molvae.model.objectives import Losses, TotalCorrelation
from molvae.model.objectives.total_correlation import decompose, stratified_log_weights
from molvae.model.posteriors import Gaussian
from molvae.model.priors import NormalPrior
from molvae.model.vae import MolVAE

Fit = Callable[..., Losses]


@pytest.mark.parametrize("molecules", [40, 1000])
def test_the_parts_sum_to_the_kl(molecules: int) -> None:
    torch.manual_seed(0)
    q, prior = Gaussian(torch.randn(40, 5), torch.randn(40, 5)), NormalPrior(5)
    draw = q.draw()
    parts = decompose(q, draw, prior, molecules)
    estimate = (draw.log_q - prior.log_prob(draw.z)).mean()
    torch.testing.assert_close(sum(parts), estimate, rtol=1e-4, atol=1e-4)


def test_the_total_correlation_of_a_correlated_gaussian() -> None:
    """-1/2 log(1 - rho^2); what all molecules together look like is that Gaussian."""
    torch.manual_seed(0)
    rho, width = 0.8, 0.3
    covariance = torch.tensor([[1.0, rho], [rho, 1.0]])
    means = torch.distributions.MultivariateNormal(
        torch.zeros(2), covariance - width**2 * torch.eye(2)
    ).sample((3000,))
    q = Gaussian(means, torch.full_like(means, 2.0 * math.log(width)))
    parts = decompose(q, q.draw(), NormalPrior(2), len(means))
    assert float(parts.total_correlation) == pytest.approx(-0.5 * math.log(1 - rho**2), abs=0.05)
    assert float(parts.dimension_kl) == pytest.approx(0.0, abs=0.03)


def test_stratified_weights_are_right_on_average() -> None:
    """Over all batches with a molecule, each molecule of the set stands for 1/N."""
    molecules, size = 5, 3
    weights = stratified_log_weights(size, molecules).exp()
    torch.testing.assert_close(weights.sum(1), torch.ones(size))
    seen = torch.zeros(molecules)
    batches = [(0, *rest) for rest in permutations(range(1, molecules), size - 1)]
    for batch in batches:
        seen[list(batch)] += weights[0] / len(batches)
    torch.testing.assert_close(seen, torch.full((molecules,), 1.0 / molecules))


def test_a_batch_that_is_everything_or_one_molecule() -> None:
    whole = stratified_log_weights(4, 4).exp()
    torch.testing.assert_close(whole, torch.full((4, 4), 0.25))
    assert stratified_log_weights(1, 9).exp().tolist() == [[1.0]]


def test_the_total_correlation_falls(model: MolVAE, batch: Batch, fit: Fit) -> None:
    start = copy.deepcopy(model.state_dict())

    def trained(weight: float) -> float:
        model.load_state_dict(start)
        objective = TotalCorrelation(weight, KLConfig(), len(batch.lengths))
        fit(model, objective, batch, 0.2, 150)
        with torch.no_grad():
            q = model.encode(batch.repeat(20))
            assert isinstance(q, Gaussian)
            parts = decompose(q, q.draw(), model.prior, len(q.mu))
        return float(parts.total_correlation)

    free = trained(0.0)
    assert free > 0.15
    assert trained(10.0) < 0.3 * free


def test_the_weight_adds_to_the_elbo(model: MolVAE, batch: Batch) -> None:
    def losses(weight: float) -> Losses:
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            result: Losses = TotalCorrelation(weight, KLConfig(), 500)(
                model, batch, beta=0.5, generator=generator
            )
        return result

    none, some = losses(0.0), losses(3.0)
    assert float(none.loss) == pytest.approx(float(none.reconstruction + 0.5 * none.kl))
    added = 3.0 * float(none.parts["total_correlation"])
    assert float(some.loss - none.loss) == pytest.approx(added, abs=1e-4)
