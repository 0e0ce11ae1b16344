import pytest
from rdkit import Chem
from rdkit.Chem import QED, rdMolDescriptors

from molvae.chem.atom_table import AtomTable, crippen_logp
from molvae.chem.molecule import parse, quiet
from molvae.chem.qed import drug_likeness
from molvae.chem.surroundings import surroundings

ODD = [
    *("C", "[H][H]", "[2H]C([2H])O", "[13CH3]C(=O)[O-]", "C[N+](C)(C)CC(=O)[O-]", "[Na+].[Cl-]"),
    *("C12C3C4C1C5C4C3C25", "N[Pt](N)(Cl)Cl", "N->[Cu]", "C1CCCCCCCCCCC1", "[CH2]C", "*CC"),
    *("CC(C)C1=CC2=C(C)C=CC2=C(C)C=C1", "OC1=C(O)C=C2C(=C1)OC3=CC(=O)C(=CC3=C2C4=CC=CC=C4)O"),
    *("N1C2=CC=CC=C2SC3=C1C=CC4=C3C=CC=C4", "CC(=O)O", "OC(=O)C=C", "ON=C", "OO", "CS(=O)(=O)O"),
    *("C[S-]", "C=[N+]=[N-]", "NC(=S)N", "CN(C)C(=O)N", "CN(C)S(=O)C", "OP(=O)(O)O", "F.F.F.F"),
]


def draw_like_molecules() -> list[str]:
    """Some 500 different molecules: every core with every two decorations."""
    cores = ["c1cc({})cnc1{}", "C1CC({})N({})C1", "C1CCC2({})CC2C1{}", "c1c({})sc2c1CC({})O2"]
    cores += ["O=C1CC({})C(=O)N1{}"]
    parts = ["F", "C#N", "C(=O)OC", "NC(=O)C", "S(=O)(=O)N", "OCC", "C1CC1", "c1ccco1", "C=C", "NN"]
    return [core.format(a, b) for core in cores for a in parts for b in parts]


@pytest.fixture(scope="module")
def mols():
    with quiet():
        return [parse(smiles) for smiles in ODD + draw_like_molecules()]


def test_qed_is_exactly_that_of_rdkit(mols):
    assert len(mols) > 500
    with quiet():
        for mol in mols:
            assert drug_likeness(mol) == QED.qed(Chem.Mol(mol)), Chem.MolToSmiles(mol)


def test_logp_is_exactly_that_of_rdkit(mols):
    for mol in mols:
        own = crippen_logp(mol)  # before RDKit, which remembers its value in the molecule
        assert own == rdMolDescriptors.CalcCrippenDescriptors(mol)[0], Chem.MolToSmiles(mol)


def test_what_is_known_is_used():
    mol = parse("CC(=O)Nc1ccc(O)cc1")
    around = surroundings(mol)
    assert drug_likeness(mol, around) == drug_likeness(mol)
    assert drug_likeness(mol, around, logp=9.0) < drug_likeness(mol)
    assert crippen_logp(mol, around) == crippen_logp(mol)


def test_measuring_leaves_the_rings_of_a_molecule_alone():
    mol = parse("C12C3C4C1C5C4C3C25")
    rings = mol.GetRingInfo().NumRings()
    drug_likeness(mol)
    assert mol.GetRingInfo().NumRings() == rings == 6


def test_more_atoms_than_rdkit_counts_matches():
    mol = parse("CO" * 1_100)
    assert drug_likeness(mol) == QED.qed(mol)


def test_a_table_asks_once_for_each_surrounding():
    asked = []

    def ask(mol):
        asked.append(mol)
        return [atom.GetDegree() for atom in mol.GetAtoms()]

    table = AtomTable(ask)
    first, second = surroundings(parse("CCCCC")), surroundings(parse("CCCCCCC"))
    assert table.values(first) == [1, 2, 2, 2, 1]
    assert table.values(second) == [1, 2, 2, 2, 2, 2, 1]
    assert len(asked) == 1
    assert table.values(surroundings(parse("CCO"))) == [1, 2, 1]
    assert len(asked) == 2
