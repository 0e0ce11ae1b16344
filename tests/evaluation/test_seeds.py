"""Several seeds as one result: what they share is said once, what one lacks is said of it."""

import math

import pytest

from molvae.evaluation.records import Measured
from molvae.evaluation.seeds import deviations, means, notes, summed_seconds

FIRST = Measured({"valid": 0.5, "FCD": 1.0}, {"valid": "of 10"}, {"FCD": 1.0})
SECOND = Measured({"valid": 0.7, "FCD": math.nan}, {"valid": "of 10", "FCD": "one"}, {"FCD": 2.0})


def test_means_and_deviations() -> None:
    assert means([FIRST, SECOND])["valid"] == pytest.approx(0.6)
    assert deviations([FIRST, SECOND])["valid"] == pytest.approx(0.1 * math.sqrt(2))
    assert math.isnan(means([FIRST, SECOND])["FCD"])


def test_notes_name_the_seed_they_are_about_unless_all_share_them() -> None:
    said = notes([FIRST, SECOND])
    assert said == {"valid": "of 10", "FCD": "one (seed 2 of 2)"}
    assert notes([FIRST]) == {"valid": "of 10"}


def test_times_add_up() -> None:
    assert summed_seconds([FIRST, SECOND]) == {"FCD": 3.0}
