"""Evaluate molecules or a model: draw, describe, compare with a reference, and say how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

from molvae.data.datasets import is_guacamol_training
from molvae.errors import EvaluationError
from molvae.evaluation.guacamol import SIZE, guacamol_metrics
from molvae.evaluation.latent import LatentDiagnostics, diagnose
from molvae.evaluation.moses import moses_metrics
from molvae.evaluation.protocol import protocol
from molvae.evaluation.records import Measured, Progress, Sheet
from molvae.evaluation.references import Reference, load_reference, with_training
from molvae.evaluation.result import SUITES, Evaluation
from molvae.evaluation.seeds import deviations, means, notes, summed_seconds
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
    reference_column: str | None = None,
    device: str = "auto",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Metrics of `source`: a list of SMILES, a file of molecules, a model, a run, a `Generator`.

    Give the raw output of a generator, invalid strings and repeats included: validity and
    uniqueness are told from them. `suite` is "moses" (Polykovskiy et al. 2020), "guacamol"
    (Brown et al. 2019), "latent" (diagnostics of a model), several of them, or "all" that
    apply. `reference` is "moses", "starter", or any file of molecules; novelty is against
    its training set, or the file `training`. `column` names the column of SMILES in `source`,
    `reference_column` that in the other files. `n` is the number of samples: 30,000 of a
    model, all of a file; GuacaMol takes 10,000 of its own, or `n` if that is less. A model is
    evaluated for `seeds` seeds from `seed` on: the means are given, and standard deviations.
    `held_out` is a file of molecules that the model has not seen, for the diagnostics (default:
    the test split it was made with, else the starter corpus's).

    Raises `EvaluationError` for an impossible request, `InputError` for an unreadable file,
    `ModelError` for a damaged model. What cannot be measured, as of no molecules, is NaN with
    a note.
    """
    subject = subject_of(source, column=column, device=device)
    suites = _suites(suite, subject)
    _check_counts(n, seeds, subject, suites)
    if held_out is not None and "latent" not in suites:
        raise EvaluationError("held-out molecules are for the suite latent, which is not asked for")
    unseen = _unseen(subject, held_out, reference_column) if "latent" in suites else None
    settings = _Settings(n, device, workers, progress or _silent)
    compared = _reference(reference, suites, training, reference_column, settings)
    rounds = [_measure(subject, suites, compared, settings, seed + one) for one in range(seeds)]
    if unseen is not None:
        rounds.append(_diagnose(subject, unseen, settings, seed))
    facts = protocol(
        subject,
        compared,
        suites=suites,
        samples=rounds[0].molecules.total if rounds[0].molecules is not None else None,
        guacamol_size=_guacamol_size(subject, n),
        seeds=range(seed, seed + seeds),
        unseen=None if unseen is None else unseen[1],
        diagnostics=rounds[-1].diagnostics,
    )
    return _assembled(subject.name, suites, rounds, compared, facts)


def _assembled(
    source: str,
    suites: Sequence[str],
    rounds: Sequence[_Round],
    reference: Reference | None,
    facts: Mapping[str, Any],
) -> Evaluation:
    by_suite = {name: [r.measured[name] for r in rounds if name in r.measured] for name in suites}
    return Evaluation(
        source=source,
        suites={name: means(measured) for name, measured in by_suite.items()},
        spread={name: deviations(m) for name, m in by_suite.items() if len(m) > 1},
        notes={name: notes(measured) for name, measured in by_suite.items()},
        protocol=facts,
        seconds=summed_seconds(one for measured in by_suite.values() for one in measured),
        molecules=rounds[0].molecules,
        reference=reference,
        diagnostics=rounds[-1].diagnostics,
    )


def _suites(asked: str | Sequence[str], subject: Subject) -> tuple[str, ...]:
    """The suites meant, in their order; raises `EvaluationError`."""
    names = [asked] if isinstance(asked, str) else list(asked)
    known = f"there are {', '.join(SUITES)}, and all"
    for name in names:
        if name not in (*SUITES, "all"):
            raise EvaluationError(f"no suite {name!r}; {known}")
    if not names:
        raise EvaluationError(f"no suite was named; {known}")
    is_model = isinstance(subject, DrawnMolecules)
    if "all" in names:
        return SUITES if is_model else SUITES[:-1]
    if "latent" in names and not is_model:
        raise EvaluationError(f"the suite latent is about models, and {subject.name} is none")
    return tuple(name for name in SUITES if name in names)


