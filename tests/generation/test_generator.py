"""What a generator promises: exact counts, honest numbers, the same again, clear refusals."""

from pathlib import Path

import numpy as np
import pytest

from molvae.checkpoint import KEYS
from molvae.chem import canonicalize, compute, is_valid, parse
from molvae.errors import ConfigError, ExpressionError, GenerationError, MoleculeError
from molvae.generation import Generator
from molvae.generation.codec import Method
from molvae.generation.walks import interpolate


def test_exactly_n_valid_and_unique(generator: Generator) -> None:
    molecules = generator.sample(150, seed=1)
    assert len(molecules) == 150
    assert len(set(molecules.smiles)) == 150
    assert all(canonicalize(smiles) == smiles for smiles in molecules)
    summary = molecules.summary
    assert summary.requested == summary.returned == 150
    assert summary.drawn >= 150
    assert 0.0 < summary.validity <= 1.0


def test_the_numbers_are_those_of_the_raw_samples(generator: Generator, chains: list[str]) -> None:
    raw = generator.sample(1000, seed=2, valid=False, unique=False)
    table, summary = raw.table, raw.summary
    assert summary.drawn == len(table) == 1000
    assert summary.validity == pytest.approx(table["smiles"].map(is_valid).mean())
    assert table["valid"].tolist() == table["smiles"].map(is_valid).tolist()
    valid = [canonicalize(smiles) for smiles in table.loc[table["valid"], "smiles"]]
    distinct = set(valid)
    assert summary.uniqueness == pytest.approx(len(distinct) / len(valid))
    assert table.loc[~table["valid"], "novel"].isna().all()
    filtered = generator.sample(len(distinct), seed=2)
    assert set(filtered.smiles) == distinct
    assert summary.novelty == pytest.approx(filtered.table["novel"].mean())


def test_same_seed_same_molecules_whatever_the_count(generator: Generator) -> None:
    few, many = generator.sample(20, seed=5), generator.sample(60, seed=5)
    assert few.smiles == generator.sample(20, seed=5).smiles
    assert few.smiles == many.smiles[:20]
    assert few.smiles != generator.sample(20, seed=6).smiles


def test_novel_means_not_in_the_training_set(generator: Generator, chains: list[str]) -> None:
    known = {canonicalize(smiles) for smiles in chains}
    molecules = generator.sample(50, seed=0, novel=True)
    assert molecules.table["novel"].all()
    assert sum(smiles in known for smiles in molecules) < 15  # validation molecules may come up


def test_where_holds_for_every_molecule(generator: Generator) -> None:
    molecules = generator.sample(
        40, where=["heavy_atoms >= 5 and heavy_atoms < 9", "logp < 1"], properties=["qed"]
    )
    assert list(molecules.table.columns) == ["smiles", "novel", "qed", "heavy_atoms", "logp"]
    for row in molecules.table.to_dict("records"):
        mol = parse(row["smiles"])
        assert mol is not None
        values = compute(mol, ["heavy_atoms", "logp", "qed"])
        assert 5 <= values["heavy_atoms"] < 9
        assert values["logp"] < 1
        assert values["qed"] == pytest.approx(row["qed"])


def test_a_request_that_cannot_be_met_ends(generator: Generator) -> None:
    with pytest.raises(GenerationError, match=r"found 0 of 5 molecules in 2,000 raw samples"):
        generator.sample(5, where="heavy_atoms > 99", max_tries=2000)
    some = generator.sample(10_000, max_tries=1000, partial=True)
    assert 0 < len(some) < 10_000
    assert some.summary.requested == 10_000
    assert some.summary.drawn == 1000


