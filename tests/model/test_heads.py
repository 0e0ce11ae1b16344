"""Property heads: losses against torch, unknown labels that teach nothing, a planted signal."""

import math

import pytest
import torch
from torch.nn import functional

from molvae.config import HeadsConfig
from molvae.model.heads import PropertyHeads

NAN = math.nan


def heads() -> PropertyHeads:
    torch.manual_seed(0)
    return PropertyHeads(4, (0, 3), HeadsConfig(hidden_size=16))


def test_losses_are_means_over_the_known() -> None:
    model, z = heads(), torch.randn(5, 4)
    labels = torch.tensor([[0.5, NAN], [NAN, 2.0], [-1.0, 0.0], [NAN, NAN], [2.0, NAN]])
    outputs = model(z)
    numbers, classes = model.losses(outputs, labels)
    known = [0, 2, 4]
    expected = 0.5 * functional.mse_loss(outputs[known, 0], labels[known, 0])
    torch.testing.assert_close(numbers, expected)
    expected = functional.cross_entropy(outputs[[1, 2], 1:], labels[[1, 2], 1].long())
    torch.testing.assert_close(classes, expected)


def test_unknown_labels_have_no_gradient() -> None:
    model, z = heads(), torch.randn(3, 4, requires_grad=True)
    labels = torch.tensor([[NAN, NAN], [0.5, NAN], [NAN, 1.0]])
    model.losses(model(z), labels).sum().backward()
    assert z.grad is not None
    assert float(z.grad[0].abs().sum()) == 0.0
    assert float(z.grad[1:].abs().sum(1).min()) > 0.0
    model.zero_grad()
    model.losses(model(z), torch.full((3, 2), NAN)).sum().backward()
    assert all(float(p.grad.abs().sum()) == 0.0 for p in model.parameters() if p.grad is not None)


def test_a_planted_signal_is_learned() -> None:
    model = heads()
    z = torch.randn(800, 4, generator=torch.Generator().manual_seed(0))
    labels = torch.stack((torch.sin(2 * z[:, 0]), (z[:, 1] > 0).float() + (z[:, 2] > 0)), dim=1)
    labels[::2, 0] = NAN
    optimizer = torch.optim.Adam(model.parameters(), 2e-2)
    for _ in range(300):
        optimizer.zero_grad()
        model.losses(model(z), labels).sum().backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        predicted = model.predict(z)
    unseen = torch.sin(2 * z[::2, 0])
    assert float((predicted[::2, 0] - unseen).square().mean()) < 0.15 * float(unseen.var())
    assert float((predicted[:, 1] == labels[:, 1]).float().mean()) > 0.9


def test_predictions_are_values_and_places() -> None:
    predicted = heads().predict(torch.randn(6, 4))
    assert predicted.shape == (6, 2)
    assert set(predicted[:, 1].tolist()) <= {0.0, 1.0, 2.0}
    assert heads().predict(torch.zeros(0, 4)).shape == (0, 2)
    assert float(heads().losses(torch.zeros(0, 4), torch.zeros(0, 2)).sum()) == pytest.approx(0.0)
