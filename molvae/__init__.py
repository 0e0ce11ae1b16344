"""molvae: from a file of SMILES to a trained model to new, valid, scored molecules.

The public names are found when first used, so that `import molvae` loads neither torch
nor RDKit.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from molvae.config import Config
    from molvae.data.prepare import prepare
    from molvae.data.shards import Corpus
    from molvae.evaluation.report.write import write_report
    from molvae.evaluation.suites import evaluate
    from molvae.generation.generator import Generator
    from molvae.model.vae import MolVAE
    from molvae.training.fit_prior import fit_prior
    from molvae.training.train import train

    __version__: str

__all__ = [
    "Config",
    "Corpus",
    "Generator",
    "MolVAE",
    "__version__",
    "evaluate",
    "fit_prior",
    "prepare",
    "train",
    "write_report",
]

_HOMES = {
    "Config": "molvae.config",
    "Corpus": "molvae.data.shards",
    "Generator": "molvae.generation.generator",
    "MolVAE": "molvae.model.vae",
    "evaluate": "molvae.evaluation.suites",
    "fit_prior": "molvae.training.fit_prior",
    "prepare": "molvae.data.prepare",
    "train": "molvae.training.train",
    "write_report": "molvae.evaluation.report.write",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from molvae.version import version

        return version()
    if name not in _HOMES:
        raise AttributeError(f"module 'molvae' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
