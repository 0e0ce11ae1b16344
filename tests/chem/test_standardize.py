import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.MolStandardize import rdMolStandardize

from molvae.chem.molecule import Mol, canonicalize, parse, quiet, to_smiles
from molvae.chem.standardize import Standardizer, standardize
from molvae.config import StandardizeConfig
from molvae.errors import MoleculeError

MESS = [
    "[Na+].CC(=O)[O-]",
    "CC(=O)O[Na]",
    "Cl.CCN",
    "[NH3+]CC(=O)[O-]",
    "C[N+](C)(C)CC(=O)[O-]",
    "CC[NH3+].[Cl-]",
    "O=[N+]([O-])c1ccccc1",
    "O=N(=O)c1ccc([O-])cc1.[K+]",
    "[O-][n+]1ccccc1",
    "[13CH3]C([2H])([2H])O",
    "C[C@H]([2H])O",
    "[CH3:1][CH2:2][OH:3]",
    "[H]OC",
    "[H][H]",
    "[Na+].[Cl-]",
    "N[Pt](N)(Cl)Cl",
    "[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1",
    "CCCC[Sn](CCCC)(CCCC)O[Sn](CCCC)(CCCC)CCCC",
    "C[Hg]Cl",
    "F[Sb-](F)(F)(F)(F)F.[Na+]",
    "CCO.CCO.O",
    "OC(=O)CC(O)(CC(O)=O)C(O)=O.[K+].[K+].NC",
    "*CC",
    "C[S+](C)[O-]",
    "[O-]S(=O)(=O)c1ccccc1.c1cc[nH+]cc1",
    "F/C=C/[C@@H](O)[NH3+]",
    "CC(=O)[O-].[Ca+2].CC(=O)[O-]",
    "[C-]#N.[K+]",
    "[N-]=[N+]=NCC[O-]",
    "O=c1cc[nH]c(=O)[n-]1.[Li+]",
]
CONFIGS = [
    StandardizeConfig(),
    StandardizeConfig(stereo="strip", isotopes="keep"),
    StandardizeConfig(largest_fragment=False),
    StandardizeConfig(neutralize=False),
    StandardizeConfig(tautomer=True),
]


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("[Na+].CC(=O)[O-]", "CC(=O)O"),
        ("CC(=O)O[Na]", "CC(=O)O"),
        ("Cl.CCN", "CCN"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O"),
        ("[13CH3]C([2H])([2H])O", "CCO"),
        ("[CH3:1][CH2:2][OH:3]", "CCO"),
        ("C[C@H]([2H])O", "CCO"),
        ("O=N(=O)c1ccccc1", "O=[N+]([O-])c1ccccc1"),
        ("C[N+](C)(C)CC(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]"),
        ("[Na+].[Cl-]", "Cl"),
        ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "c1cc[cH-]c1"),
        ("F/C=C/[C@@H](O)[NH3+]", "N[C@H](O)/C=C/F"),
    ],
)
def test_default_form(smiles, expected):
    assert standardize(smiles) == canonicalize(expected)


def test_each_step_can_be_left_out():
    assert "." in standardize("CCN.Cl", StandardizeConfig(largest_fragment=False))
    assert standardize("CC[NH3+]", StandardizeConfig(neutralize=False)) == "CC[NH3+]"
    assert standardize("[13CH4]", StandardizeConfig(isotopes="keep")) == "[13CH4]"
    assert standardize("C[C@H](N)O", StandardizeConfig(stereo="strip")) == "CC(N)O"
    assert standardize("F/C=C/F", StandardizeConfig(stereo="strip")) == "FC=CF"
    assert standardize("CC(O)=CC", StandardizeConfig(tautomer=True)) == "CCC(C)=O"
    assert standardize("Oc1ccccn1", StandardizeConfig()) == "Oc1ccccn1"


def test_disabled_canonicalizes_and_nothing_else():
    assert standardize("[Na+].[O-]C", StandardizeConfig(enabled=False)) == "C[O-].[Na+]"


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config)[:60])
def test_the_result_is_a_fixed_point(config):
    standardizer = Standardizer(config)
    for smiles in MESS:
        once = to_smiles(standardizer(parse(smiles)))
        assert to_smiles(standardizer(parse(once))) == once, smiles


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(MESS), min_size=1, max_size=3))
def test_mixtures_reach_a_fixed_point(parts):
    once = standardize(".".join(parts))
    assert standardize(once) == once
    assert "." not in once


def test_the_argument_is_not_changed():
    standardizer = Standardizer(StandardizeConfig(stereo="strip"))
    for smiles in MESS:
        mol = parse(smiles)
        before = to_smiles(mol)
        standardizer(mol)
        assert to_smiles(mol) == before


def test_a_plain_molecule_passes_as_it_is():
    mol = parse("CC(=O)Oc1ccccc1C(=O)O")
    assert Standardizer(StandardizeConfig())(mol) is mol


def test_fragments_and_charges_as_rdkit():
    """The screens that skip a step never skip one that RDKit would have taken."""
    config = StandardizeConfig(isotopes="keep")
    chooser = rdMolStandardize.LargestFragmentChooser(preferOrganic=True)
    uncharger = rdMolStandardize.Uncharger()
    special = {"CC(=O)O[Na]", "[CH3:1][CH2:2][OH:3]", "[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1"}
    for smiles in [text for text in MESS if text not in special]:
        mol = parse(smiles)
        with quiet():
            expected = to_smiles(uncharger.uncharge(chooser.choose(mol)))
        if parse(expected) is not None:
            assert standardize(smiles, config) == canonicalize(expected)


def test_hydrogens_that_are_atoms_are_folded_in():
    mol = Chem.AddHs(parse("CCO"))
    assert to_smiles(Standardizer(StandardizeConfig())(mol)) == "CCO"


def test_what_is_no_molecule_is_an_error():
    with pytest.raises(MoleculeError, match="is not a molecule"):
        standardize("C1CC")


def test_a_failing_step_is_one_line(monkeypatch):
    standardizer = Standardizer(StandardizeConfig())

    def fail(mol: Mol) -> Mol:
        raise RuntimeError("Pre-condition\n\tviolated")

    standardizer._steps = (fail,)
    with pytest.raises(MoleculeError, match=r"^cannot be standardized: Pre-condition violated$"):
        standardizer(parse("[O-]C"))
