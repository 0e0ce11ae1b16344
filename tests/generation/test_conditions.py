import math

import numpy as np
import pandas as pd
import pytest

from molvae.data.attributes import fit_attributes
from molvae.errors import ConfigError, GenerationError
from molvae.generation.conditions import (
    check_guidance,
    compare,
    describe_known,
    own_conditions,
    read_targets,
    results_lines,
    target_row,
    target_rows,
)

TABLE = pd.DataFrame(
    {
        "logp": np.linspace(-1.0, 4.0, 501),
        "activity": ["active", "inactive", None] * 167,
        "pic50": np.linspace(4.0, 9.0, 501),
    }
)
KNOWN = fit_attributes(TABLE, ["logp", "activity", "pic50"], computed=["logp"])
LOGP, ACTIVITY, PIC50 = KNOWN


def test_what_is_not_named_is_free():
    targets = read_targets({"activity": "inactive", "logp": "1.5"}, KNOWN)
    assert [(target.attribute.name, target.value) for target in targets] == [
        ("activity", "inactive"),
        ("logp", 1.5),
    ]
    row = target_row(targets, KNOWN)
    assert row[:2].tolist() == pytest.approx([0.0, 1.0], abs=1e-6)
    assert math.isnan(row[2])
    assert read_targets(None, KNOWN) == read_targets({}, KNOWN) == ()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"lgop": 1.0}, GenerationError, "unknown condition 'lgop'; this model knows logp from -1"),
        ({"logp": "high"}, ConfigError, "logp = high: must be a number"),
        ({"logp": math.nan}, ConfigError, "logp = nan: must be a number"),
        ({"logp": math.inf}, ConfigError, "must be a number"),
        ({"activity": "maybe"}, ConfigError, "one of active, inactive"),
        ({"activity": ""}, ConfigError, "one of active, inactive"),
    ],
)
def test_what_cannot_be_read_is_one_line(given, error, words):
    with pytest.raises(error, match=words) as raised:
        read_targets(given, KNOWN)
    assert "\n" not in str(raised.value)


def test_a_model_without_conditions_says_how_to_get_one():
    with pytest.raises(GenerationError, match="molvae train --condition"):
        read_targets({"logp": 1.0}, ())


def test_all_conditions_are_named_with_their_ranges():
    text = describe_known(KNOWN)
    assert "logp from -1 to 4 (98% between -0.95 and 3.95)" in text
    assert "activity, one of active, inactive" in text


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (1.0, ""),
        (-1.0, "logp = -1 is rare in the training set: 98% lie between -0.95 and 3.95"),
        (3.99, "logp = 3.99 is rare in the training set: 98% lie between -0.95 and 3.95"),
        (12, "logp = 12 is outside what the model was trained on (-1 to 4)"),
        (-3, "logp = -3 is outside what the model was trained on (-1 to 4)"),
    ],
)
def test_targets_at_the_edge_are_noted(value, note):
    (target,) = read_targets({"logp": value}, KNOWN)
    assert target.note == note


def test_guidance_needs_something_to_strengthen():
    check_guidance(2.0, KNOWN, given=True)
    check_guidance(1.0, (), given=False)
    for guidance in (-0.5, math.nan, math.inf):
        with pytest.raises(GenerationError, match="must be 0 or more"):
            check_guidance(guidance, KNOWN, given=True)
    with pytest.raises(GenerationError, match="none is given; this model knows logp"):
        check_guidance(2.0, KNOWN, given=False)
    with pytest.raises(GenerationError, match="trained without conditions"):
        check_guidance(2.0, (), given=False)


def test_a_row_for_each_latent_with_blanks_free():
    table = pd.DataFrame({"logp": [1.5, None], "activity": [None, "active"]})
    rows = target_rows(table, KNOWN, 2)
    assert np.isnan(rows).tolist() == [[False, True, True], [True, False, True]]
    assert rows[0, 0] == pytest.approx(0.0, abs=1e-6)
    with pytest.raises(GenerationError, match="2 rows of conditions for 3"):
        target_rows(table, KNOWN, 3)
    with pytest.raises(GenerationError, match="unknown condition 'qed'"):
        target_rows(table.assign(qed=1.0), KNOWN, 2)
    with pytest.raises(ConfigError, match="activity = perhaps"):
        target_rows(table.assign(activity=["perhaps", None]), KNOWN, 2)
    with pytest.raises(GenerationError, match="trained without"):
        target_rows(table, (), 2)


def test_own_conditions_are_what_can_be_computed():
    table = own_conditions(["CCO", ""], KNOWN)
    assert table.columns.tolist() == ["logp", "activity", "pic50"]
    assert table["logp"].iloc[0] == pytest.approx(-0.0014)
    assert table.isna().to_numpy().tolist() == [[False, True, True], [True, True, True]]


def test_results_are_those_of_the_values_that_came_out():
    values = np.array([1.0, 2.0, 4.0, math.nan])
    targets = read_targets({"logp": 2.0, "pic50": 20.0, "activity": "active"}, KNOWN)
    logp, pic50, activity = compare(targets, pd.DataFrame({"logp": values}))
    assert (logp.name, logp.target, logp.low, logp.high) == ("logp", 2.0, LOGP.low, LOGP.high)
    assert logp.mean == pytest.approx(7 / 3)
    assert logp.mad == pytest.approx(1.0)
    assert logp.sd == pytest.approx(np.std([1, 2, 4]))
    assert logp.note == ""
    assert math.isnan(pic50.mad)
    assert "outside what the model was trained on (4 to 9)" in pic50.note
    for result in (pic50, activity):
        assert "cannot be computed from a molecule" in result.note
    assert activity.target == "active"
    assert math.isnan(compare(targets[:1], pd.DataFrame({"logp": []}))[0].mad)


def test_the_lines_are_a_table_with_the_notes_below():
    targets = read_targets({"logp": 12.0, "activity": "active"}, KNOWN)
    lines = results_lines(compare(targets, pd.DataFrame({"logp": [3.0, 4.0]})))
    assert lines[0].split() == ["condition", "target", "mean", "MAD", "SD"]
    assert lines[1].split() == ["logp", "12.00", "3.500", "8.500", "0.500"]
    assert lines[2].split() == ["activity", "active", "-", "-", "-"]
    assert lines[3].startswith("logp = 12 is outside")
    assert len(lines) == 5
