"""scikit-learn takes a generator for one of its own: pipelines, clones, searches."""

import ast
import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils import estimator_html_repr, get_tags

from molvae.chem import property_table
from molvae.errors import ConfigError, MoleculeError
from molvae.generation import Generator, transformer


@pytest.fixture(scope="module")
def logp(chains: list[str]) -> np.ndarray:
    return property_table(chains, ["logp"], workers=1)["logp"].to_numpy()


@pytest.fixture
def pipeline(generator: Generator) -> Pipeline:
    return Pipeline([("latent", generator), ("ridge", Ridge(alpha=1.0))])


def test_from_smiles_to_logp(pipeline: Pipeline, chains: list[str], logp: np.ndarray) -> None:
    scores = cross_val_score(pipeline, chains, logp, cv=3)
    assert scores.min() > 0.7
    pipeline.fit(chains[:600], logp[:600])
    assert pipeline.score(chains[600:], logp[600:]) > 0.7


def test_transform_is_encode(generator: Generator, chains: list[str]) -> None:
    z = generator.encode(chains[:20])
    assert generator.fit(chains[:20]) is generator
    for given in (
        chains[:20],
        tuple(chains[:20]),
        np.array(chains[:20]),
        np.array(chains[:20], dtype=object)[:, None],
        pd.Series(chains[:20], index=range(5, 25)),
        pd.DataFrame({"drug": chains[:20]}),
        pd.DataFrame({"logp": range(20), "smiles": chains[:20]}),
    ):
        assert generator.fit_transform(given) == pytest.approx(z)
    names = generator.get_feature_names_out()
    assert names.tolist() == [f"z{place}" for place in range(z.shape[1])]


def test_inverse_transform_is_greedy(generator: Generator, chains: list[str]) -> None:
    z = generator.transform(chains[:20])
    written = generator.inverse_transform(z)
    assert written == [texts[0] for texts in generator.decode(z, method="greedy")]
    assert sum(a == b for a, b in zip(written, chains, strict=False)) > 5


def test_what_cannot_be_encoded_is_an_error(generator: Generator) -> None:
    with pytest.raises(MoleculeError, match="molecule 1 \\('CCBr'\\)"):
        generator.transform(["CCO", "CCBr"])
    with pytest.raises(MoleculeError, match="not one string"):
        generator.transform("CCO")
    with pytest.raises(MoleculeError, match="one SMILES for each row"):
        generator.transform(np.array([["CCO", "CCN"]]))


def test_clones_share_the_weights(pipeline: Pipeline, generator: Generator) -> None:
    copied = clone(pipeline)
    assert copied is not pipeline
    assert copied["latent"] is not generator
    assert copied["latent"].saved is generator.saved
    assert copied["latent"].get_params() == generator.get_params()


def test_parameters(generator: Generator) -> None:
    other = clone(generator)
    assert other.set_params(precision="bfloat16") is other
    assert other.get_params()["precision"] == "bfloat16"
    assert "bfloat16" in repr(other)
    assert generator.get_params()["precision"] == "float32"
    with pytest.raises(ConfigError, match="unknown parameter 'alpha'"):
        other.set_params(alpha=1)


def test_a_grid_search(pipeline: Pipeline, chains: list[str], logp: np.ndarray) -> None:
    grid = {"ridge__alpha": [1e-2, 1e6], "latent__precision": ["float32"]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(chains[:300], logp[:300])
    assert search.best_params_["ridge__alpha"] == pytest.approx(1e-2)
    assert search.best_score_ > 0.6


def test_in_a_column_transformer(generator: Generator, chains: list[str]) -> None:
    table = pd.DataFrame({"smiles": chains[:30], "weight": np.arange(30.0)})
    both = ColumnTransformer([("latent", generator, "smiles"), ("same", "passthrough", ["weight"])])
    features = both.fit_transform(table)
    assert features.shape == (30, generator.latent_size + 1)
    assert both.get_feature_names_out()[0] == "latent__z0"


def test_tags_display_and_pickling(pipeline: Pipeline, generator: Generator) -> None:
    tags = get_tags(generator)
    assert tags.input_tags.string
    assert not tags.requires_fit
    assert "Ridge" in estimator_html_repr(pipeline)
    assert "Generator" in repr(pipeline)
    again = pickle.loads(pickle.dumps(generator))
    assert again.encode(["CCO"]) == pytest.approx(generator.encode(["CCO"]), abs=1e-5)


def test_molvae_does_not_import_scikit_learn() -> None:
    body = ast.parse(inspect.getsource(transformer)).body
    imported = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imported
    assert not any("sklearn" in ast.unparse(node) for node in imported)
