import pytest
from rdkit.Chem import Crippen, Descriptors, GraphDescriptors, rdMolDescriptors

from molvae.chem import GUACAMOL_DESCRIPTORS, guacamol_descriptors, parse


@pytest.mark.parametrize("smiles", ["CC(=O)Oc1ccccc1C(=O)O", "C", "C1CCC1CN1CCOCC1", "[Na+].[Cl-]"])
def test_the_nine_in_their_order(smiles):
    mol = parse(smiles)
    expected = (
        GraphDescriptors.BertzCT(mol),
        Crippen.MolLogP(mol),
        Descriptors.MolWt(mol),
        rdMolDescriptors.CalcTPSA(mol),
        Descriptors.NumHAcceptors(mol),
        Descriptors.NumHDonors(mol),
        Descriptors.NumRotatableBonds(mol),
        rdMolDescriptors.CalcNumAliphaticRings(mol),
        rdMolDescriptors.CalcNumAromaticRings(mol),
    )
    assert guacamol_descriptors(mol) == pytest.approx(expected)
    assert len(GUACAMOL_DESCRIPTORS) == len(expected)


def test_aspirin_by_the_book():
    values = dict(
        zip(GUACAMOL_DESCRIPTORS, guacamol_descriptors(parse("CC(=O)Oc1ccccc1C(=O)O")), strict=True)
    )
    assert values["MolWt"] == pytest.approx(180.159, abs=1e-3)
    assert values["TPSA"] == pytest.approx(63.6)
    assert values["NumHDonors"] == values["NumAromaticRings"] == 1
