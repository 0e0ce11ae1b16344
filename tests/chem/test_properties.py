import math

import pytest
from rdkit.Chem import QED, Crippen, Descriptors, rdMolDescriptors

from molvae.chem import properties
from molvae.chem.molecule import parse
from molvae.chem.properties import compute, get_property, property_names, register
from molvae.errors import ConfigError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
NAMES = {
    *("logp", "qed", "sa", "tpsa", "molecular_weight", "hbd", "hba", "rotatable_bonds"),
    *("rings", "aromatic_rings", "heavy_atoms", "fraction_sp3", "np_likeness"),
    "radical_electrons",
}


@pytest.fixture(autouse=True)
def restored_registry(monkeypatch):
    monkeypatch.setattr(properties, "_REGISTRY", dict(properties._REGISTRY))


def test_the_promised_properties_are_there():
    assert set(property_names()) >= NAMES
    for name in NAMES:
        assert get_property(name).label
        assert get_property(name).function.__doc__


@pytest.mark.parametrize(
    "smiles", [ASPIRIN, "C", "CN1CCC[C@H]1c1cccnc1", "[Na+].[Cl-]", "C1CC1", "[CH2]C[CH]"]
)
def test_values_are_those_of_rdkit(smiles):
    mol = parse(smiles)
    values = compute(mol, sorted(NAMES))
    expected = {
        "logp": Crippen.MolLogP(mol),
        "qed": QED.qed(mol),
        "tpsa": Descriptors.TPSA(mol),
        "molecular_weight": Descriptors.MolWt(mol),
        "hbd": rdMolDescriptors.CalcNumHBD(mol),
        "hba": rdMolDescriptors.CalcNumHBA(mol),
        "rotatable_bonds": Descriptors.NumRotatableBonds(mol),
        "rings": Descriptors.RingCount(mol),
        "aromatic_rings": Descriptors.NumAromaticRings(mol),
        "heavy_atoms": mol.GetNumHeavyAtoms(),
        "fraction_sp3": Descriptors.FractionCSP3(mol),
        "radical_electrons": Descriptors.NumRadicalElectrons(mol),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)


def test_aspirin_by_the_book():
    values = compute(parse(ASPIRIN), ["molecular_weight", "hbd", "rings", "heavy_atoms"])
    assert values == pytest.approx(
        {"molecular_weight": 180.159, "hbd": 1, "rings": 1, "heavy_atoms": 13}, abs=1e-3
    )


def test_an_unknown_name_is_an_error_with_a_suggestion():
    with pytest.raises(ConfigError, match="unknown property 'LogP'; did you mean 'logp'"):
        get_property("LogP")
    with pytest.raises(ConfigError, match="unknown property 'zzz'; known are logp, qed"):
        compute(parse("C"), ["zzz"])


def test_one_decorated_function_is_a_property():
    @register("carbons", label="carbon atoms", unit="")
    def carbons(mol):
        """Number of carbon atoms."""
        return sum(atom.GetSymbol() == "C" for atom in mol.GetAtoms())

    assert "carbons" in property_names()
    assert get_property("carbons").label == "carbon atoms"
    assert compute(parse(ASPIRIN), ["carbons"]) == {"carbons": 9.0}


def test_registering_again_replaces():
    for value in (1.0, 2.0):
        register("constant")(lambda mol, value=value: value)
    assert compute(parse("C"), ["constant"]) == {"constant": 2.0}
    assert property_names().count("constant") == 1


@pytest.mark.parametrize("name", ["", "log p", "2d", "a-b", "größe"])
def test_a_name_must_fit_into_expressions(name):
    with pytest.raises(ConfigError, match="cannot name a property"):
        register(name)


def test_a_failure_is_nan():
    @register("broken")
    def broken(mol):
        raise ZeroDivisionError

    values = compute(parse("C"), ["broken", "heavy_atoms"])
    assert math.isnan(values["broken"])
    assert values["heavy_atoms"] == pytest.approx(1.0)


def test_what_the_user_must_mend_is_not_hidden_as_nan():
    @register("needy")
    def needy(mol):
        raise ConfigError("install it")

    with pytest.raises(ConfigError, match="install it"):
        compute(parse("C"), ["needy"])
