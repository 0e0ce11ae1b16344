import pytest
from rdkit import Chem
from rdkit.Chem import QED

from molvae.chem.molecule import parse
from molvae.chem.screen import Screen

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "O=C1C=CC(=O)C=C1",
    "FC(F)(F)C(F)(F)C(F)(F)C(F)(F)F",
    "Nc1ccc(N=Nc2ccccc2)cc1",
    "CN(C)c1ccc(C=C(C#N)C#N)cc1",
    "C[N+](C)(C)CC(=O)[O-]",
    "CCOP(=S)(OCC)SCCl",
    "[H][H]",
    "N[Pt](N)(Cl)Cl",
    "c1ccc2[nH]ccc2c1",
    "O=[N+]([O-])c1ccc(O)cc1",
    "CC(C)=C(C)C#CSSCBr",
]


def test_the_screen_keeps_every_match():
    """A query drawn from a molecule itself must be a candidate for it."""
    mols = [parse(smiles) for smiles in MOLECULES]
    queries = [Chem.MolFromSmarts(Chem.MolToSmarts(mol)) for mol in mols]
    screen = Screen(queries)
    for mol in mols:
        matches = [index for index, query in enumerate(queries) if mol.HasSubstructMatch(query)]
        assert set(matches) <= set(screen.candidates(mol))


def test_the_screen_keeps_every_match_of_queries_made_by_hand():
    screen = Screen(QED.StructuralAlerts)
    for smiles in MOLECULES:
        mol = parse(smiles)
        matches = {
            index
            for index, query in enumerate(QED.StructuralAlerts)
            if mol.HasSubstructMatch(query)
        }
        assert matches <= set(screen.candidates(mol)), smiles


@pytest.mark.parametrize(
    ("smarts", "smiles", "candidate"),
    [
        ("[#7](-[#1])-[#1]", "CCN", True),
        ("[#7](-[#1])-[#1]", "CNC", False),
        ("[#6]=[#8]", "CCO", False),
        ("[#6]=&!@[#8]", "CC=O", True),
        ("c-[#7]", "CCO", False),
        ("[#6,#7]~*", "O=O", False),
        ("[#7&H2,$([#8])]", "O", True),
        ("[#16;$([#16]-[#6])]", "CO", False),
    ],
)
def test_what_an_atom_asks_for(smarts, smiles, candidate):
    screen = Screen([Chem.MolFromSmarts(smarts)])
    assert screen.candidates(parse(smiles)) == ([0] if candidate else [])
