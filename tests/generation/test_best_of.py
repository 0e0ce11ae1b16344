"""Of several molecules drawn for the same targets, the nearest is kept."""

import numpy as np
import pytest

from molvae.chem import property_table
from molvae.errors import GenerationError
from molvae.generation import Generator
from molvae.generation.best_of import nearest_of_each
from molvae.generation.conditions import read_targets


def test_the_nearest_of_each_group_is_found(conditional: Generator):
    targets = read_targets({"heavy_atoms": 4}, conditional.conditions)
    smiles = ["CC", "CCCC", "CCCCCC", "CCCCC", "CO", "C"]
    assert nearest_of_each(smiles, targets, 3).tolist() == [1, 3]


def test_what_is_no_molecule_is_never_the_nearest(conditional: Generator):
    targets = read_targets({"heavy_atoms": 1}, conditional.conditions)
    assert nearest_of_each(["CCCCCCCC", "C(C", "x"], targets, 3).tolist() == [0]


def test_distances_add_up_in_standard_deviations(conditional: Generator):
    targets = read_targets({"heavy_atoms": 5, "logp": 1.0}, conditional.conditions)
    rng = np.random.default_rng(0)
    smiles = ["".join(rng.choice(list("CNO"), rng.integers(1, 9))) for _ in range(12)]
    table = property_table(smiles, ["heavy_atoms", "logp"])
    size, logp = (target.attribute for target in targets)
    far = ((table["heavy_atoms"] - 5) / size.std) ** 2 + ((table["logp"] - 1) / logp.std) ** 2
    expected = [start + int(np.argmin(far[start : start + 4])) for start in (0, 4, 8)]
    assert nearest_of_each(smiles, targets, 4).tolist() == expected


def test_more_candidates_come_nearer(conditional: Generator):
    found = [
        conditional.sample(40, conditions={"logp": 0.5}, best_of=best_of, unique=False).summary
        for best_of in (1, 4)
    ]
    assert found[1].drawn > found[0].returned * 4 - 1
    assert found[1].returned == 40
    assert found[1].conditions[0].mad < 0.7 * found[0].conditions[0].mad
    assert "best of 4" in str(found[1])
    assert "best of" not in str(found[0])


@pytest.mark.parametrize(
    ("best_of", "conditions", "words"),
    [(0, {"logp": 1.0}, "1 or more"), (2, None, "condition"), (2, {"last": "oxygen"}, "computed")],
)
def test_there_must_be_something_to_compare(conditional: Generator, best_of, conditions, words):
    with pytest.raises(GenerationError, match=words):
        conditional.sample(3, conditions=conditions, best_of=best_of)
