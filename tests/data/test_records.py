import pytest

from molvae.data.records import find_column, looks_like_smiles_column, named_column
from molvae.errors import InputError


@pytest.mark.parametrize(
    ("columns", "place"),
    [
        (["id", "SMILES"], 1),
        (["Canonical SMILES", "name"], 0),
        (["mol", "structure", "smiles"], 2),
        (["name", "Structure"], 1),
        (["rdkit_smiles_2", "qed"], 0),
    ],
)
def test_smiles_column_is_found_by_its_name(columns, place):
    assert find_column(columns, None, "f.csv") == place


def test_wanted_column_wins_and_may_differ_in_case():
    assert find_column(["smiles", "Product"], "product", "f.csv") == 1
    assert named_column(["a b", "AB"], "AB", "f.csv") == 1


@pytest.mark.parametrize("wanted", [None, "ligand"])
def test_error_lists_the_columns_there_are(wanted):
    with pytest.raises(InputError, match=r"f\.csv.*(one of|columns are) a, b$"):
        find_column(["a", "b"], wanted, "f.csv")


def test_two_similar_columns_must_be_named():
    with pytest.raises(InputError, match="name one of"):
        find_column(["smiles_in", "smiles_out"], None, "f.csv")


def test_error_stays_short_for_a_wide_table():
    with pytest.raises(InputError) as raised:
        find_column([f"{'x' * 100}{i}" for i in range(1000)], None, "f.csv")
    assert len(str(raised.value)) < 3000
    assert "970 more" in str(raised.value)


def test_a_molecule_is_no_header():
    assert not looks_like_smiles_column("CCO")
    assert looks_like_smiles_column("Isomeric_SMILES")
