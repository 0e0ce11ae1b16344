import random

from rdkit import Chem

from molvae.chem.molecule import quiet
from molvae.chem.syntax import AtomText, SmilesReader


def test_atoms_are_those_of_rdkit(molecule):
    reader = SmilesReader(molecule)
    assert reader.read() is None
    mol = Chem.MolFromSmiles(molecule, sanitize=False)
    assert len(reader.atoms) == mol.GetNumAtoms()
    for read, atom in zip(reader.atoms, mol.GetAtoms(), strict=True):
        assert molecule[read.position :].startswith(read.text)
        assert atom.GetSymbol().lower() in read.text.lower()


def test_places_of_atoms():
    reader = SmilesReader("C[NH3+]Cl")
    reader.read()
    assert reader.atoms == [AtomText(0, "C"), AtomText(1, "[NH3+]"), AtomText(7, "Cl")]


def test_the_reader_objects_only_where_rdkit_does(molecules):
    """Mutated molecules: what our reader refuses, RDKit cannot read either."""
    rng = random.Random(0)
    refused = 0
    for _ in range(3_000):
        letters = list(rng.choice(molecules))
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(len(letters))
            letters[place] = rng.choice(["", *"CNO()[]=12.n", letters[place] * 2])
        text = "".join(letters)
        if text and SmilesReader(text).read() is not None:
            refused += 1
            with quiet():
                assert Chem.MolFromSmiles(text, sanitize=False) is None, text
    assert refused > 500
