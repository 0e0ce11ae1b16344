"""The suite against the reference implementation's values, and against itself written naively."""

import json
import math
from collections.abc import Callable
from itertools import cycle, repeat
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import Descriptors, rdFingerprintGenerator
from scipy.stats import entropy, gaussian_kde

from molvae.chem.descriptors import GUACAMOL_DESCRIPTORS
from molvae.errors import InputError
from molvae.evaluation import draws, guacamol, traits
from molvae.evaluation.draws import read_all
from molvae.evaluation.frechet import frechet_distance, gaussian
from molvae.evaluation.guacamol import (
    Baseline,
    baseline_of,
    baseline_sample,
    guacamol_metrics,
)
from molvae.evaluation.records import Measured
from molvae.evaluation.traits import TRAITS

REFERENCE = json.loads(
    (Path(__file__).parent / "data" / "guacamol_reference.json").read_text("utf-8")
)
SIZE: int = REFERENCE["size"]
TRAINING: list[str] = REFERENCE["training"]
SHARES = ("validity", "uniqueness", "novelty")


def known(flat: list[str]) -> np.ndarray:
    training = {one.flat for one in read_all(TRAINING, workers=1) if one}
    return np.array([smiles in training for smiles in flat], dtype=bool)


def draws_of(case: str) -> list[str]:
    return [REFERENCE["pool"][place] for place in REFERENCE["cases"][case]]


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return baseline_of(TRAINING, size=SIZE, workers=1, device="cpu")


@pytest.fixture(scope="module")
def metrics(baseline: Baseline) -> Callable[..., Measured]:
    def measure(stream, size: int = SIZE) -> Measured:
        return guacamol_metrics(stream, baseline, known, size=size, workers=1, device="cpu")

    return measure


@pytest.mark.parametrize("case", REFERENCE["cases"])
def test_values_are_those_of_the_reference_implementation(metrics, case: str) -> None:
    expected = REFERENCE["values"][case]
    found = metrics(iter(draws_of(case)))
    assert found.values.keys() == expected.keys()
    distance = {"fcd", "fcd_distance"}
    for name in expected.keys() - distance:
        assert found.values[name] == pytest.approx(expected[name], rel=1e-6), name
    for name in distance:
        assert found.values[name] == pytest.approx(expected[name], rel=1e-3), name


def flat_of(smiles: str) -> str | None:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    return Chem.MolToSmiles(mol, isomericSmiles=False) if mol else None


def naive_traits(smiles: list[str]) -> dict[str, np.ndarray]:
    mols = [Chem.MolFromSmiles(one) for one in smiles]
    bits = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=4_096)
    prints = [bits.GetFingerprint(mol) for mol in mols]
    pairs = np.array([DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints])
    np.fill_diagonal(pairs, 0)
    traits = {
        name: np.array([getattr(Descriptors, name)(mol) for mol in mols], float)
        for name in GUACAMOL_DESCRIPTORS
    }
    return {**traits, "internal_similarity": pairs.max(axis=1)}


def naive_divergence(name: str, own: np.ndarray, theirs: np.ndarray) -> float:
    if name.startswith("Num"):
        p, edges = np.histogram(own, bins=10, density=True)
        q = np.histogram(theirs, bins=edges, density=True)[0]
    else:
        ends = np.concatenate([own, theirs])
        grid = np.linspace(ends.min(), ends.max(), 1_000)
        p, q = gaussian_kde(own)(grid), gaussian_kde(theirs)(grid)
    return float(entropy(p + 1e-10, q + 1e-10))


def test_every_value_once_more_from_its_definition(metrics, baseline: Baseline) -> None:
    """On molecules that differ, so that one round of draws is all there is to each sample."""
    forms = {Chem.CanonSmiles(one): one for one in REFERENCE["pool"] if flat_of(one)}
    stream = list(forms.values())[:100]
    found = metrics(stream + TRAINING, size=100).values

    np.random.seed(42)  # noqa: NPY002 - as the reference does
    subset = [str(one) for one in np.random.choice(TRAINING, SIZE, replace=False)]  # noqa: NPY002
    flat = {flat_of(smiles) for smiles in stream}
    own = naive_traits([flat_of(smiles) for smiles in subset])
    theirs = naive_traits(list(flat))
    divergences = [naive_divergence(name, own[name], theirs[name]) for name in TRAITS]
    activations = [
        gaussian([Chem.CanonSmiles(one) for one in group], device="cpu")
        for group in (subset, stream)
    ]
    distance = frechet_distance(*activations)

    assert [found[f"kl/{name}"] for name in TRAITS] == pytest.approx(divergences, rel=1e-9)
    score = np.mean([math.exp(-value) for value in divergences])
    assert found["kl_divergence"] == pytest.approx(score, rel=1e-9)
    assert found["validity"] == pytest.approx(1.0)
    assert found["uniqueness"] == pytest.approx(len(flat) / 100)
    assert len(flat) < 100, "some molecules differ in stereochemistry only"
    trained = {flat_of(smiles) for smiles in TRAINING}
    assert found["novelty"] == pytest.approx(len(flat - trained) / 100)
    assert 0 < found["novelty"] < found["uniqueness"]
    assert found["fcd_distance"] == pytest.approx(distance, rel=1e-5)
    assert found["fcd"] == pytest.approx(math.exp(-0.2 * distance), rel=1e-5)


