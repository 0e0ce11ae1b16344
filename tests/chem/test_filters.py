import csv
import time
from importlib import resources

import pytest
from rdkit import Chem

from molvae.chem.alerts import ALERT_SETS, alerts_of
from molvae.chem.expression import parse_expression
from molvae.chem.filters import allowed_elements, first_alert, has_radicals, passes_filters
from molvae.chem.molecule import parse, quiet
from molvae.chem.property_table import property_table
from molvae.errors import ConfigError

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "O=C1C=CC(=O)C=C1",
    "CCCl",
    "C1OC1C",
    "CC=O",
    "CCN=C=O",
    "CC1=C(C(=O)C2=CC=CC=C2)SC(=N1)NN=CC3=CC=CC=C3O",
    "O=C1NC(=S)SC1=Cc1ccccc1",
    "CSSC",
    "FC(F)(F)C(F)(F)C(F)(F)C(F)(F)F",
    "ClC(Cl)(Cl)CCl",
    "BrC1=CC(Br)=CC(Br)=C1",
    "Nc1ccc(N=Nc2ccccc2)cc1",
    "O=C(O)c1ccccc1-c1c2ccc(=O)cc-2oc2cc(O)ccc12",
    "CN(C)c1ccc(C=C(C#N)C#N)cc1",
    "OCC1OC(O)C(O)C(O)C1O",
    "c1ccc2[nH]ccc2c1",
    "O=c1[nH]c(=O)c2[nH]cnc2[nH]1",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "Oc1ccc(C=NNC(=O)c2ccncc2)cc1",
    "[H][H]",
    "C",
    "c1ccoc1",
    "N#CC(=C)C",
    "CCOC(=O)C1=C(C)NC(C)=C(C(=O)OCC)C1c1ccccc1[N+](=O)[O-]",
]


def read_smarts(name: str) -> list[tuple[str, Chem.Mol]]:
    text = (resources.files("molvae") / "resources" / "alerts" / f"{name}.csv").read_text("utf-8")
    return [
        (row["name"], Chem.MolFromSmarts(row["smarts"])) for row in csv.DictReader(text.split("\n"))
    ]


@pytest.mark.parametrize("name", ALERT_SETS)
def test_first_alert_is_that_of_matching_each_query(name):
    queries = read_smarts(name)
    hits = 0
    for smiles in MOLECULES:
        mol = parse(smiles)
        with_hydrogens = Chem.AddHs(mol)
        matching = (label for label, query in queries if with_hydrogens.HasSubstructMatch(query))
        expected = next(matching, None)
        assert first_alert(mol, [name]) == expected, smiles
        hits += expected is not None
    assert hits >= 4


def test_sets_are_complete():
    assert len(alerts_of(("pains",)).alerts) == 480
    assert len(alerts_of(("mcf",)).alerts) == 22


def test_order_of_the_sets_counts():
    quinone = parse("O=C1C=CC(=O)C=C1C=O")
    assert first_alert(quinone, ["pains", "mcf"]) == "quinone_A(370)"
    assert first_alert(quinone, ["mcf", "pains"]) == "MCF7"
    assert first_alert(quinone, []) is None


def test_hydrogens_are_not_matched_one_by_one():
    """Those of two tert-butyls take seconds of the processor, and milliseconds as counts."""
    alerts = alerts_of(("mcf", "pains"))
    atoms = [atom for query in alerts.queries for atom in query.GetAtoms()]
    assert all(atom.GetAtomicNum() != 1 for atom in atoms)
    mol = parse("CC(C)(C)c1cc(CCC(=O)NN)cc(C(C)(C)C)c1O")
    started_at = time.process_time()
    alerts.first(mol)
    assert time.process_time() - started_at < 1.0


def test_an_unknown_set_is_named():
    with pytest.raises(ConfigError, match="unknown alert set 'brenk'; known are pains, mcf"):
        first_alert(parse("C"), ["brenk"])


