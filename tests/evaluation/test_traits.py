"""The figures that GuacaMol compares, molecule by molecule."""

import ast
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

import molvae
from molvae import evaluation
from molvae.evaluation import traits
from molvae.evaluation.traits import TRAITS, Traits, descriptors_and_fingerprints

SMILES = ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1", "C1CCNCC1", "[Na+].[Cl-]", "*C", "CCCO"]


def test_descriptors_are_what_rdkit_says() -> None:
    descriptors, _ = descriptors_and_fingerprints(SMILES, workers=1)
    found = Traits(descriptors, np.arange(len(SMILES)) / 10)
    for name in TRAITS[:-1]:
        expected = [getattr(Descriptors, name)(Chem.MolFromSmiles(one)) for one in SMILES]
        assert found.column(name) == pytest.approx(expected, rel=1e-9)
    assert found.column("internal_similarity") == pytest.approx(found.nearest)


def test_fingerprints_are_what_rdkit_says() -> None:
    _, packed = descriptors_and_fingerprints(SMILES, workers=1)
    bits = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=4_096)
    expected = [bits.GetFingerprintAsNumPy(Chem.MolFromSmiles(one)) for one in SMILES]
    assert np.array_equal(np.unpackbits(packed, axis=1), expected)


def test_one_that_is_not_finite_counts_as_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        traits, "guacamol_descriptors", lambda mol: (math.nan, math.inf, *range(2, 9))
    )
    found, _ = descriptors_and_fingerprints(SMILES[:2], workers=1)
    assert found == pytest.approx(np.array([[0, 0, *range(2, 9)]] * 2))


def test_none_and_the_unreadable() -> None:
    descriptors, fingerprints = descriptors_and_fingerprints([], workers=1)
    assert (descriptors.shape, fingerprints.shape) == ((0, 9), (0, 512))
    descriptors, fingerprints = descriptors_and_fingerprints(["CCO", "C1CC", "CCN"], workers=1)
    assert (len(descriptors), len(fingerprints)) == (2, 2)


NEED_TORCH = {"molvae.evaluation.report.neighbors"}
"""Tasks that lie beside what imports torch, through `report.data`; there are to be no more."""


def modules_of_tasks() -> set[str]:
    """Modules that a worker imports for what `molvae.evaluation` gives to `ordered_map`."""
    found = set()
    for path in Path(evaluation.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        nodes = list(ast.walk(tree))
        origins = {
            alias.asname or alias.name: node.module
            for node in nodes
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        own = ".".join(path.relative_to(Path(molvae.__file__).parents[1]).with_suffix("").parts)
        for node in nodes:
            match node:
                case ast.Call(func=ast.Name(id="ordered_map"), args=[ast.Name(id=task), *_]):
                    found.add(origins.get(task) or own)
                case ast.Call(func=ast.Name(id="ordered_map")):
                    raise AssertionError(f"{own}: a task that this test cannot see")
    return found


def test_worker_processes_need_no_torch() -> None:
    modules = modules_of_tasks() - NEED_TORCH
    names = ("draws", "sets", "traits", "written_forms")
    assert modules >= {f"molvae.evaluation.{name}" for name in names}
    code = f"import sys, {', '.join(sorted(modules))}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert "torch" not in loaded.stdout.split()