def test_the_training_subset_itself_scores_one(baseline: Baseline) -> None:
    np.random.seed(42)  # noqa: NPY002 - as the reference does
    subset = [str(one) for one in np.random.choice(TRAINING, SIZE, replace=False)]  # noqa: NPY002
    found = guacamol_metrics(subset, baseline, known, size=SIZE, workers=1, device="cpu").values
    assert found["kl_divergence"] == pytest.approx(1.0)
    assert found["fcd"] == pytest.approx(1.0, abs=1e-3)
    assert found["novelty"] == pytest.approx(0.0, abs=1e-12)


def test_a_file_of_fewer_molecules_than_asked_for_is_not_punished(metrics) -> None:
    stream = [*draws_of("plain")[:40], "CCO", "OCC"]
    found = metrics(stream)
    forms = [Chem.CanonSmiles(smiles) for smiles in stream if flat_of(smiles)]
    unique = {flat_of(smiles) for smiles in forms}
    assert len(unique) < len(set(forms)) < len(forms) < len(stream) < SIZE
    new = unique - {flat_of(smiles) for smiles in TRAINING}
    assert found.values["validity"] == pytest.approx(len(forms) / len(stream))
    assert found.values["uniqueness"] == pytest.approx(len(unique) / len(forms))
    assert found.values["novelty"] == pytest.approx(len(new) / len(set(forms)))
    assert "42 strings" in found.notes["validity"]
    for name in ("uniqueness", "novelty"):
        assert "only 42 strings" in found.notes[name]
    for name in ("kl_divergence", "fcd"):
        assert f"instead of {SIZE}" in found.notes[name]


def test_a_file_that_has_invalid_strings_but_no_more_is_not_punished_for_them_twice(
    metrics,
) -> None:
    found = metrics(["CCO", "CCN", "CCC", "CC", "not a molecule"], size=5)
    assert found.values["validity"] == pytest.approx(4 / 5)
    assert found.values["uniqueness"] == pytest.approx(1.0)
    assert found.values["novelty"] == pytest.approx(1.0)
    assert "validity" not in found.notes


def test_a_model_without_variety_is_punished(metrics) -> None:
    found = metrics(cycle(["CCO", "CCN", "x"]), size=12)
    assert found.values["validity"] == pytest.approx(8 / 12)
    assert found.values["uniqueness"] == pytest.approx(2 / 12)
    assert found.values["novelty"] == pytest.approx(2 / 12)
    assert "the 10 lacking count as failures" in found.notes["novelty"]
    assert "uniqueness" not in found.notes, "there were enough valid molecules"


@pytest.mark.parametrize(
    "stream", [[], ["C1CC", "", "x"], repeat("x")], ids=["none", "bad", "endless"]
)
def test_without_molecules_there_are_reasons_instead_of_values(metrics, stream) -> None:
    found = metrics(stream, size=20)
    if stream:
        assert found.values.pop("validity") == pytest.approx(0.0)
    assert len(found.values) >= 16 - bool(stream)
    for name, value in found.values.items():
        assert math.isnan(value), name
        assert found.notes[name], name


@pytest.mark.parametrize("stream", [["CCO"], ["CCO"] * 50], ids=["one", "repeats"])
def test_a_single_molecule_has_no_distribution(metrics, stream: list[str]) -> None:
    found = metrics(stream, size=50)
    assert found.values["validity"] == pytest.approx(1.0)
    assert found.values["uniqueness"] == pytest.approx(1 / len(stream))
    assert found.values["novelty"] == pytest.approx(1.0), "of the molecules that differ"
    assert math.isnan(found.values["kl_divergence"])
    assert "BertzCT" in found.notes["kl_divergence"]
    assert "1 value" in found.notes["kl/MolWt"]
    assert math.isnan(found.values["fcd"]) == (len(stream) == 1)


