"""Gathers what a report shows from an evaluation, and from the model or run behind it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from molvae.checkpoint import SavedModel
from molvae.evaluation.latent import LatentDiagnostics
from molvae.evaluation.records import Progress
from molvae.evaluation.report.data import LatentMap, Missing, Neighborhood, ReportData
from molvae.evaluation.report.html import counted
from molvae.evaluation.report.neighbors import COMPARED, SearchedSet, fingerprint_set, neighborhood
from molvae.evaluation.report.projection import latent_map
from molvae.evaluation.report.samples import (
    PROPERTY_MOLECULES,
    distinct_rows,
    distributions,
    pick_samples,
)
from molvae.evaluation.result import Evaluation
from molvae.generation.training_set import training_molecules
from molvae.training.logs import LOG_NAME, read_log

_NO_MODEL = "molecules have no model behind them that could be looked at"
_NO_TRAINING_SET = "the molecules that the model was trained on were not found"
MOST_TRAINING_MOLECULES = 250_000
"""Beyond this, a random sample stands for the training set."""
NOT_KEPT = "the molecules were not kept with the saved evaluation; make the report anew"


def collect(
    evaluation: Evaluation,
    *,
    saved: SavedModel | None = None,
    color: str = "logp",
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> ReportData:
    """What the report of `evaluation` shows; `saved` is the model, None for a file of molecules.

    `color` is the property on the map of the latent space, `seed` that of the random choices
    made here. Raises `ConfigError` for an unknown property.
    """
    trained_on = _training_set(evaluation, saved, seed, workers, progress)
    searched = [one for one in (trained_on, _test_set(evaluation)) if one is not None]
    log = tuple(read_log(_run_folder(saved))) if saved is not None else ()
    test = evaluation.reference.test if evaluation.reference is not None else None
    return ReportData(
        title=_title(evaluation, saved),
        facts=_model_facts(saved.card) if saved is not None else _file_facts(evaluation),
        evaluation=evaluation,
        log=log,
        distributions=distributions(evaluation, seed=seed, workers=workers),
        reference=f"{counted(test.count, 'molecule')} of {test.name}" if test is not None else "",
        samples=pick_samples(evaluation, saved, workers=workers),
        neighborhood=_neighborhood(evaluation, searched),
        latent_map=_map(evaluation.diagnostics, color),
        diagnostics=evaluation.diagnostics,
        missing=tuple(_missing(evaluation, saved, trained_on, has_log=bool(log))),
        protocol={
            "seed of the report": seed,
            "property on the map": color if evaluation.diagnostics is not None else None,
            "molecules behind TPSA and length": f"{PROPERTY_MOLECULES:,} of each set at most",
        },
    )


def _missing(
    evaluation: Evaluation,
    saved: SavedModel | None,
    trained_on: SearchedSet | None,
    *,
    has_log: bool,
) -> Iterator[Missing]:
    if saved is None:
        yield Missing("Training and latent space", _NO_MODEL)
    elif not has_log:
        yield Missing("Training", f"there is no {LOG_NAME} beside {saved.path.name}")
    if evaluation.molecules is None:
        yield Missing("Properties, molecules and neighbors", _why_no_molecules(evaluation))
    elif not len(evaluation.molecules.smiles):
        yield Missing("Properties, molecules and neighbors", "no molecule is valid")
    elif saved is not None and trained_on is None:
        yield Missing("Nearest training neighbors", _NO_TRAINING_SET)
    if saved is not None and evaluation.diagnostics is None:
        yield Missing("Latent space", _why_no_latent(evaluation))


def _training_set(
    evaluation: Evaluation,
    saved: SavedModel | None,
    seed: int,
    workers: int | None,
    progress: Progress | None,
) -> SearchedSet | None:
    """The model's training molecules; None where they, or samples to compare, are missing."""
    if saved is None or evaluation.molecules is None or not len(evaluation.molecules.smiles):
        return None
    found = training_molecules(saved, limit=MOST_TRAINING_MOLECULES, seed=seed)
    if found is None:
        return None
    title = counted(found.total, "training molecule")
    if len(found.smiles) < found.total:
        title = f"{len(found.smiles):,} random ones of {title}"
    return fingerprint_set(title, found.smiles, workers=workers, progress=progress)


def _test_set(evaluation: Evaluation) -> SearchedSet | None:
    if evaluation.reference is None:
        return None
    test = evaluation.reference.test
    title = f"{counted(test.count, 'molecule')} of {test.name}"
    return SearchedSet(title, test.smiles, test.fingerprints)


def _neighborhood(evaluation: Evaluation, searched: list[SearchedSet]) -> Neighborhood | None:
    molecules = evaluation.molecules
    if molecules is None:
        return None
    rows = distinct_rows(molecules.smiles, COMPARED)
    smiles = [molecules.smiles[row] for row in rows]
    return neighborhood(smiles, molecules.fingerprints[rows], searched)


def _map(diagnostics: LatentDiagnostics | None, color: str) -> LatentMap | None:
    return None if diagnostics is None else latent_map(diagnostics, color)


def _run_folder(saved: SavedModel) -> Path:
    """The folder of the run's log: the model's own, or the run around `best` and `last`."""
    own = saved.path
    return own if (own / LOG_NAME).is_file() else own.parent


def _why_no_molecules(evaluation: Evaluation) -> str:
    if "moses" in evaluation.suites:
        return NOT_KEPT
    return "they come with the MOSES metrics, which were not asked for"


def _why_no_latent(evaluation: Evaluation) -> str:
    if "latent" in evaluation.suites:
        return NOT_KEPT.replace("molecules", "latent vectors")
    return "the latent diagnostics were not asked for"


def _title(evaluation: Evaluation, saved: SavedModel | None) -> str:
    if saved is None:
        return Path(evaluation.source).name or evaluation.source
    own = saved.path.resolve()
    return own.parent.name if own.name in ("best", "last") else own.name


def _model_facts(card: Mapping[str, Any]) -> dict[str, str]:
    """What `model.json` says of the model and its training, as far as it does."""
    model = card.get("config", {}).get("model", {})
    training = card.get("training", {})
    splits = training.get("corpus", {}).get("splits", {})
    seconds = training.get("elapsed_seconds")
    facts = {
        "model": f"variational autoencoder, {card.get('parameters', 0):,} parameters",
        "latent size": _counted(model.get("latent_size")),
        "tokens": str(card.get("tokenizer", {}).get("kind", "")),
        "trained on": f"{splits['train']:,} molecules" if "train" in splits else "",
        "training": _trained(training.get("step"), training.get("epochs")),
        "training time": f"{seconds / 60:,.0f} min" if seconds else "",
        "made with": f"molvae {card.get('molvae', '')}",
    }
    return {name: value for name, value in facts.items() if value}


def _trained(step: Any, epochs: Any) -> str:
    parts = [f"{step:,} steps" if step else "", f"{epochs} epochs" if epochs else ""]
    return ", ".join(part for part in parts if part)


def _counted(value: Any) -> str:
    return f"{value:,} dimensions" if isinstance(value, int) else ""


def _file_facts(evaluation: Evaluation) -> dict[str, str]:
    molecules = evaluation.molecules
    if molecules is None:
        return {}
    return {
        "strings": f"{molecules.total:,}",
        "valid": f"{len(molecules.smiles):,}",
    }
