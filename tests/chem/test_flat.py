from molvae.chem.flat import flat_smiles
from molvae.chem.molecule import parse


def test_stereoisomers_and_isotopes_become_one() -> None:
    for group in (["F[C@H](Cl)Br", "F[C@@H](Cl)Br", "FC(Cl)Br"], ["F/C=C/F", "F/C=C\\F"]):
        assert len({flat_smiles(parse(smiles)) for smiles in group}) == 1
    assert flat_smiles(parse("[13CH4]")) == "C"
