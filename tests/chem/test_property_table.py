import functools
import importlib

import numpy as np
import pandas as pd
import pytest
from rdkit.Chem import rdMolDescriptors

from molvae.chem import properties
from molvae.chem.molecule import parse
from molvae.chem.properties import compute, register
from molvae.chem.property_table import property_table
from molvae.errors import ConfigError, PropertyWarning

SMILES = ["CCO", "C1CC", "CC(=O)Oc1ccccc1C(=O)O", "", "c1ccccc1"]
NAMES = ["logp", "rings", "tpsa"]
OFFSET = 100.0


def double(mol, factor):
    return factor * mol.GetNumAtoms()


@pytest.fixture(autouse=True)
def restored_registry(monkeypatch):
    monkeypatch.setattr(properties, "_REGISTRY", dict(properties._REGISTRY))


@pytest.fixture
def always_parallel(monkeypatch):
    module = importlib.import_module("molvae.chem.property_table")
    monkeypatch.setattr(module, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(module, "_CHUNK", 20)


def test_rows_are_inputs_and_columns_are_names():
    table = property_table(SMILES, NAMES)
    assert list(table.columns) == NAMES
    assert len(table) == len(SMILES)
    assert table.isna().all(axis=1).tolist() == [False, True, False, True, False]
    assert table.loc[2].to_dict() == pytest.approx(compute(parse(SMILES[2]), NAMES))


def test_molecules_serve_as_well_as_smiles():
    from_mols = property_table([parse("CCO"), parse("C")], NAMES)
    pd.testing.assert_frame_equal(from_mols, property_table(["CCO", "C"], NAMES))


def test_nothing_in_nothing_out():
    table = property_table([], NAMES)
    assert table.shape == (0, 3)
    assert property_table(["C"], []).shape == (1, 0)


def test_an_unknown_name_is_an_error():
    with pytest.raises(ConfigError, match="unknown property"):
        property_table(SMILES, ["logpp"])


def test_workers_give_the_same_table(always_parallel):
    smiles = SMILES * 12
    alone = property_table(smiles, NAMES, workers=1)
    together = property_table(smiles, NAMES, workers=2)
    pd.testing.assert_frame_equal(alone, together)


def test_a_property_of_this_file_reaches_the_workers(always_parallel):
    @register("shifted")
    def shifted(mol):
        return mol.GetNumAtoms() + OFFSET

    table = property_table(["CC"] * 50, ["shifted", "rings"], workers=2)
    assert np.allclose(table["shifted"], 102.0)


def test_functions_of_libraries_serve_as_properties(always_parallel):
    register("tpsa_of_rdkit")(rdMolDescriptors.CalcTPSA)
    register("doubled")(functools.partial(double, factor=2))
    names = ["tpsa_of_rdkit", "doubled"]
    table = property_table(["CCO"] * 50, names, workers=2)
    assert table.iloc[-1].tolist() == pytest.approx([20.23, 6.0])


def test_a_property_that_cannot_travel_is_computed_here(always_parallel):
    generator = (value for value in range(1_000))

    @register("counter")
    def counter(mol):
        return next(generator)

    table = property_table(["CC"] * 50, ["counter"], workers=2)
    assert table["counter"].tolist() == list(map(float, range(50)))


def test_one_string_is_not_a_list():
    for arguments in (("CCO", ["logp"]), (["CCO"], "logp")):
        with pytest.raises(TypeError, match="takes a list"):
            property_table(*arguments)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_property_is_named_with_its_first_error(always_parallel, workers):
    @register("fragile")
    def fragile(mol):
        if mol.GetNumAtoms() > 2:
            raise ZeroDivisionError(f"{mol.GetNumAtoms()} atoms")
        return 1.0

    with pytest.warns(PropertyWarning) as told:
        table = property_table(["CC"] * 30 + ["CCO"] + ["CCCC"] * 30, ["fragile"], workers=workers)
    assert table["fragile"].isna().sum() == 31
    assert [str(warning.message) for warning in told] == [
        "the property 'fragile' has no value where its function failed: ZeroDivisionError: 3 atoms"
    ]
