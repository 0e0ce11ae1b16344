"""`evaluate` from end to end: what goes in, which suites, and results that are always defined."""

import math

import numpy as np
import pytest

from molvae.chem import is_valid
from molvae.errors import EvaluationError, InputError
from molvae.evaluation import Evaluation, Reference, evaluate, load_reference

MOLECULES = [
    "CCO", "c1ccccc1", "CC(=O)Oc1ccccc1C(=O)O", "CN1CCC[C@H]1c1cccnc1", "O=C(O)c1ccccc1",
    "CCN(CC)CC", "Clc1ccc(-c2ccccn2)cc1", "COc1ccc2[nH]ccc2c1", "CC(C)Cc1ccc(C)cc1", "C1CCNCC1",
]  # fmt: skip
AGAINST_ONE_SET = [
    "valid", "unique@1000", "unique@10000", "FCD/Test", "SNN/Test", "Frag/Test", "Scaf/Test",
    "IntDiv", "IntDiv2", "Filters", "logP", "SA", "QED", "weight", "Novelty",
]  # fmt: skip


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    folder = tmp_path_factory.mktemp("reference")
    (folder / "known.smi").write_text("\n".join(MOLECULES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOLVAE_CACHE", str(folder / "cache"))
        return load_reference(folder / "known.smi", workers=1)


def measure(smiles: list[str], reference: Reference, **options: object) -> Evaluation:
    return evaluate(smiles, reference=reference, workers=1, **options)  # type: ignore[arg-type]


def test_the_reference_against_itself_is_perfect(reference):
    found = measure(MOLECULES, reference)["moses"]
    assert set(found) == set(AGAINST_ONE_SET)
    ones = {name: found[name] for name in ("valid", "SNN/Test", "Frag/Test", "Scaf/Test")}
    assert ones == pytest.approx(dict.fromkeys(ones, 1.0))
    zeros = {name: found[name] for name in ("Novelty", "logP", "SA", "QED", "weight")}
    assert zeros == pytest.approx(dict.fromkeys(zeros, 0.0))
    assert found["FCD/Test"] == pytest.approx(0.0, abs=1e-4)


def test_invalid_strings_and_repeats_count_where_they_should(reference):
    found = measure(["CCO", "OCC", "nonsense", "", "CCCC"], reference)["moses"]
    assert found["valid"] == pytest.approx(3 / 5)
    assert found["unique@1000"] == pytest.approx(2 / 3)
    assert found["Novelty"] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    "smiles", [[], ["nonsense", ""], ["CCO"], ["CCO"] * 6], ids=["none", "invalid", "one", "same"]
)
@pytest.mark.parametrize("suite", ["moses", "guacamol"])
def test_poor_input_gives_values_or_reasons(smiles, suite, reference):
    evaluation = measure(smiles, reference, suite=suite)
    missing = {name for name, value in evaluation[suite].items() if math.isnan(value)}
    assert missing <= set(evaluation.notes[suite])
    assert all(evaluation.notes[suite][name].strip() for name in missing)
    if not any(map(is_valid, smiles)):
        assert len(missing) >= len(evaluation[suite]) - 1
    str(evaluation)


def test_a_model_is_measured_over_seeds(generator, reference):
    options = {"n": 60, "seeds": 2, "suite": "moses"}
    both = evaluate(generator, reference=reference, workers=1, **options)
    single = [
        evaluate(generator, reference=reference, workers=1, n=60, seed=seed)["moses"]
        for seed in (0, 1)
    ]
    for name in ("valid", "SNN/Test", "weight"):
        values = [one[name] for one in single]
        assert both["moses"][name] == pytest.approx(np.mean(values))
        assert both.spread["moses"][name] == pytest.approx(np.std(values, ddof=1))
    assert both.protocol["seeds"] == [0, 1]
    assert both.protocol["samples"] == 60
    assert both.molecules is not None
    assert both.molecules.total == 60


def test_diagnostics_belong_to_models(generator, reference):
    found = evaluate(generator, suite="latent")
    assert set(found.suites) == {"latent"}
    assert "reference" not in found.protocol
    assert found.protocol["held out"].startswith("test split of")
    assert found.diagnostics is not None
    with pytest.raises(EvaluationError, match="latent is about models"):
        measure(MOLECULES, reference, suite="latent")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"suite": "fcd"}, "no suite 'fcd'; there are moses, guacamol, latent, and all"),
        ({"suite": []}, "no suite was named"),
        ({"n": 0}, "n = 0: at least 1"),
        ({"n": 11}, "holds 10 strings, not 11"),
        ({"seeds": 0}, "seeds = 0"),
        ({"seeds": 3}, "3 seeds would give the same numbers"),
    ],
)
def test_what_cannot_be_asked_is_said(options, message, reference):
    with pytest.raises(EvaluationError, match=message):
        evaluate(MOLECULES, reference=reference, workers=1, **options)


def test_unreadable_files_are_said_before_any_work(tmp_path):
    with pytest.raises(InputError, match=r"missing\.smi"):
        evaluate(["CCO"], reference=tmp_path / "missing.smi")
    with pytest.raises(EvaluationError, match="no file of molecules"):
        evaluate(tmp_path / "missing.smi")


def test_the_protocol_says_what_was_compared_with_what(reference):
    protocol = measure(MOLECULES, reference).protocol
    assert protocol["samples"] == protocol["reference"]["test"] == len(MOLECULES)
    assert set(protocol["versions"]) >= {"molvae", "rdkit", "torch", "fcd"}