def _check_counts(n: int | None, seeds: int, subject: Subject, suites: Sequence[str]) -> None:
    if n is not None and n < 1:
        raise EvaluationError(f"n = {n}: at least 1 molecule is needed")
    if seeds < 1:
        raise EvaluationError(f"seeds = {seeds}: at least 1 is needed")
    if tuple(suites) == ("latent",) and (n is not None or seeds > 1):
        raise EvaluationError(
            "the suite latent has samples and one seed of its own; leave out n and seeds"
        )
    if isinstance(subject, DrawnMolecules):
        return
    if seeds > 1:
        raise EvaluationError(
            f"{subject.name} holds molecules that are there already, so {seeds} seeds would give "
            "the same numbers; give a model, or evaluate one file for each seed"
        )
    if n is not None:
        subject.samples(n, 0, lambda done: None)  # says where there are fewer


def _unseen(subject: Subject, asked: Path | None, column: str | None) -> tuple[list[str], str]:
    assert isinstance(subject, DrawnMolecules), "_suites() lets latent pass for models only"
    return unseen_molecules(subject.generator.path, asked, column=column)


def _reference(
    asked: Path | Reference,
    suites: Sequence[str],
    training: Path | None,
    column: str | None,
    settings: _Settings,
) -> Reference | None:
    """The reference asked for; None where no suite compares with any."""
    if set(suites) == {"latent"}:
        return None
    if isinstance(asked, Reference):
        loaded = asked
    else:
        loaded = load_reference(
            asked,
            column=column,
            baseline="guacamol" in suites,
            workers=settings.workers,
            device=settings.device,
            progress=settings.progress,
        )
        if training is None and is_guacamol_training(asked):
            return replace(loaded, shipped="guacamol")
    if training is None:
        return loaded
    return with_training(
        loaded,
        training,
        column=column,
        baseline="guacamol" in suites,
        workers=settings.workers,
        device=settings.device,
        progress=settings.progress,
    )


def _measure(
    subject: Subject,
    suites: Sequence[str],
    reference: Reference | None,
    settings: _Settings,
    seed: int,
) -> _Round:
    """The suites that compare with a reference, for one seed."""
    if reference is None:
        return _Round({})
    measured: dict[str, Measured] = {}
    molecules = None
    if "moses" in suites:
        measured["moses"], molecules = _moses(subject, reference, settings, seed)
    if "guacamol" in suites:
        measured["guacamol"] = _guacamol(subject, reference, settings, seed)
    return _Round(measured, molecules)


def _moses(
    subject: Subject, reference: Reference, settings: _Settings, seed: int
) -> tuple[Measured, MoleculeSet]:
    sheet, tell, total = Sheet(), settings.progress, settings.n or MODEL_SAMPLES
    with sheet.timed("sampling"):
        raw = subject.samples(settings.n, seed, lambda done: tell("sampling", done, total))
    with sheet.timed("molecules"):
        molecules = describe_molecules(raw, workers=settings.workers, progress=tell)
    found = moses_metrics(molecules, reference, device=settings.device, progress=tell)
    blanks = sum(not text.strip() for text in raw)
    counted = "1 empty string counts" if blanks == 1 else f"{blanks:,} empty strings count"
    said = {"valid": f"{counted} as invalid"} if blanks else {}
    seconds = {**sheet.measured().seconds, **found.seconds}
    return replace(found, notes={**said, **found.notes}, seconds=seconds), molecules


def _guacamol(subject: Subject, reference: Reference, settings: _Settings, seed: int) -> Measured:
    training = reference.training
    return guacamol_metrics(
        subject.stream(settings.n, seed),
        None if training is None else training.baseline,
        None if training is None else training.known_flat,
        size=_guacamol_size(subject, settings.n),
        workers=settings.workers,
        progress=settings.progress,
        device=settings.device,
    )


def _guacamol_size(subject: Subject, n: int | None) -> int:
    """Molecules of each benchmark: the suite's own number, or `n` of a model if that is less."""
    return min(SIZE, n) if n is not None and isinstance(subject, DrawnMolecules) else SIZE


def _diagnose(
    subject: Subject, unseen: tuple[list[str], str], settings: _Settings, seed: int
) -> _Round:
    assert isinstance(subject, DrawnMolecules), "_suites() lets latent pass for models only"
    saved = subject.generator.saved
    where = str(saved.model.embedding.weight.device)  # the model stays where it is
    found = diagnose(saved, unseen[0], seed=seed, device=where, progress=settings.progress)
    measured = Measured(found.values, found.notes, found.seconds)
    return _Round({"latent": measured}, diagnostics=found)


def _silent(stage: str, done: int, total: int) -> None:
    """No progress is shown."""
