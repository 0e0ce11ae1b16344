"""The automaton of atoms against RDKit's own valences."""

from itertools import product

from molvae.chem.bonding import Bond, holds, pi_need, read_atom
from molvae.generation.constraint.atom_graph import RESERVE, RESOLVE, WILD
from molvae.generation.constraint.atoms import NONE, atom_classes

ATOMS = ["C", "N", "O", "F", "S", "P", "[N+]", "[O-]", "[nH]", "c", "n", "o", "s", "[n+]", "[C@@H]"]


def test_every_way_of_bonding_ends_as_rdkit_says() -> None:
    atoms = atom_classes(ATOMS)
    kinds = (Bond.SINGLE, Bond.DOUBLE, Bond.TRIPLE, Bond.AROMATIC)
    for text in ATOMS:
        aromatic = read_atom(text).aromatic  # type: ignore[union-attr]
        for bonds in (b for size in range(5) for b in product(kinds, repeat=size)):
            if Bond.AROMATIC in bonds and not aromatic:
                continue
            group = atoms.first[text]
            for bond in bonds:
                group = atoms.after[group][bond] if group != NONE else NONE
            counts = tuple(bonds.count(kind) for kind in Bond)
            valid = holds(text, counts) and (not aromatic or any(pi_need(text, counts)))
            assert (group != NONE and atoms.complete[group]) == valid, (text, bonds)


def test_atoms_with_the_same_future_are_one_class() -> None:
    atoms = atom_classes(["C", "[13CH4]", "[C@H]", "[C@@H]", "[CH]", "F", "O", "[OH]"])
    assert atoms.first["[C@H]"] == atoms.first["[C@@H]"] == atoms.first["[CH]"]
    after_three = atoms.first["C"]
    for _ in range(3):
        after_three = atoms.after[after_three][Bond.SINGLE]
    assert after_three == atoms.first["F"]


def test_atoms_can_be_added_later() -> None:
    atoms = atom_classes(["C", "O"])
    before = dict(atoms.first), list(atoms.after)
    atoms.add(["[NH2]", "C", "no atom", "[Fe]", "*"])
    assert atoms.first.items() >= before[0].items()
    assert atoms.after[: len(before[1])] == before[1]
    assert atoms.first["[Fe]"] == atoms.first["*"] == WILD
    assert "no atom" not in atoms.first
    atoms.add(["[CH5]", "[OH3]"])
    assert "[CH5]" not in atoms.first and "[OH3]" not in atoms.first
    assert atoms.complete[atoms.after[atoms.first["[NH2]"]][Bond.SINGLE]]
    assert atoms.after[atoms.after[atoms.first["[NH2]"]][Bond.SINGLE]][Bond.SINGLE] == NONE


def test_an_open_ring_number_is_a_bond_to_come() -> None:
    atoms = atom_classes(["O", "F"])
    opened = atoms.after[atoms.first["F"]][RESERVE]
    assert atoms.after[opened][Bond.SINGLE] == NONE
    assert not atoms.complete[opened]
    assert atoms.complete[atoms.after[opened][RESOLVE + Bond.SINGLE]]
    assert atoms.after[opened][RESOLVE + Bond.DOUBLE] == NONE
