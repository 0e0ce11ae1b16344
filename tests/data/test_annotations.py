"""Annotations: from the corpus where it has them, computed where not, kept for the next time."""

from pathlib import Path

import numpy as np
import pytest

from molvae.chem import property_table
from molvae.config import Config, ModelConfig
from molvae.data.annotations import Annotations, AttributeGroups, annotate
from molvae.data.batches import Batches, Cursor, in_order
from molvae.data.prepare import prepare
from molvae.data.shards import Corpus
from molvae.errors import ConfigError

CHAINS = ["C" * n + tail for n in range(1, 21) for tail in ("O", "N", "Cl")]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("annotations")
    lines = ["smiles,assay,site"]
    for row, smiles in enumerate(CHAINS):
        assay = f"{row / 10}" if row % 4 else ""
        lines.append(f"{smiles},{assay},{row % 3}")
    (folder / "chains.csv").write_text("\n".join(lines) + "\n")
    config = Config().override(
        ['data.columns=["assay","site"]', 'data.properties=["logp"]', "data.valid_fraction=0.3"]
    )
    return prepare(folder / "chains.csv", folder / "corpus", config, workers=1)


def settings(**groups: dict[str, object]) -> ModelConfig:
    return ModelConfig.model_validate(groups)


def test_columns_and_properties_are_standardized_by_the_training_set(corpus: Corpus) -> None:
    config = settings(
        condition={"properties": ("tpsa", "assay", "logp"), "classes": ("site",)},
        heads={"properties": ("heavy_atoms", "tpsa")},
    )
    annotated = annotate(corpus, config)
    tpsa, assay, logp, site = annotated.attributes.conditions
    assert [a.computed for a in (tpsa, assay, logp, site)] == [True, False, True, False]
    assert site.classes == ("0", "1", "2")
    assert annotated.attributes.heads[1] == tpsa
    train = annotated.splits["train"]
    assert train.conditions is not None
    assert train.labels is not None
    known = train.conditions[:, :3]
    np.testing.assert_allclose(np.nanmean(known, axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(np.nanstd(known, axis=0), 1.0, atol=1e-5)
    assert np.isnan(train.conditions[:, 1]).sum() == len(corpus["train"]) - assay.known
    table = property_table(corpus["valid"].smiles(), ["heavy_atoms", "logp"])
    valid = annotated.splits["valid"]
    assert valid.labels is not None
    assert valid.conditions is not None
    atoms = annotated.attributes.heads[0].restore(valid.labels[:, 0])
    np.testing.assert_allclose(atoms, table["heavy_atoms"], atol=1e-4)
    np.testing.assert_allclose(logp.restore(valid.conditions[:, 2]), table["logp"], atol=1e-4)


def test_batches_carry_the_rows_they_should(corpus: Corpus) -> None:
    config = settings(condition={"properties": ("heavy_atoms",)}, heads={"properties": ("logp",)})
    annotated = annotate(corpus, config)
    split, annotations = corpus["train"], annotated.splits["train"]
    (atoms,), (logp,) = annotated.attributes
    batches = Batches(split, 8, seed=1, annotations=annotations)
    some = [batches.batch(Cursor(1, place)) for place in range(batches.per_epoch)]
    for batch in [*some, *in_order(split, 7, annotations=annotations)]:
        texts = corpus.tokenizer.decode_batch(batch.tokens.t().numpy(), workers=1)
        table = property_table(texts, ["heavy_atoms", "logp"])
        assert batch.conditions is not None
        assert batch.labels is not None
        np.testing.assert_allclose(
            atoms.restore(batch.conditions[:, 0].numpy()), table["heavy_atoms"], atol=1e-4
        )
        np.testing.assert_allclose(
            logp.restore(batch.labels[:, 0].numpy()), table["logp"], atol=1e-4
        )
        twice = batch.repeat(2)
        assert twice.tokens.shape[1] == len(twice.conditions) == 2 * len(batch.lengths)
        np.testing.assert_array_equal(twice.labels[::2], batch.labels)


def test_nothing_named_is_nothing_done(corpus: Corpus) -> None:
    annotated = annotate(corpus, ModelConfig())
    assert annotated.attributes == AttributeGroups((), ())
    assert annotated.splits["train"] == (None, None)
    batch = next(in_order(corpus["train"], 5, annotations=annotated.splits["train"]))
    assert batch.conditions is None
    assert batch.labels is None


def test_computed_values_are_kept_and_a_damaged_file_is_not_used(
    corpus: Corpus, tmp_path: Path
) -> None:
    config = settings(condition={"properties": ("tpsa", "assay")})
    first = annotate(corpus, config, cache=tmp_path)
    path = tmp_path / "train.parquet"
    written = path.stat().st_mtime_ns
    again = annotate(corpus, config, cache=tmp_path, reuse=True)
    assert path.stat().st_mtime_ns == written
    path.write_bytes(b"PAR1 no more")
    mended = annotate(corpus, config, cache=tmp_path, reuse=True)
    for other in (again, mended):
        assert other.attributes == first.attributes
        np.testing.assert_array_equal(
            other.splits["train"].conditions, first.splits["train"].conditions
        )


def test_a_model_that_is_trained_further_keeps_its_statistics(corpus: Corpus) -> None:
    config = settings(condition={"properties": ("logp",)})
    attributes = annotate(corpus, config).attributes
    (logp,) = attributes.conditions
    moved = logp.from_dict(logp.to_dict() | {"mean": logp.mean + logp.std})
    former = attributes._replace(conditions=(moved,))
    again = annotate(corpus, config, former=former)
    assert again.attributes.conditions == (moved,)
    assert again.splits["train"].conditions is not None
    assert float(again.splits["train"].conditions.mean()) == pytest.approx(-1.0, abs=1e-5)


def test_unknown_names_are_told(corpus: Corpus) -> None:
    with pytest.raises(ConfigError, match=r"model\.heads: 'asay' is no column.*mean 'assay'"):
        annotate(corpus, settings(heads={"properties": ("asay",)}))


def test_long_work_is_told(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("molvae.data.annotations.WORTH_TELLING", len(corpus["train"]))
    config, told = settings(condition={"properties": ("tpsa", "qed", "logp")}), list[str]()
    annotate(corpus, config, cache=tmp_path, tell=told.append)
    assert told == [f"computing tpsa, qed of {len(corpus['train'])} molecules"]
    annotate(corpus, config, cache=tmp_path, reuse=True, tell=told.append)
    assert len(told) == 1


def test_some_rows_alone(corpus: Corpus) -> None:
    config = settings(condition={"properties": ("tpsa", "assay")})
    rows = {"train": np.array([3, 1, 7]), "valid": np.array([2])}
    every = annotate(corpus, config)
    some = annotate(corpus, config, rows=rows, former=every.attributes)
    for name, chosen in rows.items():
        all_values, values = every.splits[name].conditions, some.splits[name].conditions
        assert all_values is not None
        np.testing.assert_array_equal(values, all_values[chosen])


@pytest.mark.parametrize(("share", "labeled"), [(0.5, 4), (0.25, 4), (0.5, 30), (0.5, 0)])
def test_few_labeled_molecules_come_more_often(corpus: Corpus, share: float, labeled: int) -> None:
    split = corpus["train"]
    labels = np.full((len(split), 1), np.nan, np.float32)
    labels[:labeled] = 1.0
    batches = Batches(split, 8, seed=0, annotations=Annotations(labels=labels), labeled_share=share)
    epoch = np.concatenate([batches.rows(Cursor(0, n)) for n in range(batches.per_epoch)])
    times = np.bincount(epoch, minlength=len(split))
    assert (times[labeled:] == 1).all()
    assert len(set(times[:labeled])) <= 1
    if 0 < labeled < share * len(split):
        assert (epoch < labeled).mean() == pytest.approx(share, abs=0.06)
    else:
        assert len(epoch) == len(split)
