"""Latents of a conditional model, and what its heads read off them."""

import numpy as np
import pandas as pd
import pytest

from molvae.chem import property_table
from molvae.errors import ConfigError, GenerationError
from molvae.generation import Generator

SIZES = ["CCO", "CCCNCCO", "CCCCCCCCO"]


def sizes(texts: list[list[str]]) -> np.ndarray:
    flat = [text for group in texts for text in group]
    return property_table(flat, ["heavy_atoms"])["heavy_atoms"].to_numpy()


def test_a_molecule_is_encoded_with_its_own_properties(conditional: Generator) -> None:
    own = conditional.conditions_of(SIZES)
    assert own.columns.tolist() == ["heavy_atoms", "logp", "last"]
    assert own["heavy_atoms"].tolist() == pytest.approx([3, 7, 9])
    assert own["last"].isna().all()
    plain = conditional.encode(SIZES)
    np.testing.assert_array_equal(conditional.latents(SIZES, conditions=own).z, plain)
    free = conditional.latents(SIZES, conditions=own.iloc[:, :0]).z
    assert np.abs(free - plain).max() > 1e-3
    told = conditional.latents(SIZES, conditions=own.assign(last="oxygen")).z
    assert np.abs(told - plain).max() > 1e-3


def test_rows_without_a_molecule_do_not_shift_the_others(conditional: Generator) -> None:
    latents = conditional.latents(["C1CC", *SIZES])
    assert [problem.index for problem in latents.problems] == [0]
    np.testing.assert_allclose(latents.z[1:], conditional.encode(SIZES), atol=1e-5)


def test_decoding_follows_its_conditions(conditional: Generator) -> None:
    z = np.random.default_rng(0).normal(size=(60, conditional.latent_size))
    small, large = (
        np.nanmean(sizes(conditional.decode(z, method="sample", conditions={"heavy_atoms": n})))
        for n in (4, 9)
    )
    assert small < 5.5 < 7.5 < large
    rows = pd.DataFrame({"heavy_atoms": [4.0, 9.0] * 30})
    each = sizes(conditional.decode(z, 2, method="sample", conditions=rows))
    first = np.repeat(np.arange(60) % 2 == 0, 2)
    assert np.nanmean(each[first]) < 5.5 < 7.5 < np.nanmean(each[~first])


def test_all_free_is_no_conditions(conditional: Generator) -> None:
    z = np.random.default_rng(1).normal(size=(8, conditional.latent_size))
    blank = pd.DataFrame({"logp": [None] * 8})
    assert conditional.decode(z) == conditional.decode(z, conditions=blank)
    assert conditional.decode(z) == conditional.decode(z, conditions={})
    assert conditional.decode(z[:0], conditions=blank[:0]) == []


def test_molecules_come_back_told_what_they_are(conditional: Generator, chains: list[str]) -> None:
    some = chains[:100]
    table = conditional.reconstruct([*some, "C1CC"])
    z = conditional.encode(some)
    free = conditional.decode(z)
    told = conditional.decode(z, conditions=conditional.conditions_of(some))
    assert table["reconstruction"].tolist()[:-1] == [text for (text,) in told]
    close = [abs(sizes(texts) - [len(smiles) for smiles in some]) for texts in (told, free)]
    assert np.nanmean(close[0]) < np.nanmean(close[1])


def test_what_cannot_be_asked_is_said(conditional: Generator, generator: Generator) -> None:
    z = np.zeros((2, conditional.latent_size))
    with pytest.raises(GenerationError, match="3 rows of conditions for 2"):
        conditional.decode(z, conditions=pd.DataFrame({"logp": [1.0] * 3}))
    with pytest.raises(GenerationError, match="unknown condition 'qed'; this model knows heavy"):
        conditional.decode(z, conditions={"qed": 0.5})
    with pytest.raises(ConfigError, match="one of carbon, nitrogen, oxygen"):
        conditional.decode(z, conditions={"last": "gold"})
    with pytest.raises(GenerationError, match="none is given"):
        conditional.decode(z, guidance=2.0)
    plain = np.zeros((2, generator.latent_size))
    for options in ({"conditions": {"logp": 1.0}}, {"guidance": 2.0}):
        with pytest.raises(GenerationError, match="trained without conditions"):
            generator.decode(plain, **options)  # type: ignore[arg-type]
    with pytest.raises(GenerationError, match="trained without conditions"):
        generator.latents(["CCO"], conditions=pd.DataFrame({"logp": [1.0]}))
    assert generator.conditions_of(["CCO"]).shape == (1, 0)


def test_heads_predict_in_the_units_of_the_training_set(
    conditional: Generator, chains: list[str]
) -> None:
    some = sorted(set(chains))[:300]
    table = conditional.predict([*some, "C1CC"])
    assert table.columns.tolist() == ["logp", "last"]
    assert table.iloc[-1].isna().all()
    actual = property_table(some, ["logp"])["logp"].to_numpy()
    assert np.corrcoef(table["logp"][:-1].astype(float), actual)[0, 1] > 0.8
    assert set(table["last"][:-1]) <= {"carbon", "nitrogen", "oxygen"}
    z = conditional.encode(some)
    pd.testing.assert_frame_equal(conditional.predict(z), table[:-1])
    assert conditional.predict(z, ["last"]).columns.tolist() == ["last"]
    assert conditional.predict(z[:0]).shape == (0, 2)


def test_predictions_need_heads(conditional: Generator, generator: Generator) -> None:
    with pytest.raises(GenerationError, match="no property heads; fit them with"):
        generator.predict(["CCO"])
    with pytest.raises(GenerationError, match="no property head 'qed': this model has logp, last"):
        conditional.predict(["CCO"], ["qed"])
    with pytest.raises(GenerationError, match="do not fit"):
        conditional.predict(np.zeros((2, 3)))


def test_results_stand_beside_their_targets(conditional: Generator) -> None:
    logp, last = conditional.compare(["CCO", "CCC", "C1"], {"logp": 0.0, "last": "oxygen"})
    values = property_table(["CCO", "CCC"], ["logp"])["logp"]
    assert logp.mad == pytest.approx(values.abs().mean())
    assert np.isnan(last.mad)
    assert conditional.compare(["CCO"], None) == ()
