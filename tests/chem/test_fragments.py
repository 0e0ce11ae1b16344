import pytest
from rdkit import Chem
from rdkit.Chem import AllChem

from molvae.chem.fragments import brics_fragments, moses_scaffold, scaffold
from molvae.chem.molecule import parse


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", ""),
        ("C", ""),
        ("Cc1ccccc1O", "c1ccccc1"),
        ("CC(C)c1ccc(CCN2CCOCC2)cc1", "c1ccc(CCN2CCOCC2)cc1"),
        ("O=C1CCCN1C", "O=C1CCCN1"),
    ],
)
def test_scaffold(smiles, expected):
    assert scaffold(parse(smiles)) == expected


def test_a_scaffold_is_its_own_scaffold():
    for smiles in ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC(=O)Nc1ccc(OCC2CC2)cc1", "C[C@H]1CCCC[C@@H]1O"):
        once = scaffold(parse(smiles))
        assert scaffold(parse(once)) == once


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", None),
        ("Cc1ccccc1O", None),  # one ring
        ("c1ccc2ccccc2c1", "c1ccc2ccccc2c1"),
        ("CC(C)c1ccc(CCN2CCOCC2)cc1", "c1ccc(CCN2CCOCC2)cc1"),
    ],
)
def test_moses_counts_scaffolds_of_two_rings(smiles, expected):
    assert moses_scaffold(parse(smiles)) == expected


def test_brics_fragments_of_an_amide():
    assert brics_fragments(parse("CCOC(=O)c1ccccc1")) == [
        "[1*]C([6*])=O",
        "[16*]c1ccccc1",
        "[3*]O[3*]",
        "[4*]CC",
    ]
    assert brics_fragments(parse("CC")) == ["CC"]


BRICS_MOLECULES = [
    "CC(=O)Nc1ccc(OCC2CC2)cc1",
    "CCCC/C=C/C=C\\C=O",
    "CCCCC[C@H](O)/C=C/[C@H]1[C@H](O)CC(=O)[C@@H]1CCCCCCC(=O)O",
    "Cc1n[nH]c(C)c1NC(=O)C[NH+]1CCC[C@@H]1CNC(=O)OC(C)(C)C",
    "C1CC2CCC1(C2)C12CCC(CC1)N2",
    "O=S(=O)(NC1CC1)c1ccc(-n2cccn2)cc1",
    "CSCC1CCN(C(=O)c2ccncc2)C1",
    "O=C1CCCN1c1ccccc1",
    "O=C1CCC(=O)N1CC#N",
    "CC=CCN=CC(C)=C(C)C",
    "[2H]C([2H])([2H])OCC",
    "[Na+].[O-]C(=O)CCOc1ccccc1",
    "N->[Cu]",
]


def test_brics_fragments_are_those_of_rdkit():
    cores = ["c1cc({})cnc1{}", "C1CC({})N({})C1", "C1CCC2({})CC2C1{}", "O=C1CC({})C(=O)N1{}"]
    parts = ["F", "C(=O)OC", "NC(=O)C", "S(=O)(=O)N", "OCC", "C1CC1", "c1ccco1", "C=CC", "SC"]
    made = [core.format(a, b) for core in cores for a in parts for b in parts]
    for smiles in BRICS_MOLECULES + made + made[::-1]:
        mol = parse(smiles)
        expected = Chem.MolToSmiles(AllChem.FragmentOnBRICSBonds(mol)).split(".")
        assert brics_fragments(mol) == expected, smiles
