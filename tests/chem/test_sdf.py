import pytest
from rdkit import Chem

from molvae.chem.sdf import sdf_record


def test_rdkit_reads_structure_and_data():
    text = sdf_record("N[C@@H](C)C(=O)O", {"qed": 0.5, "name": "L-alanine"})
    supplier = Chem.SDMolSupplier()
    supplier.SetData(text)
    (mol,) = supplier
    assert Chem.MolToSmiles(mol) == Chem.CanonSmiles("N[C@@H](C)C(=O)O")
    assert mol.GetPropsAsDict() == {"qed": 0.5, "name": "L-alanine"}


def test_atoms_have_places():
    mol = Chem.MolFromMolBlock(sdf_record("c1ccccc1", {}))
    assert not mol.GetConformer().Is3D()
    assert mol.GetConformer().GetPositions().std() > 0.5


def test_what_is_no_molecule_keeps_its_place():
    texts = [sdf_record(smiles, {"smiles": smiles}) for smiles in ("C", "C1", "")]
    supplier = Chem.SDMolSupplier()
    supplier.SetData("".join(texts))
    assert [mol.GetNumAtoms() for mol in supplier] == [1, 0, 0]


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("aspirin", "aspirin"),
        ("", ""),
        ("a\n$$$$\nb", "a $$$$ b"),
        ("$$$$", "$$$$"),
        ("x" * 99, "x" * 80),
    ],
)
@pytest.mark.parametrize("smiles", ["CCO", "C1CC"])
def test_titles(smiles, title, written):
    supplier = Chem.SDMolSupplier()
    supplier.SetData(sdf_record(smiles, {"y": 1}, title=title) + sdf_record("CCN", {}))
    first, second = supplier
    assert first.GetProp("_Name").strip() == written
    assert (first.GetProp("y"), second.GetNumAtoms()) == ("1", 3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("first\n\n$$$$\nsecond", "first $$$$ second"),
        ("$$$$", "$$$$"),
        (">  <qed>\r\n0.9", "> <qed> 0.9"),
        ("a\t b ", "a b"),
    ],
)
def test_data_never_end_a_record(value, text):
    name = "note\n$$$$\nof mine"
    supplier = Chem.SDMolSupplier()
    supplier.SetData(sdf_record("CCO", {name: value, "y": 1}) + sdf_record("CCN", {}))
    first, second = supplier
    assert first.GetProp("note $$$$ of mine").strip() == text
    assert (first.GetProp("y"), second.GetNumAtoms()) == ("1", 3)
    assert set(first.GetPropNames()) == {"note $$$$ of mine", "y"}
