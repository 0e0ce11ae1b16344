"""What RDKit allows an atom, against molecules that show it."""

import pytest

from molvae.chem import is_valid
from molvae.chem.bonding import Bond, PiNeed, holds, pi_need, read_atom


def bonds(**counts: int) -> tuple[int, ...]:
    return tuple(counts.get(kind.name.lower(), 0) for kind in Bond)


@pytest.mark.parametrize(
    ("text", "count", "shown"),
    [
        ("C", 4, "C(C)(C)(C)C"),
        ("C", 5, "C(C)(C)(C)(C)C"),
        ("N", 3, "N(C)(C)C"),
        ("N", 4, "N(C)(C)(C)C"),
        ("[N+]", 4, "[N+](C)(C)(C)C"),
        ("S", 6, "S(C)(C)(C)(C)(C)C"),
        ("[CH3]", 1, "[CH3]C"),
        ("[CH3]", 2, "[CH3](C)C"),
        ("F", 2, "F(C)C"),
    ],
)
def test_valences_are_those_of_molecules(text: str, count: int, shown: str) -> None:
    assert holds(text, bonds(single=count)) == is_valid(shown)


def test_what_rdkit_repairs_holds() -> None:
    assert holds("N", bonds(single=1, double_to_o=2))
    assert not holds("N", bonds(single=1, double=2))
    assert holds("N", bonds(double=1, triple_to_n=1))
    assert holds("Cl", bonds(single_to_o=1, double_to_o=3))


@pytest.mark.parametrize(
    ("text", "counts", "need"),
    [
        ("c", {"aromatic": 2}, (True, False)),
        ("c", {"aromatic": 3}, (True, False)),
        ("c", {"aromatic": 2, "double_to_o": 1}, (False, True)),
        ("n", {"aromatic": 2}, (True, False)),
        ("n", {"aromatic": 2, "single": 1}, (False, True)),
        ("n", {"aromatic": 3}, (False, True)),
        ("n", {"aromatic": 2, "double_to_o": 1}, (True, False)),
        ("[nH]", {"aromatic": 2}, (False, True)),
        ("[n+]", {"aromatic": 2, "single": 1}, (True, False)),
        ("o", {"aromatic": 2}, (False, True)),
        ("s", {"aromatic": 2}, (False, True)),
        ("c", {"aromatic": 1, "single": 1}, (True, False)),
        ("c", {"single": 1}, (False, False)),
        ("c", {"single": 2}, (False, True)),
    ],
)
def test_aromatic_atoms_need_a_double_bond_or_none(
    text: str, counts: dict[str, int], need: tuple[bool, bool]
) -> None:
    assert pi_need(text, bonds(**counts)) == PiNeed(*need)


def test_atoms_are_read_without_what_does_not_matter() -> None:
    assert read_atom("[13C@@H:2]") == read_atom("[CH]")
    assert read_atom("[nH]") != read_atom("n")
    assert read_atom("[Fe]").metal  # type: ignore[union-attr]
    assert not read_atom("[Se]").metal  # type: ignore[union-attr]
    for text in ("", "CC", "[Xx]", "(", "1", "["):
        assert read_atom(text) is None
