"""Whatever the walk, a conditional model is told the molecule's own values or the targets given."""

import pandas as pd
import pytest

from molvae.errors import GenerationError
from molvae.generation import Generator

A = "CCNCCO"


@pytest.fixture
def told(conditional: Generator, monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    heard: list[pd.DataFrame] = []
    decode = conditional.decode

    def listen(z, n=1, *, conditions=None, **rest):
        if conditions is not None:
            heard.append(conditions)
        return decode(z, n, conditions=conditions, **rest)

    monkeypatch.setattr(conditional, "decode", listen)
    return heard


def walk_all(model: Generator, **options) -> None:
    model.neighbors(A, 3, max_tries=100, **options)
    model.resample(A, 10, **options)
    model.traverse(A, [0], steps=3, attempts=1, **options)
    model.grid(A, (0, 1), 2, attempts=1, **options)


def test_walks_keep_the_properties_of_their_molecule(
    conditional: Generator, told: list[pd.DataFrame]
) -> None:
    walk_all(conditional)
    own = conditional.conditions_of([A])
    for table in told:
        assert (table["heavy_atoms"] == own["heavy_atoms"].iloc[0]).all()
        assert table["last"].isna().all()


def test_targets_take_their_place(conditional: Generator, told: list[pd.DataFrame]) -> None:
    walk_all(conditional, conditions={"heavy_atoms": 9}, guidance=2.0)
    for table in told:
        assert (table["heavy_atoms"] == 9).all()
        assert table["logp"].notna().all()


def test_around_the_origin_everything_is_free(
    conditional: Generator, told: list[pd.DataFrame]
) -> None:
    conditional.traverse(None, [0], steps=3, attempts=1)
    assert all(table.isna().all(axis=None) for table in told)


def test_unknown_targets_are_refused(conditional: Generator) -> None:
    with pytest.raises(GenerationError, match="unknown condition 'weight'"):
        conditional.neighbors(A, conditions={"weight": 100})


def test_the_constraint_can_be_switched(generator: Generator) -> None:
    for constrained in (True, False):
        walk = generator.resample(A, 60, temperature=2.5, constrained=constrained)
        if constrained:
            held = walk.facts["validity"]
    assert held > walk.facts["validity"]
