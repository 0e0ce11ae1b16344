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
        ({"suite": ["all", "bogus"]}, "no suite 'bogus'"),
        ({"suite": "guacamol", "n": 11}, "holds 10 strings, not 11"),
        ({"held_out": "x.smi"}, "held-out molecules are for the suite latent"),
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


def test_diagnostics_have_samples_and_a_seed_of_their_own(generator):
    for options in ({"seeds": 3}, {"n": 100}):
        with pytest.raises(EvaluationError, match="leave out n and seeds"):
            evaluate(generator, suite="latent", **options)


def test_another_training_set_can_be_put_into_a_loaded_reference(reference, tmp_path):
    (tmp_path / "train.smi").write_text("CCCC\nOCC\n")
    found = measure(["CCO", "CCCC", "CCC"], reference, training=tmp_path / "train.smi")
    assert found["moses"]["Novelty"] == pytest.approx(1 / 3)


def test_columns_are_named_for_the_source_and_for_the_other_files(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "made.csv").write_text("text,score\nCCO,1\nCC,2\n")
    (tmp_path / "known.csv").write_text("id,drug\n1,OCC\n2,CCC\n")
    found = evaluate(
        tmp_path / "made.csv",
        reference=tmp_path / "known.csv",
        column="text",
        reference_column="drug",
        workers=1,
    )
    assert found["moses"]["Novelty"] == pytest.approx(1 / 2)


def test_notes_of_several_seeds_name_the_seed_that_lacks_a_value(generator, reference, monkeypatch):
    drawn = {0: ["CCO", "CCN", "CCC"], 1: ["CCO", "x", "y"]}
    monkeypatch.setattr(generator, "raw_samples", lambda n, *, seed, progress: drawn[seed])
    found = evaluate(generator, reference=reference, n=3, seeds=2, workers=1)
    assert math.isnan(found["moses"]["FCD/Test"])
    assert found.notes["moses"]["FCD/Test"].endswith("there is one (seed 2 of 2)")


def test_the_model_stays_where_it_is(generator, monkeypatch):
    places = []
    to = type(generator.saved.model).to
    monkeypatch.setattr(
        type(generator.saved.model),
        "to",
        lambda self, device: places.append(str(device)) or to(self, device),
    )
    evaluate(generator, suite="latent", device="meta")
    assert set(places) == {"cpu"}
