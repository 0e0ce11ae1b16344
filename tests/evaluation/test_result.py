"""A result that is saved, read again, compared, and never carries NaN into JSON."""

import json
import math

import pytest

from molvae.errors import EvaluationError
from molvae.evaluation.result import Evaluation

DAMAGED = (
    '{"format": "molvae-evaluation", "version": 1, "moses": {}, "spread": {}, "notes": {}, '
    '"protocol": {}, "seconds": {}}'
)


@pytest.fixture
def evaluation() -> Evaluation:
    return Evaluation(
        source="generated.smi",
        suites={"moses": {"valid": 0.75, "FCD/Test": math.nan}, "latent": {"kl": 9.25}},
        spread={"moses": {"valid": 0.01, "FCD/Test": math.nan}},
        notes={"moses": {"FCD/Test": "one molecule has no covariance"}},
        protocol={"samples": 4, "seeds": [0, 1], "versions": {"rdkit": "1"}},
        seconds={"molecules": 0.5},
    )


def test_what_is_saved_comes_back(evaluation, tmp_path):
    evaluation.save(tmp_path / "metrics.json")
    loaded = Evaluation.load(tmp_path / "metrics.json")
    assert loaded.to_dict() == evaluation.to_dict()
    assert math.isnan(loaded["moses"]["FCD/Test"])
    assert loaded["latent"]["kl"] == pytest.approx(9.25)


def test_the_file_has_the_suites_at_the_top_and_null_for_nan(evaluation, tmp_path):
    evaluation.save(tmp_path / "metrics.json")
    content = json.loads((tmp_path / "metrics.json").read_text())
    assert content["moses"] == {"valid": 0.75, "FCD/Test": None}
    assert content["notes"]["moses"]["FCD/Test"] == "one molecule has no covariance"


def test_comparison_is_by_suite_and_metric(evaluation):
    other = Evaluation("other", {"moses": {"valid": 0.5, "Filters": 1.0}})
    table = evaluation.compare(other)
    assert table.loc[("moses", "valid"), "difference"] == pytest.approx(0.25)
    assert math.isnan(table.loc[("moses", "Filters"), "this"])
    assert math.isnan(table.loc[("latent", "kl"), "other"])
    assert list(table.index.get_level_values("suite")) == ["moses"] * 3 + ["latent"]


def test_different_references_do_not_compare(evaluation):
    mine, other = (
        Evaluation("x", {"moses": {}}, protocol={"reference": {"name": name}})
        for name in ("moses", "starter")
    )
    with pytest.raises(EvaluationError, match="against moses, the other against starter"):
        mine.compare(other)
    assert len(mine.compare(mine)) == 0


def test_published_rows_are_in_the_file(evaluation):
    protocol = {"samples": 30_000, "reference": {"name": "moses", "benchmark": "moses"}}
    found = Evaluation("x", {"moses": {"valid": 1.0}}, protocol=protocol).to_dict()["published"]
    assert found["moses"]["rows"]["CharRNN"]["valid"] == pytest.approx(0.9748)
    assert found["moses"]["caution"] is None
    assert evaluation.to_dict()["published"] == {}


def test_a_suite_that_was_not_measured_is_named(evaluation):
    with pytest.raises(KeyError, match=r"guacamol.*moses, latent"):
        evaluation["guacamol"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "is not a saved evaluation"),
        ('{"format": "molvae-evaluation", "version": 99}', "format version 99"),
        ('{"format": "molvae-evaluation", "version": 1, "notes": {}}', "has no spread"),
        (DAMAGED.replace('"spread": {}', '"spread": {"moses": 3}'), "a value is no number"),
        (DAMAGED.replace('"moses": {}', '"moses": {"valid": "x"}'), "a value is no number"),
    ],
)
def test_what_is_no_saved_evaluation_is_one_clear_line(content, message, tmp_path):
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(EvaluationError, match=message):
        Evaluation.load(tmp_path / "m.json")
    with pytest.raises(EvaluationError, match="cannot read"):
        Evaluation.load(tmp_path / "missing.json")
