"""The MOSES metrics are the reference implementation's, and those that a naive hand computes.

`data/moses_reference.json` holds molecules and what molsets 0.3.1 (with fcd_torch 1.0.7)
gave for them, changed only where it no longer runs; the smaller case is from its own tests.
The brute force below shares nothing with molvae but the alerts' files and ChemNet's weights.
"""

import csv
import json
import math
from collections import Counter
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import fcd
import numpy as np
import pytest
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import BRICS, QED, Crippen, Descriptors, rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from rdkit.Contrib.SA_Score import sascorer

from molvae.evaluation.moses import moses_metrics
from molvae.evaluation.reference_sets import Reference, statistics_of, training_of
from molvae.evaluation.sets import describe_molecules

STORED = json.loads((Path(__file__).parent / "data" / "moses_reference.json").read_text())
EXTRA = [
    "C[N+](C)(C)C.[Cl-]",
    "CC(=O)O.NCCc1ccc(O)cc1.NCCc1ccc(O)cc1",
    "C/C=C/C(=O)N[C@@H](C)c1ccccc1",
    "O=C1OCCN1c1ccc(-c2ccccc2)cc1I",
    "[13CH4]",
    "C1CCCCCCCCC1C(=O)NCc1ccncc1",
    "not a molecule",
]
"""Mixtures, charges, stereo, isotopes, large rings: what the stored case has little of."""


def metrics(
    generated: list[str],
    test: list[str],
    scaffold_test: list[str] | None,
    training: list[str],
    unique_at: list[int],
) -> dict[str, float]:
    def statistics(smiles, name):
        return statistics_of(smiles, name, as_given=True, workers=1, device="cpu")

    reference = Reference(
        name="here",
        rdkit=rdBase.rdkitVersion,
        test=statistics(test, "Test"),
        scaffold_test=statistics(scaffold_test, "TestSF") if scaffold_test else None,
        training=training_of(training, "train", baseline=False, workers=1),
        source="",
    )
    described = describe_molecules(generated, workers=1)
    return moses_metrics(described, reference, unique_at=unique_at, device="cpu").values


def test_the_reference_implementations_own_case():
    found = metrics(
        generated=[
            "CNC",
            "Oc1ccccc1-c1cccc2cnccc12",
            "INVALID",
            "CCCP",
            "Cc1noc(C)c1CN(C)C(=O)Nc1cc(F)cc(F)c1",
            "Cc1nc(NCc2ccccc2)no1-c1ccccc1",
        ],
        test=["Oc1ccccc1-c1cccc2cnccc12", "COc1cccc(NC(=O)Cc2coc3ccc(OC)cc23)c1"],
        scaffold_test=None,
        training=["CNC"],
        unique_at=[3],
    )
    published = {
        "valid": 2 / 3,
        "unique@3": 1.0,
        "SNN/Test": 0.3152585653588176,
        "Frag/Test": 0.3,
        "Scaf/Test": 0.5,
        "IntDiv": 0.7189187309761661,
        "Filters": 0.75,
        "logP": 1.63229,
        "SA": 0.6280362203189407,  # 0.5238335295121783 in 2020: see docs/metrics.md
        "QED": 0.20370891752648637,
        "weight": 106.87,
        "Novelty": 0.75,
    }
    assert {name: found[name] for name in published} == pytest.approx(published, abs=1e-6)
    assert found["FCD/Test"] == pytest.approx(52.58371754126664, rel=1e-5)
    assert list(found) == [
        *("valid", "unique@3", "FCD/Test", "SNN/Test", "Frag/Test", "Scaf/Test"),
        *("IntDiv", "IntDiv2", "Filters", "logP", "SA", "QED", "weight", "Novelty"),
    ]


def test_stored_values_of_the_reference_implementation():
    found = metrics(
        STORED["generated"],
        STORED["test"],
        STORED["scaffold_test"],
        STORED["training"],
        STORED["unique_at"],
    )
    stored = STORED["values"]
    distances = {"FCD/Test", "FCD/TestSF"}
    assert list(found) == list(stored)
    for name, value in stored.items():
        wanted = pytest.approx(value, rel=1e-5 if name in distances else 0, abs=1e-6)
        assert found[name] == wanted, name


@pytest.mark.filterwarnings("ignore:`row_stack`:DeprecationWarning")  # of fcd
def test_every_metric_by_brute_force():
    generated = STORED["generated"][:110] + EXTRA + STORED["generated"][:10]
    test, scaffold_test = STORED["test"][:60], STORED["scaffold_test"][:40]
    found = metrics(generated, test, scaffold_test, STORED["training"], [25, 120])
    wanted = by_hand(generated, test, scaffold_test, STORED["training"], [25, 120])
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        tolerance = 1e-5 if name.startswith("FCD") else 1e-8
        assert found[name] == pytest.approx(value, rel=tolerance, abs=1e-8), name


