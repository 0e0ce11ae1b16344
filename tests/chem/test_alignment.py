import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import rdFMCS

from molvae.chem.alignment import changed_atoms, common_atoms
from molvae.chem.molecule import parse

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "CCOC(=O)c1cccnc1",
    "CCSC(=O)c1ccccc1",
    "O=C(Nc1ccccc1)c1cccs1",
    "C[C@H](N)C(=O)O",
    "F/C=C/F",
    "[Na+].[Cl-]",
    "C",
    "CC",
    "C1CCCCC1",
    "C1CCCC1",
    "C[N+](C)(C)CC(=O)[O-]",
]
NEUTRAL = [smiles for smiles in SMILES if not set("+-") & set(smiles)]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("Cc1ccccc1", "CCc1ccccc1", {0}),
        ("c1ccccc1C", "c1ccncc1C", {3}),
        ("CCOCCC", "CCSCCC", {2}),
        ("CC(=O)O", "CC(=O)[O-]", {3}),
        ("c1ccccc1CC", "c1ccsc1CC", {0, 1, 2, 3, 4}),
        ("C1CCCCC1O", "C1CCCC1O", {0, 1, 2, 3, 4}),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", {1}),
        ("F/C=C/Cl", "F/C=C\\Cl", {1, 2}),
        ("OCC", "CCO", set()),
        ("C[C@H](N)C(=O)O", "N[C@@H](C)C(=O)O", set()),
        ("C", "N", {0}),
        ("C", "CO", {1}),
        ("[Na+].[Cl-]", "[K+].[Cl-]", {0}),
    ],
)
def test_what_a_chemist_would_say_has_changed(before, after, changed):
    assert set(changed_atoms(parse(before), parse(after))) == changed


@given(st.sampled_from(SMILES), st.sampled_from(SMILES))
@settings(max_examples=40, deadline=None)
def test_kept_atoms_are_a_common_substructure(first, second):
    """One to one, with the same elements, charges and membership in rings."""
    mols = parse(first), parse(second)
    match = common_atoms(*mols)
    assert set(match.kept) <= set(match.guide)
    for side in range(2):
        assert len({pair[side] for pair in match.guide}) == len(match.guide)
    for a, b in match.kept:
        one, other = mols[0].GetAtomWithIdx(a), mols[1].GetAtomWithIdx(b)
        assert one.GetSymbol() == other.GetSymbol()
        assert one.GetFormalCharge() == other.GetFormalCharge()
        assert one.IsInRing() == other.IsInRing()


@given(st.sampled_from(NEUTRAL), st.sampled_from(NEUTRAL))
@settings(max_examples=30, deadline=None)
def test_no_less_is_kept_than_rdkit_finds_with_whole_rings(first, second):
    """RDKit's own common substructure of whole rings is a lower bound, stereo aside."""
    plain = [Chem.MolFromSmiles(Chem.CanonSmiles(s, useChiral=0)) for s in (first, second)]
    found = rdFMCS.FindMCS(
        plain,
        matchValences=False,
        ringMatchesRingOnly=True,
        completeRingsOnly=True,
        timeout=5,
    )
    assert len(common_atoms(*plain).kept) >= found.numAtoms


def test_the_same_molecule_written_anew_keeps_all():
    rng = np.random.default_rng(0)
    for smiles in SMILES:
        mol = parse(smiles)
        order = [int(index) for index in rng.permutation(mol.GetNumAtoms())]
        other = parse(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False))
        assert changed_atoms(mol, other) == ()


def test_large_molecules_end_in_time_and_alike():
    """The search is cut after a number of steps, not after a time."""
    large = [
        parse("CC(C)(C)C1CC2CC3CC4CC5CC6CC7CCCCC7CC6CC5CC4CC3CC2CC1C(C)(C)C"),
        parse("C1CCC2C(C1)CCC1C2CCC2C1CCC1C2CCC2C1CCC1C2CCC2CCCCC21"),
        parse("C" * 90),
    ]
    for first, second in itertools.combinations(large, 2):
        match = common_atoms(first, second)
        assert match == common_atoms(first, second)
