import gzip
import importlib.util
import math
import pickle
from pathlib import Path
from types import ModuleType

import pytest
from rdkit import RDConfig

from molvae.chem import contributions
from molvae.chem.contributions import natural_product_likeness, synthetic_accessibility
from molvae.chem.molecule import parse
from molvae.errors import ConfigError

MOLECULES = [
    "C",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[C@]12CC[C@H]3[C@@H](CCc4cc(O)ccc34)[C@@H]1CC[C@@H]2O",
    "C1CCCCCCCCCCCCCC1",
    "C1CC2(C1)CC1CCC2C1",
    "FC(F)(F)C(F)(F)C(F)(F)F",
    "C12C3C4C1C5C2C3C45",
    "OC[C@H]1O[C@@H](O[C@H]2[C@H](O)[C@@H](O)C(O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@@H]1O",
    "[Na+].[Cl-]",
    "C[Si](C)(C)O[Si](C)(C)C",
    "CC1=C2C(C(=O)C3(C(CC4C(C3C(C(C2(C)C)(CC1OC(=O)C(C(C5=CC=CC=C5)NC(=O)C6=CC=CC=C6)O)O)"
    "OC(=O)C7=CC=CC=C7)(CO4)OC(=O)C)O)C)OC(=O)C",
]


def load_contrib(folder: str, name: str) -> ModuleType:
    path = Path(RDConfig.RDContribDir) / folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sascorer() -> ModuleType:
    module = load_contrib("SA_Score", "sascorer")
    rows = contributions._read_table("SA_Score", "fpscores.pkl.gz")
    # Its own reader leaves the file open, which is a warning here.
    module._fscores = {key: float(row[0]) for row in rows for key in row[1:]}
    return module


@pytest.mark.parametrize("smiles", MOLECULES)
def test_synthetic_accessibility_as_contrib(smiles, sascorer):
    mol = parse(smiles)
    expected = sascorer.calculateScore(mol)
    assert synthetic_accessibility(mol) == pytest.approx(expected, rel=1e-12)
    assert 1 <= synthetic_accessibility(mol) <= 10


@pytest.mark.parametrize("smiles", MOLECULES)
def test_natural_product_likeness_as_contrib(smiles):
    npscorer = load_contrib("NP_Score", "npscorer")
    with gzip.open(Path(RDConfig.RDContribDir) / "NP_Score" / "publicnp.model.gz") as file:
        model = pickle.load(file)
    expected = npscorer.scoreMol(parse(smiles), model)
    assert natural_product_likeness(parse(smiles)) == pytest.approx(expected, rel=1e-12)


def test_taxol_is_natural_and_hard():
    taxol = parse(MOLECULES[-1])
    assert natural_product_likeness(taxol) > 1.5
    assert synthetic_accessibility(taxol) > 5 > synthetic_accessibility(parse("CCOc1ccccc1"))
    assert math.isfinite(natural_product_likeness(parse("C")))


def test_a_missing_table_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(contributions.RDConfig, "RDContribDir", str(tmp_path))
    with pytest.raises(ConfigError, match=r"SA_Score/fpscores\.pkl\.gz is missing .* from PyPI"):
        contributions._read_table("SA_Score", "fpscores.pkl.gz")
