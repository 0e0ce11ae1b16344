"""Evaluate molecules or a model: draw, describe, compare with a reference, and say how."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike

import numpy as np

from molvae.errors import EvaluationError
from molvae.evaluation.guacamol import guacamol_metrics
from molvae.evaluation.latent import LatentDiagnostics, diagnose
from molvae.evaluation.moses import moses_metrics
from molvae.evaluation.protocol import protocol
from molvae.evaluation.records import Measured, Progress, Sheet
from molvae.evaluation.references import Reference, load_reference
from molvae.evaluation.result import SUITES, Evaluation
from molvae.evaluation.sets import MoleculeSet, describe_molecules
from molvae.evaluation.subjects import (
    MODEL_SAMPLES,
    DrawnMolecules,
    Source,
    Subject,
    subject_of,
)
from molvae.evaluation.unseen import unseen_molecules

Path = str | PathLike[str]


@dataclass(frozen=True)
class _Settings:
    """With what an evaluation is done."""

    reference: Reference | None
    n: int | None
    device: str
    workers: int | None
    progress: Progress


@dataclass(frozen=True)
class _Round:
    """What was measured with one seed."""

    measured: dict[str, Measured]
    molecules: MoleculeSet | None = None
    diagnostics: LatentDiagnostics | None = None


def evaluate(
    source: Source = None,
    *,
    reference: Path | Reference = "moses",
    suite: str | Sequence[str] = "moses",
    n: int | None = None,
    seeds: int = 1,
    seed: int = 0,
    training: Path | None = None,
    held_out: Path | None = None,
    column: str | None = None,
    device: str = "auto",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Metrics of `source`: a list of SMILES, a file of molecules, a model, a run, a `Generator`.

    Give the raw output of a generator, invalid strings and repeats included: validity and
    uniqueness are told from them. `suite` is "moses" (Polykovskiy et al. 2020), "guacamol"
    (Brown et al. 2019), "latent" (diagnostics of a model), several of them, or "all" that
    apply. `reference` is "moses", "starter", or any file of molecules; novelty is against
    its training set, or the file `training`. `n` is the number of samples: 30,000 of a
    model, all of a file. A model is evaluated for `seeds` seeds from `seed` on: the means
    are given, and standard deviations. `held_out` is a file of molecules that the model has
    not seen, for the diagnostics (default: the test split it was made with, else the
    starter corpus's).

    Raises `EvaluationError` for an impossible request, `InputError` for an unreadable file,
    `ModelError` for a damaged model. What cannot be measured, as of no molecules, is NaN with
    a note.
    """
    subject = subject_of(source, column=column, device=device)
    suites = _suites(suite, subject)
    _check_counts(n, seeds, subject)
    unseen = _unseen(subject, held_out, column) if "latent" in suites else None
    tell = progress or _silent
    compared = _reference(reference, suites, training, device, workers, tell)
    settings = _Settings(compared, n, device, workers, tell)
    rounds = [_measure(subject, suites, settings, seed + extra) for extra in range(seeds)]
    if unseen is not None:
        rounds.append(_diagnose(subject, unseen[0], settings, seed))
    by_suite = {name: [r.measured[name] for r in rounds if name in r.measured] for name in suites}
    first, last = rounds[0], rounds[-1]
    return Evaluation(
        source=subject.name,
        suites={name: _means(measured) for name, measured in by_suite.items()},
        spread={name: _deviations(m) for name, m in by_suite.items() if len(m) > 1},
        notes={name: measured[0].notes for name, measured in by_suite.items()},
        protocol=protocol(
            subject,
            compared,
            samples=first.molecules.total if first.molecules is not None else None,
            seeds=range(seed, seed + seeds),
            unseen=unseen[1] if unseen is not None else None,
            diagnostics=last.diagnostics,
        ),
        seconds=_summed(one for measured in by_suite.values() for one in measured),
        molecules=first.molecules,
        reference=compared,
        diagnostics=last.diagnostics,
    )


