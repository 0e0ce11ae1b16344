"""Attributes: round trips, statistics against pandas, and columns nothing can be learned from."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molvae.data.attributes import (
    Attribute,
    fit_attributes,
    kinds,
    restore_table,
    standardize_table,
)
from molvae.errors import ConfigError

TABLE = pd.DataFrame(
    {
        "logp": [1.0, 2.0, 3.0, math.nan, 6.0],
        "activity": ["active", "", "inactive", "active", None],
        "cluster": [10.0, 2.0, 2.0, math.nan, 1.5],
        "numbers as text": ["1", "2.5", " ", "4", "5"],
        "one": [7.0, 7.0, math.nan, 7.0, 7.0],
        "same": ["x", "x", "x", "", "x"],
        "lonely": [math.nan, math.nan, 3.0, math.nan, math.nan],
        "mixed": ["1", "2", "n.d.", "", "3"],
    }
)


def fit(name: str, *, as_class: bool = False) -> Attribute:
    names, classes = ((), (name,)) if as_class else ((name,), ())
    (attribute,) = fit_attributes(TABLE, names, classes=classes)
    return attribute


def test_a_number_has_the_statistics_of_its_column() -> None:
    attribute, column = fit("logp"), TABLE["logp"]
    assert attribute.kind == "number"
    assert attribute.mean == pytest.approx(column.mean())
    assert attribute.std == pytest.approx(column.std(ddof=0))
    assert (attribute.minimum, attribute.maximum, attribute.known) == (1.0, 6.0, 4)
    assert attribute.low == pytest.approx(column.quantile(0.01))
    assert attribute.high == pytest.approx(column.quantile(0.99))
    assert attribute.describe_range() == "logp from 1 to 6 (98% between 1.03 and 5.91)"
    assert fit("numbers as text").kind == "number"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_numbers_come_back(values: list[float]) -> None:
    attribute = fit("logp")
    restored = attribute.restore(attribute.standardize(values))
    np.testing.assert_allclose(restored, values, rtol=1e-5, atol=1e-5)


def test_missing_and_unreadable_numbers_are_nan() -> None:
    values = fit("logp").standardize([None, math.nan, "3.0", "soon", math.inf, pd.NA, ""])
    assert values.dtype == np.float32
    assert np.isnan(values).tolist() == [True, True, False, True, True, True, True]
    assert values[2] == pytest.approx(0.0, abs=1e-6)


def test_classes_are_named_counted_and_come_back() -> None:
    attribute = fit("activity")
    assert (attribute.kind, attribute.classes) == ("class", ("active", "inactive"))
    assert (attribute.counts, attribute.known) == ((2, 1), 3)
    places = attribute.standardize(["inactive", " active ", "", None, "maybe"])
    np.testing.assert_array_equal(places, [1, 0, math.nan, math.nan, math.nan])
    assert attribute.restore(places).tolist() == ["inactive", "active", None, None, None]
    assert attribute.describe_range() == "one of active, inactive"


def test_numbers_may_be_classes_in_the_order_of_their_size() -> None:
    attribute = fit("cluster", as_class=True)
    assert attribute.classes == ("1.5", "2", "10")
    np.testing.assert_array_equal(attribute.standardize([10, "10", 2.0, "1.5"]), [2, 2, 1, 0])
    assert fit("mixed").classes == ("1", "2", "3", "n.d.")


@pytest.mark.parametrize(
    ("name", "as_class", "message"),
    [
        ("one", False, "one is the same for all training molecules"),
        ("same", False, "same is 'x' for all training molecules"),
        ("one", True, "one is '7' for all training molecules"),
        ("lonely", False, "lonely has 1 values in the training set"),
        ("absent", False, "there is no column 'absent'"),
    ],
)
def test_columns_without_information_are_refused(name: str, as_class: bool, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        fit(name, as_class=as_class)
    assert "\n" not in str(caught.value)


def test_a_column_of_a_thousand_classes_is_refused() -> None:
    table = pd.DataFrame({"title": [f"compound {row}" for row in range(1000)]})
    with pytest.raises(ConfigError, match=r"title has 1,000 classes, such as 'compound 0'.*100"):
        fit_attributes(table, ["title"])


@pytest.mark.parametrize(("name", "as_class"), [("logp", False), ("cluster", True)])
def test_as_json(name: str, as_class: bool) -> None:
    attribute = fit(name, as_class=as_class)
    text = json.dumps(attribute.to_dict(), allow_nan=False)
    assert Attribute.from_dict(json.loads(text)) == attribute


@pytest.mark.parametrize(
    "change",
    [{"kind": "wish"}, {"std": 0.0}, {"std": None}, {"classes": ["a"]}, {"wings": 2}],
)
def test_damaged_json_is_refused(change: dict[str, object]) -> None:
    values = fit("logp").to_dict() | change
    with pytest.raises((ValueError, TypeError)):
        Attribute.from_dict(values)


def test_targets_say_what_is_wrong() -> None:
    number, activity = fit("logp"), fit("activity")
    assert number.target("3") == pytest.approx(0.0, abs=1e-6)
    assert activity.target("inactive") == 1.0
    assert [number.covers(value) for value in (1, 6, 6.1, "x")] == [True, True, False, False]
    assert [activity.covers(value) for value in ("active", "maybe")] == [True, False]
    with pytest.raises(ConfigError, match="logp = high: must be a number"):
        number.target("high")
    with pytest.raises(ConfigError, match="activity = maybe: must be one of active, inactive"):
        activity.target("maybe")


def test_whole_tables() -> None:
    attributes = fit_attributes(TABLE, ["logp", "activity"], classes=["cluster"])
    assert kinds(attributes) == (0, 2, 3)
    values = standardize_table(TABLE, attributes)
    assert values.shape == (5, 3)
    restored = restore_table(values, attributes)
    np.testing.assert_allclose(restored["logp"], TABLE["logp"], atol=1e-6)
    assert restored["activity"].fillna("-").tolist() == ["active", "-", "inactive", "active", "-"]
    assert restored["cluster"].fillna("-").tolist() == ["10", "2", "2", "-", "1.5"]


def test_scores() -> None:
    rng = np.random.default_rng(0)
    truth, guess = rng.normal(size=50), rng.normal(size=50)
    number, activity = fit("logp"), fit("activity")
    residual, total = ((truth - guess) ** 2).sum(), ((truth - truth.mean()) ** 2).sum()
    holes = np.append(truth, math.nan)
    assert number.score(holes, np.append(guess, 0.0)) == pytest.approx(1 - residual / total)
    assert activity.score([0, 1, math.nan, 1], [0, 0, 1, 1]) == pytest.approx(2 / 3)
    assert number.score([1.0, 1.0], [1.0, 2.0]) is None
    assert activity.score([math.nan], [0.0]) is None
