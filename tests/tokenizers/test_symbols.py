import pytest
from rdkit import Chem, RDLogger

from molvae.errors import TokenizationError
from molvae.tokenizers.symbols import UNLIMITED, parse_symbol


@pytest.mark.parametrize(
    "token", ["", "C", "[C", "[]", "[Xx]", "[Branch4]", "[--Ring1]", "[C+10]", "[CH9]", "[*]"]
)
def test_what_is_no_symbol_is_refused(token):
    with pytest.raises(TokenizationError):
        parse_symbol(token)


@pytest.mark.parametrize(
    ("token", "smiles", "order", "capacity"),
    [
        ("[C]", "C", 1, 4),
        ("[=N]", "N", 2, 3),
        ("[#CH0]", "[CH0]", 3, 4),
        ("[\\C@@H1]", "[C@@H1]", 1, 3),
        ("[13CH3]", "[13CH3]", 1, 1),
        ("[O-1]", "[O-1]", 1, 1),
        ("[Si]", "[Si]", 1, 4),
        ("[Cl-1]", "[Cl-1]", 1, 0),
        ("[Fe+2]", "[Fe+2]", 1, UNLIMITED),
    ],
)
def test_atoms(token, smiles, order, capacity):
    symbol = parse_symbol(token)
    assert (symbol.smiles, symbol.order, symbol.capacity) == (smiles, order, capacity)


def test_rdkit_accepts_as_many_bonds_as_we_allow():
    RDLogger.DisableLog("rdApp.*")
    table = Chem.GetPeriodicTable()
    elements = [table.GetElementSymbol(number) for number in range(1, 104)]
    refused = []
    for element in elements:
        for charge in ("", "+1", "+2", "+3", "+4", "-1", "-2", "-3"):
            bonds = parse_symbol(f"[{element}{charge}]").capacity
            smiles = f"[{element}{charge}]" + "(F)" * bonds
            if Chem.MolFromSmiles(smiles) is None:
                refused.append(smiles)
    RDLogger.EnableLog("rdApp.*")
    assert refused == []
