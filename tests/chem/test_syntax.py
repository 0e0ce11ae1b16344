import random

import pytest
from rdkit import Chem

from molvae.chem.molecule import quiet
from molvae.chem.syntax import AtomText, SmilesReader

MOLECULES = [
    "CCO",
    "c1ccc2[nH]ccc2c1",
    "C[C@H](N)C(=O)O",
    "F/C=C\\F",
    "[Na+].[Cl-]",
    "C%12CCCCC%12",
    "C%(123)CC%(123)",
    "C1CC1C1CC1",
    "[13CH3][CH2:2]O",
    "[O-][N+](=O)c1ccccc1",
    "N[Pt](N)(Cl)Cl",
    "*CC",
    "[Fe++]",
    "C[Se]C",
    "c1cc[se]c1",
    "C#N",
    "[C@@](F)(Cl)(Br)I",
    "C=1CCCCC=1",
    "[H][H]",
    "C(C)(C)(C)C",
    "N->[Cu]",
    "[Co@OH12](Cl)(Cl)(Cl)(F)(F)F",
]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_atoms_are_those_of_rdkit(smiles):
    reader = SmilesReader(smiles)
    assert reader.read() is None
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    assert len(reader.atoms) == mol.GetNumAtoms()
    for read, atom in zip(reader.atoms, mol.GetAtoms(), strict=True):
        assert smiles[read.position :].startswith(read.text)
        assert atom.GetSymbol().lower() in read.text.lower()


def test_places_of_atoms():
    reader = SmilesReader("C[NH3+]Cl")
    reader.read()
    assert reader.atoms == [AtomText(0, "C"), AtomText(1, "[NH3+]"), AtomText(7, "Cl")]


def test_the_reader_objects_only_where_rdkit_does():
    """Mutated molecules: what our reader refuses, RDKit cannot read either."""
    rng = random.Random(0)
    refused = 0
    for _ in range(3_000):
        letters = list(rng.choice(MOLECULES))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(letters))
            letters[place] = rng.choice(["", *"CNO()[]=12.n", letters[place] * 2])
        text = "".join(letters)
        if text and SmilesReader(text).read() is not None:
            refused += 1
            with quiet():
                assert Chem.MolFromSmiles(text, sanitize=False) is None, text
    assert refused > 500
