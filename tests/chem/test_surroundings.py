import re

import pytest
from rdkit import Chem

from molvae.chem.molecule import parse
from molvae.chem.surroundings import CHAIN_OF_RING_BOND, surroundings

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C12C3C4C1C5C4C3C25",
    "C1CC12CCC2CC#N",
    "O=C1C=CC(=O)C=C1.[Na+].[Cl-]",
    "C[C@H](F)/C=C/[13CH2]c1ccc2[nH]ccc2c1",
    "c1ccc(-c2ccccc2)cc1",
    "C1CC2CCC1C2C1CCCCC1",
]


COMPLEXES = [
    "N->[Cu]",
    "N[Pt](<-N)(Cl)Cl",
    "CC(=O)O[Fe]<-OC(C)=O",
    "C[N+]#[C-]->[Ni]<-[C-]#[N+]C",
]
PLAIN = {"SINGLE": "-", "DOUBLE": "=", "TRIPLE": "#", "AROMATIC": ":"}


def bond_symbol(bond: Chem.Bond, atom: int) -> str:
    """What `bond` is called as seen by `atom`, one of its two: a dative one by its direction."""
    if bond.GetBondType() == Chem.BondType.DATIVE:
        return ">" if bond.GetBeginAtomIdx() == atom else "<"
    plain = PLAIN[str(bond.GetBondType())]
    letters = {symbol: letter for letter, symbol in CHAIN_OF_RING_BOND.items()}
    return letters[plain] if bond.IsInRing() else plain


@pytest.mark.parametrize("smiles", MOLECULES + COMPLEXES)
def test_bonds_and_rings_are_those_of_rdkit(smiles):
    mol = parse(smiles)
    around = surroundings(mol)
    assert sorted(around.indices) == list(range(mol.GetNumAtoms()))
    for place, index in enumerate(around.indices):
        atom = mol.GetAtomWithIdx(index)
        expected = {b.GetOtherAtomIdx(index): bond_symbol(b, index) for b in atom.GetBonds()}
        found = {around.indices[other]: bond for other, bond in around.bonds[place].items()}
        assert found == expected
        symbol = re.match(r"\[\d*([A-Za-z][a-z]?)", around.atoms[place])
        assert symbol
        assert symbol[1].lower().startswith(atom.GetSymbol().lower()[0])


def test_the_texts():
    around = surroundings(parse("CC(=O)N"))
    assert around.kinds == ["[CH3]-", "[C]--=", "[O]=", "[NH2]-"]
    assert around.of_atoms[2] == ("[O]=", "=[C]--=")
    assert around.near[1] == "[C]-[CH3]-[NH2]=[O]"
    assert around.wider(3) == "[NH2]-[C]-[CH3]-[NH2]=[O]"


def test_stereo_does_not_count():
    left, right = surroundings(parse("C[C@H](N)O")), surroundings(parse("C[C@@H](N)O"))
    assert left.of_atoms == right.of_atoms


def test_a_later_writing_does_not_disturb():
    mol = parse("OCC(N)C")
    around = surroundings(mol)
    before = list(around.indices)
    Chem.MolToSmiles(mol)
    assert around.indices == before


def test_molecules_that_use_all_of_smiles(molecule):
    around = surroundings(parse(molecule))
    assert len(around.atoms) == len(around.of_atoms) == len(around.indices)
