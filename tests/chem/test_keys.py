"""Keys tell known molecules from new ones, in any order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from molvae.chem import are_known, molecule_keys

WORDS = st.lists(st.text(max_size=12), max_size=40)


@given(known=WORDS, asked=WORDS)
def test_known_is_membership(known: list[str], asked: list[str]) -> None:
    keys = molecule_keys(known)
    assert are_known(asked, keys).tolist() == [word in set(known) for word in asked]


def test_keys_are_sorted_distinct_and_always_the_same() -> None:
    keys = molecule_keys(["CCO", "C", "CCO"])
    assert keys.dtype == np.int64
    assert len(keys) == 2
    assert keys.tolist() == sorted(keys.tolist())
    assert keys.tolist() == molecule_keys(iter(["C", "CCO"])).tolist()
