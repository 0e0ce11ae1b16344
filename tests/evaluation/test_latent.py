"""The diagnostics as a whole: complete, repeatable, and with a reason for each NaN."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import torch

from molvae.checkpoint import SavedModel
from molvae.data.attributes import fit_attributes, kinds
from molvae.errors import ConfigError, GenerationError, MoleculeError
from molvae.evaluation.latent import LatentDiagnostics, diagnose
from molvae.evaluation.latent_meanings import MEANINGS
from molvae.generation import Generator
from molvae.model import MolVAE

SPREAD = ("active_units", "mutual_information", "mutual_information/upper", "marginal_kl",
          "mmd", "mmd/noise", "smoothness/spearman", "smoothness/chance", "interpolation/validity",
          "interpolation/tanimoto", "interpolation/distinct")  # fmt: skip
"""What one molecule cannot tell."""


@pytest.fixture(scope="module")
def saved(generator: Generator) -> SavedModel:
    return generator.saved


@pytest.fixture(scope="module")
def found(saved: SavedModel, chains: list[str]) -> LatentDiagnostics:
    return diagnose(saved, chains, molecules=60, samples=100, device="cpu")


def reasons_are_given(found: LatentDiagnostics) -> bool:
    return all(found.notes.get(name) for name, value in found.values.items() if math.isnan(value))


def test_every_value_is_there_and_has_a_meaning(found: LatentDiagnostics) -> None:
    assert list(found.values) == list(MEANINGS)
    assert all(math.isfinite(value) for value in found.values.values())
    assert found.values["encodable"] == pytest.approx(1.0)
    shares = [name for name in MEANINGS if "valid" in name or "exact" in name]
    assert all(0.0 <= found.values[name] <= 1.0 for name in shares)
    assert found.protocol["molecules"] == found.protocol["encoded"] == 60
    assert all(seconds >= 0.0 for seconds in found.seconds.values())


def test_arrays_fit_the_values(found: LatentDiagnostics) -> None:
    assert found.mu.shape == (60, 8)
    assert len(found.smiles) == 60
    assert found.kl_per_dimension.shape == (8,)
    assert found.kl_per_dimension.sum() == pytest.approx(found.values["kl"])
    assert found.pair_distances.shape == found.pair_similarities.shape
    assert found.radii.shape == found.radius_similarities.shape
    assert {len(values) for values in found.properties.values()} == {60}
    active = (found.mu.var(axis=0, ddof=1) > 0.01).sum()
    assert found.values["active_units"] == pytest.approx(active)


def test_bounds_that_theory_gives(found: LatentDiagnostics) -> None:
    values = found.values
    assert values["mutual_information"] <= math.log(60)
    assert values["mutual_information"] <= values["mutual_information/upper"]
    assert values["log_likelihood/elbo"] <= values["log_likelihood/iwae"] < 0.0
    assert values["marginal_kl"] == pytest.approx(values["kl"] - values["mutual_information"])
    assert 1.0 <= values["log_likelihood/effective_draws"] <= 50.0
    assert values["decodings/any_exact"] >= values["reconstruction/stochastic_exact"]


def test_a_size_of_molecules_is_in_the_latents(found: LatentDiagnostics) -> None:
    assert found.values["predictability/molecular_weight"] > 0.5


def test_the_same_seed_gives_the_same(
    saved: SavedModel, chains: list[str], found: LatentDiagnostics
) -> None:
    again = diagnose(saved, chains, molecules=60, samples=100, device="cpu")
    other = diagnose(saved, chains, molecules=60, samples=100, seed=1, device="cpu")
    assert again.values == pytest.approx(found.values, nan_ok=True, abs=1e-6)
    assert again.smiles == found.smiles
    assert again.interpolations == found.interpolations
    assert other.smiles != found.smiles


def test_progress_ends_every_stage(saved: SavedModel, chains: list[str]) -> None:
    told: dict[str, tuple[int, int]] = {}
    found = diagnose(
        saved,
        chains[:12],
        samples=5,
        device="cpu",
        progress=lambda stage, done, total: told.update({stage: (done, total)}),
    )
    assert set(told) == set(found.seconds)
    assert all(done == total for done, total in told.values())


def test_one_molecule(saved: SavedModel) -> None:
    found = diagnose(saved, ["CCO"], samples=5, device="cpu")
    assert reasons_are_given(found)
    assert all(math.isnan(found.values[name]) for name in SPREAD)
    assert math.isnan(found.values["predictability/qed"])
    assert "1 molecules: fewer than 5 in each of 5 folds" in found.notes["predictability/qed"]
    measured = ("kl", "log_likelihood/iwae", "reconstruction/exact", "decodings/distinct")
    assert all(math.isfinite(found.values[name]) for name in measured)


def test_one_molecule_many_times(saved: SavedModel) -> None:
    found = diagnose(saved, ["CCO"] * 30, samples=5, device="cpu")
    assert reasons_are_given(found)
    assert found.values["active_units"] == pytest.approx(0.0)
    assert found.values["mutual_information"] == pytest.approx(0.0, abs=1e-6)
    assert "all 30 molecules have the same value" in found.notes["predictability/logp"]
    assert math.isnan(found.values["smoothness/spearman"])


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ([], "no held-out molecules were given"),
        (["c1ccccc1", "nonsense"], "none of the 2 molecules could be encoded (the first: "),
    ],
)
def test_none_at_all(saved: SavedModel, smiles: list[str], reason: str) -> None:
    found = diagnose(saved, smiles, samples=20, device="cpu")
    assert list(found.values) == list(MEANINGS)
    assert reasons_are_given(found)
    assert reason in found.notes["reconstruction/exact"]
    assert math.isfinite(found.values["validity/prior"])
    assert found.mu.shape == (0, 8)
    assert found.smiles == found.interpolations == ()
    if smiles:
        assert found.values["encodable"] == pytest.approx(0.0)


def test_what_makes_no_sense(saved: SavedModel) -> None:
    with pytest.raises(GenerationError, match="molecules=0"):
        diagnose(saved, ["CCO"], molecules=0)
    with pytest.raises(GenerationError, match="samples=-1"):
        diagnose(saved, ["CCO"], samples=-1)
    with pytest.raises(MoleculeError, match=r"such as \['CCO'\]"):
        diagnose(saved, "CCO")
    with pytest.raises(ConfigError, match="unknown device"):
        diagnose(saved, ["CCO"], device="abacus")


def test_table_rows_are_accepted(saved: SavedModel, chains: list[str]) -> None:
    import pandas as pd

    column = pd.Series(chains[:6], index=range(10, 16))
    found = diagnose(saved, column, molecules=3, samples=2, device="cpu")  # type: ignore[arg-type]
    assert np.isfinite(found.mu).all()
    assert len(found.smiles) == 3


def test_a_conditional_model_is_measured_with_all_conditions_free(
    saved: SavedModel, chains: list[str]
) -> None:
    logp = fit_attributes(pd.DataFrame({"logp": [0.0, 2.0]}), ["logp"], computed=["logp"])
    torch.manual_seed(0)
    model = MolVAE(len(saved.tokenizer.vocabulary), saved.config.model, conditions=kinds(logp))
    conditional = dataclasses.replace(saved, model=model.eval(), conditions=logp)
    found = diagnose(conditional, chains, molecules=20, samples=20, device="cpu")
    assert found.protocol["conditions"] == "all free"
    assert math.isfinite(found.values["reconstruction/exact"])
