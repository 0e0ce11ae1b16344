import math
from dataclasses import replace

import numpy as np
import pytest

from molvae.evaluation.report.samples import SHOWN, distinct_rows, distributions, pick_samples


def test_the_first_distinct_molecules_in_their_order(evaluation, molecules):
    shown = pick_samples(evaluation, None)
    assert [one.smiles for one in shown] == list(dict.fromkeys(molecules.smiles))
    facts = dict(shown[0].facts)
    assert facts["molecular weight"] == "46.07 g/mol"
    assert facts["H-bond donors"] == "1"
    assert facts["TPSA"] == "20.23 Å²"
    assert "in training set" not in facts


def test_no_more_than_fit(evaluation, molecules):
    many = replace(molecules, smiles=["C" * length for length in range(1, 60)])
    shown = pick_samples(replace(evaluation, molecules=many), None)
    assert [len(one.smiles) for one in shown] == list(range(1, SHOWN + 1))


def test_distinct_rows():
    assert distinct_rows(["b", "a", "b", "c", "a"], 9) == [0, 1, 3]
    assert distinct_rows(["b", "b", "a", "c"], 2) == [0, 2]
    assert distinct_rows([], 3) == []


def test_distributions_are_those_of_the_sets(evaluation, molecules, reference):
    found = {one.label: one for one in distributions(evaluation)}
    assert list(found) == [
        "logP",
        "SA score",
        "QED",
        "molecular weight",
        "TPSA",
        "SMILES length",
    ]
    assert found["QED"].own == pytest.approx(molecules.properties["QED"])
    assert found["QED"].reference == pytest.approx(reference.test.properties["QED"])
    assert found["SMILES length"].own.tolist() == [len(text) for text in molecules.smiles]
    assert found["TPSA"].reference[0] == pytest.approx(20.23)
    assert math.isnan(found["logP"].distance)


def test_what_failed_is_left_out(evaluation, molecules):
    broken = dict(molecules.properties)
    broken["SA"] = np.where(np.arange(len(broken["SA"])) == 0, np.nan, broken["SA"])
    own = replace(evaluation, molecules=replace(molecules, properties=broken), reference=None)
    found = {one.label: one for one in distributions(own)}
    assert len(found["SA score"].own) == len(molecules.smiles) - 1
    assert not len(found["SA score"].reference)


def test_nothing_kept(evaluation):
    empty = replace(evaluation, molecules=None)
    assert pick_samples(empty, None) == ()
    assert distributions(empty) == ()