def _suites(asked: str | Sequence[str], subject: Subject) -> tuple[str, ...]:
    """The suites meant, in their order; raises `EvaluationError`."""
    names = [asked] if isinstance(asked, str) else list(asked)
    is_model = isinstance(subject, DrawnMolecules)
    if "all" in names:
        return SUITES if is_model else SUITES[:-1]
    for name in names:
        if name not in SUITES:
            raise EvaluationError(f"no suite {name!r}; there are {', '.join(SUITES)}, and all")
    if "latent" in names and not is_model:
        raise EvaluationError(f"the suite latent is about models, and {subject.name} is none")
    if not names:
        raise EvaluationError(f"no suite was named; there are {', '.join(SUITES)}, and all")
    return tuple(name for name in SUITES if name in names)


def _check_counts(n: int | None, seeds: int, subject: Subject) -> None:
    if n is not None and n < 1:
        raise EvaluationError(f"n = {n}: at least 1 molecule is needed")
    if seeds < 1:
        raise EvaluationError(f"seeds = {seeds}: at least 1 is needed")
    if seeds > 1 and not isinstance(subject, DrawnMolecules):
        raise EvaluationError(
            f"{subject.name} holds molecules that are there already, so {seeds} seeds would give "
            "the same numbers; give a model, or evaluate one file for each seed"
        )


def _unseen(subject: Subject, asked: Path | None, column: str | None) -> tuple[list[str], str]:
    assert isinstance(subject, DrawnMolecules), "_suites() lets latent pass for models only"
    return unseen_molecules(subject.generator.path, asked, column=column)


def _reference(
    asked: Path | Reference,
    suites: Sequence[str],
    training: Path | None,
    device: str,
    workers: int | None,
    progress: Progress,
) -> Reference | None:
    """The reference asked for; None where no suite compares with any."""
    if set(suites) == {"latent"}:
        return None
    if isinstance(asked, Reference):
        return asked
    return load_reference(
        asked,
        training=training,
        baseline="guacamol" in suites,
        workers=workers,
        device=device,
        progress=progress,
    )


def _measure(subject: Subject, suites: Sequence[str], settings: _Settings, seed: int) -> _Round:
    measured: dict[str, Measured] = {}
    molecules = None
    if "moses" in suites:
        measured["moses"], molecules = _moses(subject, settings, seed)
    if "guacamol" in suites:
        measured["guacamol"] = _guacamol(subject, settings, seed)
    return _Round(measured, molecules)


def _moses(subject: Subject, settings: _Settings, seed: int) -> tuple[Measured, MoleculeSet]:
    assert settings.reference is not None
    sheet, tell, total = Sheet(), settings.progress, settings.n or MODEL_SAMPLES
    with sheet.timed("sampling"):
        raw = subject.samples(settings.n, seed, lambda done: tell("sampling", done, total))
    with sheet.timed("molecules"):
        molecules = describe_molecules(raw, workers=settings.workers, progress=tell)
    found = moses_metrics(molecules, settings.reference, device=settings.device, progress=tell)
    return replace(found, seconds={**sheet.measured().seconds, **found.seconds}), molecules


def _guacamol(subject: Subject, settings: _Settings, seed: int) -> Measured:
    assert settings.reference is not None
    training = settings.reference.training
    return guacamol_metrics(
        subject.stream(settings.n, seed),
        None if training is None else training.baseline,
        None if training is None else training.known_flat,
        workers=settings.workers,
        progress=settings.progress,
        device=settings.device,
    )


def _diagnose(subject: Subject, smiles: Sequence[str], settings: _Settings, seed: int) -> _Round:
    assert isinstance(subject, DrawnMolecules)
    found = diagnose(
        subject.generator.saved,
        smiles,
        seed=seed,
        device=settings.device,
        progress=settings.progress,
    )
    measured = Measured(found.values, found.notes, found.seconds)
    return _Round({"latent": measured}, diagnostics=found)


def _means(measured: Sequence[Measured]) -> dict[str, float]:
    return {name: float(np.mean(_column(name, measured))) for name in measured[0].values}


def _deviations(measured: Sequence[Measured]) -> dict[str, float]:
    return {name: float(np.std(_column(name, measured), ddof=1)) for name in measured[0].values}


def _column(name: str, measured: Sequence[Measured]) -> list[float]:
    return [one.values[name] for one in measured]


def _summed(measured: Iterable[Measured]) -> Mapping[str, float]:
    seconds: dict[str, float] = {}
    for one in measured:
        for stage, spent in one.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    return seconds


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""
