"""Conditions: missing values leave no trace, and hiding hides what it says."""

import math

import pytest
import torch

from molvae.config import ConditionConfig
from molvae.model.condition import ALL_HIDDEN, Conditioner, hide_some

KINDS = (0, 3, 0)
NAN = math.nan


def conditioner() -> Conditioner:
    torch.manual_seed(0)
    return Conditioner(KINDS, ConditionConfig(hidden_size=8, size=5))


def test_each_value_and_each_absence_has_its_own_features() -> None:
    model = conditioner()
    given = torch.tensor(
        [[0.0, 0.0, 0.0], [0.01, 0.0, 0.0], [0.0, 1.0, 0.0], [NAN, 0.0, 0.0], [0.0, NAN, 0.0]]
    )
    features = model(given)
    assert features.shape == (5, 5)
    assert torch.isfinite(features).all()
    assert len(features.unique(dim=0)) == 5


def test_all_missing_is_the_free_state() -> None:
    model = conditioner()
    free = model.free(2, torch.device("cpu"))
    torch.testing.assert_close(model(free), model(torch.full((2, 3), NAN)))
    assert torch.equal(model(free)[0], model(free)[1])


def test_a_missing_value_has_no_gradient() -> None:
    given = torch.tensor([[0.3, 1.0, NAN], [NAN, NAN, NAN]], requires_grad=True)
    conditioner()(given).sum().backward()
    assert given.grad is not None
    assert torch.isfinite(given.grad).all()
    assert float(given.grad[0, 0].abs()) > 0.0
    assert float(given.grad[1].abs().sum()) == 0.0


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_hidden_sets_have_the_shares_they_should(columns: int) -> None:
    share, rows = 0.6, 60_000
    values = torch.zeros(rows, columns)
    hidden = hide_some(values, share, torch.Generator().manual_seed(0)).isnan()
    counts = torch.bincount(hidden.sum(1), minlength=columns + 1) / rows
    everything = share if columns == 1 else share * ALL_HIDDEN
    assert float(counts[0]) == pytest.approx(1 - share, abs=0.01)
    assert float(counts[columns]) == pytest.approx(everything, abs=0.01)
    for some in counts[1:columns]:
        assert float(some) == pytest.approx(share * (1 - ALL_HIDDEN) / (columns - 1), abs=0.01)
    by_column = hidden.float().mean(0)
    assert float(by_column.max() - by_column.min()) < 0.02


def test_hiding_nothing_and_what_was_missing() -> None:
    values = torch.tensor([[1.0, NAN], [2.0, 3.0]])
    kept = hide_some(values, 0.0, torch.Generator().manual_seed(0))
    torch.testing.assert_close(kept, values, equal_nan=True)
    gone = hide_some(values, 1.0, torch.Generator().manual_seed(0))
    assert gone.isnan().any(1).all()
    again = hide_some(values, 1.0, torch.Generator().manual_seed(0))
    torch.testing.assert_close(gone, again, equal_nan=True)