def by_hand(generated, test, scaffold_test, training, unique_at):
    with rdBase.BlockLogs():
        first = [Chem.MolFromSmiles(text) if text else None for text in generated]
        canonical = [Chem.MolToSmiles(mol) for mol in first if mol is not None]
        mols = [Chem.MolFromSmiles(text) for text in canonical]
        smiles = [Chem.MolToSmiles(mol) for mol in mols]
    values = {"valid": len(mols) / len(generated)}
    for k in unique_at:
        values[f"unique@{k}"] = len(set(smiles[:k])) / min(k, len(smiles))
    network = fcd.load_ref_model(str(files("fcd") / "ChemNet_v0.13_pretrained.pt"))
    cloud = activations(network, smiles)
    references = {"Test": test, "TestSF": scaffold_test}
    for suffix, strings in references.items():
        others = [Chem.MolFromSmiles(text) for text in strings]
        points = activations(network, list(map(Chem.MolToSmiles, others)))
        values[f"FCD/{suffix}"] = frechet_by_singular_values(cloud, points)
        values[f"SNN/{suffix}"] = np.mean(
            [max(DataStructs.BulkTanimotoSimilarity(own, bits(others))) for own in bits(mols)]
        )
        values[f"Frag/{suffix}"] = angle(pieces(mols), pieces(others))
        values[f"Scaf/{suffix}"] = angle(cores(mols), cores(others))
    similar = np.array([DataStructs.BulkTanimotoSimilarity(a, bits(mols)) for a in bits(mols)])
    values["IntDiv"] = 1 - similar.mean()
    values["IntDiv2"] = 1 - np.sqrt((similar**2).mean(axis=1)).mean()
    values["Filters"] = np.mean([passes(mol) for mol in mols])
    others = [Chem.MolFromSmiles(text) for text in test]
    for name, function in {
        "logP": Crippen.MolLogP,
        "SA": sascorer.calculateScore,
        "QED": QED.qed,
        "weight": Descriptors.MolWt,
    }.items():
        values[name] = earth_moved(list(map(function, mols)), list(map(function, others)))
    values["Novelty"] = len(set(smiles) - set(training)) / len(set(smiles))
    return values


def activations(network, smiles):
    return fcd.get_predictions(network, smiles, n_jobs=0, device="cpu")


def frechet_by_singular_values(first, second):
    """Of activations, (n, 512): the trace of the root as a sum of singular values of (n, m)."""
    means = [points.astype(float).mean(axis=0) for points in (first, second)]
    centered = [
        (points - mean) / math.sqrt(len(points) - 1)
        for points, mean in zip((first, second), means, strict=True)
    ]
    overlap = np.linalg.svd(centered[0] @ centered[1].T, compute_uv=False).sum()
    spread = sum((part**2).sum() for part in centered)
    return ((means[0] - means[1]) ** 2).sum() + spread - 2 * overlap


def bits(mols):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    return [generator.GetFingerprint(mol) for mol in mols]


def pieces(mols):
    parts = [Chem.MolToSmiles(BRICS.BreakBRICSBonds(mol)).split(".") for mol in mols]
    return Counter(part for some in parts for part in some)


def cores(mols):
    cores = [MurckoScaffold.GetScaffoldForMol(mol) for mol in mols]
    return Counter(Chem.MolToSmiles(c) for c in cores if c.GetRingInfo().NumRings() >= 2)


def angle(first, second):
    names = sorted({*first, *second})
    a, b = (np.array([counts[name] for name in names], float) for counts in (first, second))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def alerts():
    for name in ("mcf", "pains"):
        text = (files("molvae") / "resources" / "alerts" / f"{name}.csv").read_text()
        yield from (Chem.MolFromSmarts(row["smarts"]) for row in csv.DictReader(text.splitlines()))


ALERTS = list(alerts())


def passes(mol):
    with_hydrogens = Chem.AddHs(mol)
    return (
        all(len(ring) < 8 for ring in mol.GetRingInfo().AtomRings())
        and all(atom.GetFormalCharge() == 0 for atom in mol.GetAtoms())
        and all(
            atom.GetSymbol() in {"C", "N", "S", "O", "F", "Cl", "Br", "H"}
            for atom in mol.GetAtoms()
        )
        and not any(with_hydrogens.HasSubstructMatch(alert) for alert in ALERTS)
    )


def earth_moved(first, second):
    """The mean distance between quantiles of the same rank, over all ranks."""
    first, second = sorted(first), sorted(second)
    ranks = sorted({Fraction(i, len(own)) for own in (first, second) for i in range(len(own) + 1)})
    return sum(
        float(high - low) * abs(first[int(low * len(first))] - second[int(low * len(second))])
        for low, high in pairwise(ranks)
    )
