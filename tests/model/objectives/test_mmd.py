"""MMD against its value by quadrature, and the aggregated posterior it brings to the prior."""

import copy
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from molvae.config import KLConfig
from molvae.evaluation import latent_statistics
from molvae.model.batch import Batch
from molvae.model.objectives import Losses, MaximumMeanDiscrepancy
from molvae.model.objectives.mmd import squared_mmd
from molvae.model.vae import MolVAE

Fit = Callable[..., Losses]


def expected_kernel(shift: float, variance: float, size: int) -> float:
    """E C / (C + |d|^2), d ~ N(shift, variance I), C = 2 size, by an integral over one variable.

    C / (C + r) = integral of C exp(-s (C + r)) over s > 0, and E exp(-s |d|^2) is known.
    """
    scale = 2.0 * size
    s = np.linspace(0.0, 40.0 / scale, 200_001)
    spread = 1.0 + 2.0 * s * variance
    shifted = np.exp(-s * size * shift**2 / spread)
    return float(np.trapezoid(scale * np.exp(-s * scale) * spread ** (-size / 2) * shifted, s))


@pytest.mark.parametrize(("shift", "std"), [(0.0, 1.0), (1.0, 1.0), (0.0, 0.3), (0.5, 2.0)])
def test_two_gaussians_with_a_known_mmd(shift: float, std: float) -> None:
    torch.manual_seed(0)
    size = 4
    known = (
        expected_kernel(0.0, 2.0, size)
        + expected_kernel(0.0, 2.0 * std**2, size)
        - 2.0 * expected_kernel(shift, 1.0 + std**2, size)
    )
    estimates = [
        float(squared_mmd(torch.randn(500, size), shift + std * torch.randn(500, size)))
        for _ in range(40)
    ]
    error = np.std(estimates) / math.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(known, abs=4.0 * error + 1e-6)


def test_it_is_the_statistic_of_the_diagnostics() -> None:
    z = np.random.default_rng(1).normal(0.5, 1.0, (300, 6))
    drawn = np.random.default_rng(0).standard_normal((3, *z.shape))[0]
    theirs = latent_statistics.squared_mmd(z, np.random.default_rng(0)).value
    assert float(squared_mmd(torch.from_numpy(z), torch.from_numpy(drawn))) == pytest.approx(theirs)


def test_one_molecule_has_none(model: MolVAE, batch: Batch) -> None:
    one = Batch(batch.tokens[:, :1], batch.lengths[:1], batch.inputs[:, :1])
    losses = MaximumMeanDiscrepancy(10.0, KLConfig())(model, one, beta=0.0)
    assert float(losses.parts["mmd"]) == 0.0
    losses.loss.backward()


def test_the_aggregated_posterior_comes_to_the_prior(model: MolVAE, batch: Batch, fit: Fit) -> None:
    """Where nothing holds a single posterior."""

    start = copy.deepcopy(model.state_dict())

    def distance(weight: float) -> float:
        model.load_state_dict(start)
        fit(model, MaximumMeanDiscrepancy(weight, KLConfig()), batch.repeat(4), 0.0, 100)
        with torch.no_grad():
            z = model.encode(batch.repeat(20)).sample(torch.Generator().manual_seed(1))
            return float(squared_mmd(z, torch.randn(z.shape)))

    free = distance(0.0)
    assert free > 0.05
    assert distance(100.0) < 0.2 * free
