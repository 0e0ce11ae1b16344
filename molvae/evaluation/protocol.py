"""What numbers belong to: sizes, seeds, reference, versions, machine."""

import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from molvae.config.words import describe_prior
from molvae.evaluation.latent import LatentDiagnostics
from molvae.evaluation.references import Reference
from molvae.evaluation.subjects import DrawnMolecules, Subject
from molvae.parallel import worker_count

LIBRARIES = ("molvae", "rdkit", "torch", "numpy", "fcd")


def protocol(
    subject: Subject,
    reference: Reference | None,
    *,
    suites: Sequence[str],
    samples: int | None,
    guacamol_size: int,
    seeds: Sequence[int],
    unseen: str | None,
    diagnostics: LatentDiagnostics | None,
) -> dict[str, Any]:
    """The facts that someone needs to measure the same again; without those that do not apply."""
    drawn = subject if isinstance(subject, DrawnMolecules) else None
    facts = {
        "kind": "molecules" if drawn is None else "model",
        "samples": samples,
        "guacamol samples": guacamol_size if "guacamol" in suites else None,
        "seeds": None if drawn is None else list(seeds),
        "sampling": None
        if drawn is None
        else f"z from {_prior(drawn)}, temperature 1; {drawn.generator!r}",
        "reference": None if reference is None else _about(reference),
        "held out": unseen,
        "latent": None if diagnostics is None else dict(diagnostics.protocol),
        "versions": {name: metadata.version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {worker_count()} cores",
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _prior(drawn: DrawnMolecules) -> str:
    """Where its latents came from, such as "N(0, I)"."""
    return describe_prior(drawn.generator.saved.config.model.prior)


def _about(reference: Reference) -> dict[str, Any]:
    parts = {
        "test": reference.test,
        "scaffold test": reference.scaffold_test,
        "training": reference.training,
    }
    counts = {name: part.count for name, part in parts.items() if part is not None}
    names = {f"{name} set": part.name for name, part in parts.items() if part is not None}
    origin = {"source": reference.source, "rdkit": reference.rdkit}
    return {"name": reference.name, "benchmark": reference.shipped, **counts, **names, **origin}
