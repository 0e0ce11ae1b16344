"""Molecules that are not ordinary: the answers are RDKit's, and so are all that follow."""

import math

import pytest
from rdkit import Chem
from rdkit.Chem import QED, AllChem, rdMolDescriptors

from molvae.chem import atom_table, brics, filters, qed
from molvae.chem.alerts import alerts_of
from molvae.chem.atom_table import crippen_logp
from molvae.chem.filters import first_alert
from molvae.chem.fragments import brics_fragments
from molvae.chem.molecule import parse, quiet
from molvae.chem.properties import compute
from molvae.chem.qed import drug_likeness
from molvae.chem.screen import Screen
from molvae.chem.surroundings import surroundings

COMPLEXES = [
    "C1CCCC[Fe]<-NCCC1",
    "c1ccccc1C1CCCC[Cu]<-NCCCC1",
    "C1CC(c2ccccc2)CCN->[Cu]1",
    "CC(=O)NC1CCCC[Cu]<-NCCCC1",
    "O=C1CCCCCC[Cu]<-NCCCCCC1",
    "O=C1NCCCOC[Cu]<-NCCSCCC1",
    "C1=CC=CCC[Cu]<-NCCC=CC=C1",
    "C1CCN2CCC[Cu]<-N(CC2)CC1",
    "CC1(C)CCC[Cu]<-NCC(C)(C)C1",
    "C1CC=CC(=O)OCC[Cu]<-NC1",
    "C1CCN->[Pt](Cl)(Cl)<-NC1",
]
UNUSUAL = [
    "C#Cc1cccc(NC(=O)c2ccc(S(C)(=O)=O)c~c2)c1",
    "CC(C)Oc1ccc(NC(=O)[H+]c2cn3cccnc3n2)cc1Cl",
    "CC(=O)[H+]Nc1ccccc1OCC(=O)Nc1ccc(CC#N)cc1",
    "CC(C)Nc1nc(C2=CC=C(C(C)C)N(C)[H+]C2=O)cs1",
    "CC(=O)Oc1ccc2c(c1)C(=O)C(CC(=O)N1<-[B-]CCCC1)=C2C",
    "O=C(CC1->OC(=O)C2=C1[C]C=C2)NCc1ccnc(-n2cccn2)c1",
    "COc1c(F)cccc1C1->CCc2c(O)cccc21",
    "CC(=O)N[Cr]$[Cr]NC(C)=O",
    "CC(C)C(=O):OC(=O)c1csc(-c2ccsc2)n1",
    "[2H]C([2H])([2H])NC(=O)c1ccccc1",
    "[3H]c1ccccc1C=O",
    "*C(=O)NCc1ccccc1",
    "[1*]C(=O)OC1CCCCC1",
    "[CH2]CC(=O)Nc1ccccc1",
]
ORDINARY = [
    "COC(=O)C1CCCCCC1NC(=O)CNC(=O)C1CCCC1",
    "c1ccccc1C1CCCCC1",
    "CC(=O)NC1CCCCC1",
    "O=C1CCCCCN1C1CCCC1",
    "CC1(C)CCCCC1OC(=O)C1CC1",
    "C1CCN(C2CCCC2)CC1",
    "C1=CCCC=CCC1",
    "CCCCCCNC(=O)CCCCCOC",
    "O=Cc1ccc(N2CCOCC2)cc1",
    "CC(=O)Nc1ccccc1OCC(=O)Nc1ccc(CC#N)cc1",
    "[13CH3]C(=O)Nc1ccccc1",
    "C[n+]1ccccc1.[Cl-]",
    "c1ccc2c(c1)-c1ccccc12",
]
TABLES = [qed._screen, qed._acceptors, brics._known_labels, alerts_of]
TABLES += [atom_table._contributions, filters._concerns, filters._moses_alerts]


@pytest.fixture
def _empty_tables():
    for table in TABLES:
        table.cache_clear()


def alert_by_matching(mol):
    alerts = alerts_of(("mcf", "pains"))
    full = Chem.AddHs(mol)
    matching = (a.name for a in alerts.alerts if full.HasSubstructMatch(a.query))
    return next(matching, None)


def assert_answers_are_those_of_rdkit(smiles):
    mol = parse(smiles)
    pieces = Chem.MolToSmiles(AllChem.FragmentOnBRICSBonds(mol)).split(".")
    assert crippen_logp(mol) == rdMolDescriptors.CalcCrippenDescriptors(Chem.Mol(mol))[0], smiles
    assert drug_likeness(mol) == QED.qed(Chem.Mol(mol)), smiles
    assert brics_fragments(mol) == pieces, smiles
    assert first_alert(mol) == alert_by_matching(mol), smiles


@pytest.mark.parametrize("smiles", COMPLEXES + UNUSUAL)
def test_they_are_told_apart(smiles):
    assert not surroundings(parse(smiles)).is_ordinary


@pytest.mark.parametrize("smiles", ORDINARY)
def test_ordinary_molecules_are_told_apart(smiles):
    assert surroundings(parse(smiles)).is_ordinary


def test_a_query_is_not_ordinary():
    pattern = Chem.MolFromSmarts("CC")
    pattern.UpdatePropertyCache()
    assert not surroundings(pattern).is_ordinary


@pytest.mark.usefixtures("_empty_tables")
def test_complexes_change_nothing_that_follows():
    with quiet():
        for smiles in COMPLEXES + ORDINARY:
            assert_answers_are_those_of_rdkit(smiles)


@pytest.mark.usefixtures("_empty_tables")
@pytest.mark.parametrize("smiles", UNUSUAL)
def test_the_unusual_are_described_as_by_rdkit(smiles):
    with quiet():
        assert_answers_are_those_of_rdkit(smiles)


@pytest.mark.usefixtures("_empty_tables")
def test_the_unusual_change_nothing_that_follows():
    with quiet():
        for smiles in UNUSUAL:
            mol = parse(smiles)
            drug_likeness(mol), brics_fragments(mol), first_alert(mol)
        for smiles in ORDINARY:
            assert_answers_are_those_of_rdkit(smiles)


@pytest.mark.parametrize("smiles", COMPLEXES + UNUSUAL)
def test_they_are_not_screened(smiles):
    assert len(Screen(QED.StructuralAlerts).candidates(parse(smiles))) == len(QED.StructuralAlerts)


def test_what_rdkit_cannot_compute_is_nan():
    mol = parse("c1cccc~c1C")
    with pytest.raises(ValueError, match="valence"), quiet():
        QED.qed(mol)
    assert math.isnan(compute(mol, ["qed"])["qed"])
