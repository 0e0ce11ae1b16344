"""What a generator promises: exact counts, honest numbers, the same again, clear refusals."""

from pathlib import Path

import numpy as np
import pytest

from molvae.checkpoint import KEYS
from molvae.chem import canonicalize, compute, is_valid, parse
from molvae.errors import ConfigError, ExpressionError, GenerationError, MoleculeError
from molvae.generation import Generator


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