def test_a_constant_descriptor_has_no_density(metrics) -> None:
    found = metrics(["CCCO", "CC(C)O", "CCCN"], size=3)
    assert "kl/TPSA" not in found.notes
    found = metrics(["CCCO", "CC(C)O", "CC(O)C"], size=3)
    assert "all values of the generated molecules are equal" in found.notes["kl/TPSA"]
    assert "TPSA" in found.notes["kl_divergence"]
    assert math.isfinite(found.values["kl/NumHDonors"])


def test_without_a_training_set(baseline: Baseline) -> None:
    found = guacamol_metrics(["CCO", "CCN"], None, None, size=2, workers=1, device="cpu")
    assert found.values["uniqueness"] == pytest.approx(1.0)
    for name in ("novelty", "kl_divergence", "fcd", "fcd_distance"):
        assert math.isnan(found.values[name])
        assert "no training set" in found.notes[name]


def test_with_a_training_set_that_has_no_baseline() -> None:
    found = guacamol_metrics(["CCO", "CCN"], None, known, size=2, workers=1, device="cpu")
    assert found.values["novelty"] == pytest.approx(1.0)
    for name in ("kl_divergence", "fcd", "fcd_distance"):
        assert math.isnan(found.values[name])
        assert "loaded without GuacaMol's baseline" in found.notes[name]
        assert "fewer than two training molecules" in found.notes[name]


def test_neighbors_are_looked_for_on_the_device_that_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    devices = []

    def nearest_other(rows, *, device, progress):
        devices.append(device)
        return np.linspace(0, 1, len(rows))

    monkeypatch.setattr(guacamol, "nearest_other", nearest_other)
    monkeypatch.setattr(guacamol, "gaussian", lambda *_, device, progress: devices.append(device))
    monkeypatch.setattr(guacamol, "frechet_distance", lambda *_: 0.0)
    own = baseline_of(TRAINING[:9], workers=1, device="here")
    guacamol_metrics(TRAINING[:9], own, known, size=9, workers=1, device="there")
    assert devices == ["here"] * 2 + ["there"] * 2


def test_the_sample_is_numpys() -> None:
    np.random.seed(42)  # noqa: NPY002 - as the reference does
    expected = [str(one) for one in np.random.choice(TRAINING, SIZE, replace=False)]  # noqa: NPY002
    assert baseline_sample(TRAINING, size=SIZE) == expected
    assert baseline_sample(TRAINING[:5]) == TRAINING[:5]


def test_baselines_of_small_sets(baseline: Baseline) -> None:
    assert (baseline.count, baseline.size) == (len(TRAINING), SIZE)
    assert len(baseline.descriptors) == len(baseline.nearest) <= baseline.gaussian.count == SIZE
    whole = baseline_of(["F[C@H](Cl)C", "x", "F[C@@H](Cl)C", "CCO"], workers=1, device="cpu")
    assert (whole.count, whole.size, whole.gaussian.count) == (4, 4, 3)
    assert whole.descriptors.shape == (2, 9), "without stereochemistry there are two"
    with pytest.raises(InputError, match="two training molecules or more, got 1"):
        baseline_of(["CCO", "x"], workers=1, device="cpu")


def test_worker_processes_change_nothing_and_progress_is_told(
    baseline: Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "CHUNK", 15)
    monkeypatch.setattr(traits, "CHUNK", 15)
    stream = draws_of("plain")
    seen: dict[str, tuple[int, int]] = {}

    def note(stage: str, done: int, total: int) -> None:
        assert done <= total
        seen[stage] = (done, total)

    alone, helped = (
        guacamol_metrics(
            stream, baseline, known, size=SIZE, workers=count, progress=note, device="cpu"
        )
        for count in (1, 2)
    )
    assert alone.values == pytest.approx(helped.values, rel=1e-9)
    assert {"reading", "descriptors"} < seen.keys()
    assert all(done == total for done, total in seen.values())
    assert helped.seconds.keys() >= {"sampling", "descriptors", "divergence", "fcd"}


def test_the_size_must_be_positive(metrics) -> None:
    with pytest.raises(ValueError, match="size must be at least 1, not 0"):
        metrics(["C"], size=0)
