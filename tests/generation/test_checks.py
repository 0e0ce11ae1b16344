import numpy as np
import pandas as pd
import pytest

from molvae.data.attributes import fit_attributes
from molvae.errors import GenerationError
from molvae.generation.checks import check_count, checked_latents, head_names


def test_counts_are_not_negative() -> None:
    check_count(0, "n")
    with pytest.raises(GenerationError, match="n = -1"):
        check_count(-1, "n")


def test_latents_have_the_models_shape_and_are_finite() -> None:
    assert checked_latents(np.ones((2, 3)), 3).dtype == np.float32
    for wrong in (np.ones(3), np.ones((2, 4)), np.full((2, 3), np.nan)):
        with pytest.raises(GenerationError):
            checked_latents(wrong, 3)


def test_given_latents_are_not_changed() -> None:
    given = np.ones((1, 2), np.float32)
    checked_latents(given, 2)[0, 0] = 5.0
    assert given[0, 0] == pytest.approx(1.0)


def test_heads_by_name() -> None:
    heads = fit_attributes(pd.DataFrame({"a": [1, 2], "b": [3, 4]}), ["a", "b"])
    assert head_names(heads) == ["a", "b"]
    assert head_names(heads, ["b"]) == ["b"]
    with pytest.raises(GenerationError, match="no property head 'c': this model has a, b"):
        head_names(heads, ["b", "c"])
    with pytest.raises(GenerationError, match="molvae train FILE --fit-heads"):
        head_names(())