@pytest.mark.parametrize(
    ("smiles", "passes"),
    [
        ("CC(=O)Nc1ccccc1", True),
        ("CC1C2CCC(C2)C1CN(CCO)C(=O)c1ccc(Cl)cc1", True),
        ("CC(=O)[O-]", False),  # charged
        ("C[Si](C)(C)C", False),  # silicon
        ("C1CCCCCCC1", False),  # a ring of eight
        ("C1CCCCCC1", True),  # a ring of seven
        ("CC=O", False),  # MCF7
        ("O=C1C=CC(=O)C=C1", False),  # quinone, PAINS
    ],
)
def test_passes_filters(smiles, passes):
    assert passes_filters(parse(smiles)) is passes


def test_allowed_elements():
    assert allowed_elements(parse("CCO"), {"C", "O"})
    assert not allowed_elements(parse("CCS"), ("C", "O"))
    assert not allowed_elements(parse("CC[Se]C"), {"C", "S"})


@pytest.mark.parametrize(
    ("smiles", "electrons"),
    [("CCO", 0), ("[CH3]", 1), ("[CH2]C[CH]", 3), ("[O][O]", 2), ("[NH4+]", 0), ("[Na+]", 0)],
)
def test_radicals_are_told_and_left_out(smiles, electrons):
    assert has_radicals(parse(smiles)) == (electrons > 0)
    table = property_table([smiles], ["radical_electrons"])
    assert table["radical_electrons"].tolist() == [electrons]
    kept = parse_expression("radical_electrons == 0").mask(table)
    assert kept.tolist() == [electrons == 0]


def test_filters_write_nothing(capfd):
    with quiet():
        pass
    first_alert(parse("CCO"))
    captured = capfd.readouterr()
    assert captured.err == captured.out == ""


ALLOWED = {"C", "N", "S", "O", "F", "Cl", "Br", "H"}


def moses_definition(mol: Chem.Mol, queries: list[Chem.Mol]) -> bool:
    """Transcribed from the description of the filters, step by step, without any sieve."""
    if any(len(ring) >= 8 for ring in mol.GetRingInfo().AtomRings()):
        return False
    if any(atom.GetFormalCharge() != 0 for atom in mol.GetAtoms()):
        return False
    if any(atom.GetSymbol() not in ALLOWED for atom in mol.GetAtoms()):
        return False
    with_hydrogens = Chem.AddHs(mol)
    if any(with_hydrogens.HasSubstructMatch(query) for query in queries):
        return False
    return Chem.MolFromSmiles(Chem.MolToSmiles(mol, isomericSmiles=False)) is not None


ODD = [
    *(
        "[H][H]",
        "[2H]C",
        "[2H]c1ccccc1",
        "[13CH4]",
        "C[C@H](F)C(=O)O",
        "F/C=C/F",
        "[CH3]",
        "[CH2]C",
    ),
    *("C1CCCCCCCCC1", "C[N+](C)(C)C", "*CC", "[Fe]", "N->[Cu]", "[15NH3]", "[OH-]", "C[S@](=O)C"),
    *("C=[SH2]", "[c]1ccccc1", "[O]", "N#N", "C12C3C4C1C5C4C3C25", "FS(F)(F)(F)(F)F", "CBr(C)C"),
    *(
        "C1CC2CCC1CCC2",
        "Br.Br.Br",
        "Cl.Cl.Cl.Cl",
        "C1=CC=CC=CC=C1",
        "O=Cl(=O)O",
        "[H+]",
        "[Na+].[Cl-]",
    ),
]


def test_filters_are_those_of_the_definition(molecules):
    queries = [query for name in ("mcf", "pains") for _, query in read_smarts(name)]
    made = [
        f"{core}{part}"
        for core in ("c1ccccc1", "C1CCCO1", "c1ccsc1", "C1CCNC1", "c1cn(C)cn1")
        for part in ("", "CC(=O)NC", "C=O", "CCl", "N=NC", "CNCOC", "C(C#N)=C", "SC", "CO", "OCO")
    ]
    passing = 0
    with quiet():
        mols = [parse(smiles) for smiles in MOLECULES + ODD + molecules + made]
        for mol in filter(None, mols):
            expected = moses_definition(mol, queries)
            assert passes_filters(mol) is expected, Chem.MolToSmiles(mol)
            passing += expected
    assert 20 < passing < len(mols) - 20