def test_nothing_asked_nothing_given(generator: Generator) -> None:
    molecules = generator.sample(0, properties=["qed"])
    assert len(molecules) == 0
    assert "qed" in molecules.table.columns


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": -3}, GenerationError, "n = -3"),
        ({"n": 3, "max_tries": 0}, GenerationError, "max_tries = 0"),
        ({"n": 3, "temperature": 0}, GenerationError, "temperature = 0"),
        ({"n": 3, "where": "wings > 2"}, ConfigError, "wings"),
        ({"n": 3, "where": "__import__('os')"}, ExpressionError, "__import__"),
        ({"n": 3, "properties": ["wings"]}, ConfigError, "wings"),
    ],
)
def test_bad_requests(
    generator: Generator, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        generator.sample(**options)  # type: ignore[arg-type]


def test_molecules_come_back_from_their_latents(generator: Generator, chains: list[str]) -> None:
    table = generator.reconstruct(chains[:200])
    assert table["exact"].mean() > 0.5
    assert table.loc[table["exact"], "tanimoto"].min() == pytest.approx(1.0)
    assert table["reason"].isna().all()


def test_any_way_of_writing_a_molecule_is_the_same_molecule(generator: Generator) -> None:
    np.testing.assert_array_equal(*generator.encode(["CCO", "OCC"]))
    salt, plain = generator.encode(["CCN.Cl", "CCN"])
    np.testing.assert_array_equal(salt, plain)


def test_encoding_does_not_depend_on_company(generator: Generator, chains: list[str]) -> None:
    together = generator.encode(chains[:30])
    alone = np.concatenate([generator.encode([smiles]) for smiles in chains[:30]])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_what_cannot_be_encoded_is_said(generator: Generator) -> None:
    bad = ["CCO", "C1CC", "c1ccccc1", "C" * 50, ""]
    latents = generator.latents(bad)
    assert [problem.index for problem in latents.problems] == [1, 2, 3, 4]
    reasons = [problem.reason for problem in latents.problems]
    assert "ring" in reasons[0]
    assert "'c'" in reasons[1] or "not in the vocabulary" in reasons[1]
    assert "50 tokens; the model reads 20" in reasons[2]
    assert np.isfinite(latents.z[0]).all()
    assert np.isnan(latents.z[1:]).all()
    with pytest.raises(MoleculeError, match="molecule 1 \\('C1CC'\\)"):
        generator.encode(bad)
    table = generator.reconstruct(bad)
    assert table["reason"].notna().tolist() == [False, True, True, True, True]
    assert not table["exact"][1:].any()


def test_decoding_shapes(generator: Generator) -> None:
    z = np.random.default_rng(0).normal(size=(4, generator.latent_size))
    assert [len(group) for group in generator.decode(z)] == [1, 1, 1, 1]
    several = generator.decode(z, 5, seed=3)
    assert [len(group) for group in several] == [5, 5, 5, 5]
    assert several == generator.decode(z, 5, seed=3)
    assert generator.decode(z[:0]) == []
    assert generator.decode(z, method="beam", beam_size=3)[0][0]


@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 16, 1)])
def test_latents_of_another_shape(generator: Generator, shape: tuple[int, ...]) -> None:
    with pytest.raises(GenerationError, match="do not fit: this model takes"):
        generator.decode(np.zeros(shape))


def test_latents_that_are_no_numbers(generator: Generator) -> None:
    z = np.zeros((3, generator.latent_size))
    z[1, 0] = np.nan
    with pytest.raises(GenerationError, match="latent 1 has values that are not finite"):
        generator.decode(z)


def test_without_training_keys_novelty_is_unknown(model_path: Path, tmp_path: Path) -> None:
    for file in model_path.iterdir():
        if file.name != KEYS:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    generator = Generator.load(tmp_path, device="cpu")
    molecules = generator.sample(5)
    assert "novel" not in molecules.table.columns
    assert np.isnan(molecules.summary.novelty)
    with pytest.raises(GenerationError, match="no novelty"):
        generator.sample(5, novel=True)


def test_one_string_is_not_a_list_of_molecules(generator: Generator) -> None:
    with pytest.raises(MoleculeError, match=r"such as \['CCO'\]"):
        generator.encode("CCO")
    (problem,) = generator.latents([None]).problems  # type: ignore[list-item]
    assert problem.reason == "None is not text"
    assert "16 latent dimensions" in repr(generator)


def test_targets_are_met_and_measured(conditional: Generator) -> None:
    free = conditional.sample(200, unique=False, properties=["heavy_atoms"])
    assert free.summary.conditions == ()
    for target in (4, 9):
        molecules = conditional.sample(200, unique=False, conditions={"heavy_atoms": target})
        (result,) = molecules.summary.conditions
        sizes = molecules.table["heavy_atoms"]
        assert result.mad == pytest.approx((sizes - target).abs().mean())
        assert result.mean == pytest.approx(sizes.mean())
        assert result.mad < 0.75 * (free.table["heavy_atoms"] - target).abs().mean()


