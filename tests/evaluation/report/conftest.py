import math

import numpy as np
import pytest

from molvae.chem import packed_morgan, parse
from molvae.evaluation.frechet import Gaussian
from molvae.evaluation.latent import LatentDiagnostics
from molvae.evaluation.references import Reference, SetStatistics
from molvae.evaluation.result import Evaluation
from molvae.evaluation.sets import MoleculeSet, describe_molecules

SMILES = [
    "CCO",
    "c1ccccc1C(=O)NC",
    "not <a> molecule & so",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CCO",
    "Cc1nc(NCc2ccccc2)no1",
    "O=C(O)c1ccncc1",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
]
KNOWN = ["CCO", "CCN", "c1ccccc1C(=O)NCC", "Cc1nc(NCc2ccccc2)no1", "CC(=O)Oc1ccccc1"]


@pytest.fixture(scope="session")
def molecules() -> MoleculeSet:
    return describe_molecules(SMILES, workers=1)


@pytest.fixture(scope="session")
def reference() -> Reference:
    found = describe_molecules(KNOWN, workers=1)
    statistics = SetStatistics(
        name="a test set",
        count=len(KNOWN),
        gaussian=Gaussian(np.zeros(512), np.eye(512), len(KNOWN)),
        fingerprints=packed_morgan([parse(text) for text in KNOWN]),
        fragments=dict(found.fragments),
        scaffolds=dict(found.scaffolds),
        properties={name: np.sort(values) for name, values in found.properties.items()},
        smiles=found.smiles,
    )
    return Reference("moses", "2026.09.1", statistics, None, None, "made up")


@pytest.fixture(scope="session")
def diagnostics() -> LatentDiagnostics:
    rng = np.random.default_rng(0)
    smiles = ("CCO", "CCN", "CCC", "CCCC", "c1ccccc1", "c1ccncc1", "CC(=O)O", "CCCl")
    mu = rng.normal(size=(8, 4)) * [3.0, 1.0, 0.1, 0.1]
    return LatentDiagnostics(
        values={"reconstruction/exact": 0.5, "kl": 10.0, "active_units": 3.0},
        notes={},
        seconds={},
        protocol={"molecules": 8},
        smiles=smiles,
        mu=mu,
        kl_per_dimension=np.array([1.0, 6.0, 2.0, 1.0]),
        properties={"logp": rng.normal(size=8)},
        pair_distances=rng.uniform(0, 4, 200),
        pair_similarities=rng.uniform(0, 1, 200),
        radii=np.array([1.0, 2.0]),
        radius_similarities=np.array([0.9, 0.4]),
        interpolations=(("CCO", "CCO", None, "CCN"),),
    )


@pytest.fixture(scope="session")
def evaluation(molecules, reference, diagnostics) -> Evaluation:
    return Evaluation(
        source="some/model",
        suites={
            "moses": {"valid": 0.875, "FCD/Test": 1.25, "Novelty": math.nan},
            "latent": diagnostics.values,
        },
        spread={"moses": {"valid": 0.0125}},
        notes={"moses": {"Novelty": "no <training> set"}},
        protocol={
            "kind": "model",
            "samples": 8,
            "seeds": [0, 1],
            "reference": {"name": "moses", "benchmark": "moses"},
            "versions": {"rdkit": "2026.09.1"},
        },
        seconds={"FCD": 1.5},
        molecules=molecules,
        reference=reference,
        diagnostics=diagnostics,
    )
