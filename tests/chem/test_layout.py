import numpy as np
import pytest
from rdkit import Chem

from molvae.chem.alignment import common_atoms
from molvae.chem.fitting import grow, shared_bond_length, turn_to_fit
from molvae.chem.layout import lay_out, lay_out_like
from molvae.chem.molecule import parse

PAIRS = [
    ("Cc1ccccc1C(=O)O", "CCc1ccccc1C(=O)NC"),
    ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "CCn1cnc2c1c(=O)[nH]c(=O)n2C"),
    ("O=C(Nc1ccccc1)c1ccncc1", "O=C(Nc1ccc(F)cc1)c1ccccc1"),
    ("CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Oc1ccccc1C(C)C(=O)O"),
]


def places(mol):
    return mol.GetConformer().GetPositions()[:, :2]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_atoms_in_common_have_the_same_place(first, second):
    model, mol = lay_out(parse(first)), parse(second)
    match = common_atoms(model, mol)
    laid = lay_out_like(mol, model, match)
    assert len(match.kept) >= 8
    there, here = (list(side) for side in zip(*match.kept, strict=True))
    assert places(laid)[here] == pytest.approx(places(model)[there], abs=0.05)


def test_a_model_that_is_turned_turns_the_other():
    """Not by chance: a model turned by 90 degrees is followed."""
    model, mol = lay_out(parse(PAIRS[0][0])), parse(PAIRS[0][1])
    for atom, (x, y) in enumerate(places(model)):
        model.GetConformer().SetAtomPosition(atom, (-y, x, 0.0))
    match = common_atoms(model, mol)
    laid = lay_out_like(mol, model, match)
    there, here = (list(side) for side in zip(*match.kept, strict=True))
    assert places(laid)[here] == pytest.approx(places(model)[there], abs=0.05)


@pytest.mark.parametrize(
    ("first", "second"),
    [("CC/C=C/CCO", "CC/C=C\\CCO"), ("C/C(F)=C(/C)Cl", "C/C(F)=C(\\C)Cl")],
)
def test_a_picture_never_shows_the_other_isomer(first, second):
    """Z must not lie like its E model: read from the coordinates, it is itself."""
    model, mol = lay_out(parse(first)), parse(second)
    laid = lay_out_like(mol, model, common_atoms(model, mol))
    read = Chem.MolFromMolBlock(Chem.MolToMolBlock(laid))
    assert Chem.MolToSmiles(read) == Chem.CanonSmiles(second)


def test_chirality_survives():
    for smiles in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "O[C@H]1CC[C@@H](F)CC1"):
        model = lay_out(parse("C[C@@H](N)C(=O)O"))
        mol = parse(smiles)
        laid = lay_out_like(mol, model, common_atoms(model, mol))
        read = Chem.MolFromMolBlock(Chem.MolToMolBlock(laid))
        assert Chem.MolToSmiles(read) == Chem.CanonSmiles(smiles)


def test_little_in_common_gives_a_picture_of_its_own():
    mol = parse("C1CCCCC1")
    laid = lay_out_like(mol, lay_out(parse("N#N")), common_atoms(parse("N#N"), mol))
    assert places(laid) == pytest.approx(places(lay_out(mol)))


def test_the_shared_bond_length_is_that_of_the_widest():
    wide, small = lay_out(parse("Nc1ccc(-c2ccc(N)cc2)cc1")), lay_out(parse("CCO"))
    cell = (150, 120)
    assert shared_bond_length([wide, small], cell) == shared_bond_length([wide], cell)
    assert shared_bond_length([wide], cell) < shared_bond_length([small], cell)
    ratio = shared_bond_length([wide], (300, 240)) / shared_bond_length([wide], cell)
    assert 1.3 < ratio < 2.2  # labels and the longest bond allowed bound it
    assert shared_bond_length([], cell) > 0


def test_one_giant_does_not_make_all_others_tiny():
    normal = [lay_out(parse(smiles)) for smiles in ("c1ccccc1C", "CCOCC", "CC(=O)NC")]
    giant = lay_out(parse("C" * 80))
    alone = shared_bond_length(normal, (150, 120))
    assert shared_bond_length([*normal, giant], (150, 120)) > 0.5 * alone


def test_tall_molecules_are_turned_all_alike():
    tall = lay_out(parse("CCCCCCCCCCCC"))
    for atom, (x, y) in enumerate(places(tall)):
        tall.GetConformer().SetAtomPosition(atom, (-y, x, 0.0))
    turned = turn_to_fit([tall, tall], (150, 100))
    assert np.ptp(places(turned[0])[:, 0]) > np.ptp(places(turned[0])[:, 1])
    assert places(turned[0]) == pytest.approx(places(turned[1]))
    gaps = [np.linalg.norm(np.diff(places(mol), axis=0), axis=1) for mol in (tall, turned[0])]
    assert gaps[0] == pytest.approx(gaps[1])


def test_cells_grow_only_where_bonds_are_short():
    assert grow((100, 80), 30.0) == (100, 80)
    assert grow((100, 80), 5.0) == (120, 96)
