"""Metrics of generated molecules, diagnostics of models, and the report of both.

The public names are found when first used: most of them need torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from molvae.evaluation.frechet import frechet_distance, gaussian
    from molvae.evaluation.guacamol import guacamol_metrics
    from molvae.evaluation.latent import LatentDiagnostics, diagnose
    from molvae.evaluation.moses import moses_metrics
    from molvae.evaluation.records import Measured
    from molvae.evaluation.references import Reference, load_reference
    from molvae.evaluation.report.write import write_report
    from molvae.evaluation.result import Evaluation
    from molvae.evaluation.sets import MoleculeSet, describe_molecules
    from molvae.evaluation.similarity import mean_similarities, nearest_similarity
    from molvae.evaluation.suites import evaluate

_HOMES = {
    "Evaluation": "result",
    "LatentDiagnostics": "latent",
    "Measured": "records",
    "MoleculeSet": "sets",
    "Reference": "references",
    "describe_molecules": "sets",
    "diagnose": "latent",
    "evaluate": "suites",
    "frechet_distance": "frechet",
    "gaussian": "frechet",
    "guacamol_metrics": "guacamol",
    "load_reference": "references",
    "mean_similarities": "similarity",
    "moses_metrics": "moses",
    "nearest_similarity": "similarity",
    "write_report": "report.write",
}

__all__ = [
    "Evaluation",
    "LatentDiagnostics",
    "Measured",
    "MoleculeSet",
    "Reference",
    "describe_molecules",
    "diagnose",
    "evaluate",
    "frechet_distance",
    "gaussian",
    "guacamol_metrics",
    "load_reference",
    "mean_similarities",
    "moses_metrics",
    "nearest_similarity",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'molvae.evaluation' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"molvae.evaluation.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
