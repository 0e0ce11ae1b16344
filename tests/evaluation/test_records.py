"""The sheet that suites fill in."""

import math
import time

import pytest

from molvae.evaluation.records import Measured, Sheet


def test_values_keep_their_order_and_notes_their_names() -> None:
    sheet = Sheet()
    sheet.put("b", 1)
    sheet.put("a", 0.5, "of two")
    sheet.lack("c", "there is none")
    found = sheet.measured()
    assert list(found.values) == ["b", "a", "c"]
    assert found.values["b"] == pytest.approx(1.0)
    assert math.isnan(found.values["c"])
    assert found.notes == {"a": "of two", "c": "there is none"}


def test_times_of_a_stage_are_added_even_where_it_fails() -> None:
    sheet = Sheet()
    with sheet.timed("stage"):
        time.sleep(0.01)
    with pytest.raises(ZeroDivisionError), sheet.timed("stage"):
        time.sleep(0.01)
        raise ZeroDivisionError
    with sheet.timed("other"):
        pass
    seconds = sheet.measured().seconds
    assert seconds["stage"] >= 0.02
    assert 0 <= seconds["other"] < seconds["stage"]


def test_what_was_handed_out_does_not_change_any_more() -> None:
    sheet = Sheet()
    assert sheet.measured() == Measured({})
    found = sheet.measured()
    sheet.lack("a", "late")
    assert found == Measured({})