def test_guidance_strengthens_a_condition(conditional: Generator) -> None:
    means = [
        conditional.sample(200, unique=False, conditions={"heavy_atoms": 8}, guidance=guidance)
        .summary.conditions[0]
        .mean
        for guidance in (0.0, 1.0, 3.0)
    ]
    assert means[0] < means[1] < means[2]
    free = conditional.sample(50, unique=False)
    assert (
        conditional.sample(50, unique=False, conditions={"heavy_atoms": 4}, guidance=0.0).smiles
        == free.smiles
    )


def test_columns_targets_and_notes_are_in_the_summary(conditional: Generator) -> None:
    molecules = conditional.sample(
        20, conditions={"last": "oxygen", "heavy_atoms": 99}, properties=["qed"], guidance=1.5
    )
    assert molecules.table.columns.tolist() == ["smiles", "novel", "qed", "heavy_atoms"]
    text = str(molecules.summary)
    assert "guidance 1.5" in text
    assert "heavy_atoms = 99 is outside what the model was trained on (3 to 9)" in text
    assert "last is a column of the training data and cannot be computed" in text
    values = molecules.to_dict()
    assert values["conditions"][0]["target"] == "oxygen"
    assert values["conditions"][1]["mad"] > 60
    with pytest.raises(GenerationError, match=r"found .* heavy_atoms = 99 is outside"):
        conditional.sample(5, conditions={"heavy_atoms": 99}, where="heavy_atoms > 90",
                           max_tries=200)  # fmt: skip


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"conditions": {"wings": 2}}, GenerationError, "unknown condition 'wings'; this model"),
        ({"conditions": {"logp": "lots"}}, ConfigError, "logp = lots: must be a number"),
        ({"guidance": 2.0}, GenerationError, "none is given"),
        ({"conditions": {"logp": 1}, "guidance": -1.0}, GenerationError, "must be 0 or more"),
    ],
)
def test_bad_conditions(
    conditional: Generator, options: dict[str, object], error: type[Exception], message: str
) -> None:
    for n in (0, 3):
        with pytest.raises(error, match=message):
            conditional.sample(n, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["sample", "greedy"])
def test_free_samples_do_not_know_of_conditions(conditional: Generator, method: Method) -> None:
    raw = conditional.raw_samples(30, seed=4, method=method)
    assert raw == conditional.raw_samples(30, seed=4, method=method)
    unfiltered = conditional.sample(
        30, seed=4, method=method, valid=False, unique=False, max_tries=30
    )
    assert [canonicalize(text) or text for text in raw] == unfiltered.smiles


def test_samples_are_constrained_where_that_is_asked_for(generator: Generator) -> None:
    helped = generator.sample(5, constrained=True).summary
    assert helped.constrained
    assert "raw samples (constrained): validity" in str(helped)
    assert not generator.sample(5).summary.constrained
    hot = {"temperature": 3.0, "unique": False, "seed": 1}
    free = generator.sample(300, constrained=False, **hot).summary  # type: ignore[arg-type]
    held = generator.sample(300, constrained=True, **hot).summary  # type: ignore[arg-type]
    assert free.validity < 0.98 < 0.99 < held.validity


def test_raw_samples_are_unconstrained_unless_asked(generator: Generator) -> None:
    z = np.random.default_rng(0).normal(size=(200, generator.latent_size)) * 5
    free, held = (
        np.mean([is_valid(text) for (text,) in generator.decode(z, constrained=constrained,
                 temperature=4.0, method="sample")]) for constrained in (False, True)
    )  # fmt: skip
    assert free < 0.9 < 0.99 < held
    raw = generator.raw_samples(50)
    assert raw == generator.raw_samples(50, constrained=False)


def test_walks_searches_and_scores_are_methods(generator: Generator, chains: list[str]) -> None:
    a, b = chains[0], chains[1]
    assert (
        generator.interpolate(a, b, 4, seed=1).smiles
        == interpolate(generator, a, b, 4, seed=1).smiles
    )
    assert len(generator.neighbors(a, 3)) <= 3
    assert len(generator.resample(a, 5).table)
    assert len(generator.grid(None, (0, 1), 2).table)
    assert len(generator.traverse(a, [0], steps=3).table)
    found = generator.nearest([a], 2, among=chains[:20])
    assert canonicalize(found["neighbor"].tolist()[0]) == canonicalize(a)
    assert len(generator.anomalies(["CCO", "CCN"], reference=chains[:300]).table) == 2
    np.testing.assert_array_equal(generator.fit_transform([a, b]), generator.encode([a, b]))
    assert repr(generator).startswith("Generator of ")
