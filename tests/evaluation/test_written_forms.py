"""Forms that a list of strings does not have, and that workers need no torch to find them."""

from rdkit import Chem

from molvae.evaluation.written_forms import other_forms

SMILES = ["OCC", "CC(=O)O", "CN1CCC[C@H]1c1cccnc1", "[13CH3]O", "nonsense", "F/C=C/F", "C[N+](C)C"]


def test_forms_are_those_of_rdkit() -> None:
    mols = [Chem.MolFromSmiles(text) for text in SMILES if text != "nonsense"]
    found = other_forms(SMILES)
    assert found.rewritten == {Chem.MolToSmiles(mol) for mol in mols} - set(SMILES)
    flat = {Chem.MolToSmiles(mol, isomericSmiles=False) for mol in mols}
    assert found.flat == flat - set(SMILES)
    assert {"CCO"} < found.flat


def test_what_is_there_already_is_left_out() -> None:
    assert other_forms(["OCC", "CCO"]) == (set(), set())
    assert other_forms([]) == other_forms(["nonsense", ""]) == (set(), set())
