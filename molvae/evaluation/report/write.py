"""Writes the report of a model, a run or a file of molecules: one page, whole or not at all."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from molvae.checkpoint import SavedModel, load_model
from molvae.chem import get_property
from molvae.data.streams import STDIN
from molvae.errors import OutputError
from molvae.evaluation.records import Progress
from molvae.evaluation.references import Reference
from molvae.evaluation.report.collect import collect
from molvae.evaluation.report.page import render_page
from molvae.evaluation.result import Evaluation
from molvae.evaluation.subjects import Source
from molvae.evaluation.suites import evaluate
from molvae.files import atomic_path
from molvae.generation.generator import Generator


def write_report(
    source: Source,
    path: str | PathLike[str],
    *,
    evaluation: Evaluation | None = None,
    reference: str | PathLike[str] | Reference = "moses",
    suite: str | Sequence[str] = "all",
    n: int | None = None,
    seeds: int = 1,
    seed: int = 0,
    color: str = "logp",
    training: str | PathLike[str] | None = None,
    held_out: str | PathLike[str] | None = None,
    column: str | None = None,
    reference_column: str | None = None,
    device: str = "auto",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate `source`, write one self-contained HTML page about it to `path`, return the numbers.

    `evaluation` is an evaluation of the same `source`, so that it is not done again; without
    it, the arguments from `reference` to `held_out` are those of `evaluate`. `color` is the
    property on the map of the latent space. The page has what there is: a file of molecules
    has no latent space, a model without its log no training curves; it says so. Raises what
    `evaluate` raises, `ConfigError` for an unknown property, and `OutputError` where `path`
    cannot be written.
    """
    get_property(color)  # mistakes are told before the work, not after
    if Path(path).is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; give a file name")
    saved = saved_model(source, device=device)
    found = evaluation or evaluate(
        source if saved is None or isinstance(source, Generator) else saved,
        reference=reference,
        suite=suite,
        n=n,
        seeds=seeds,
        seed=seed,
        training=training,
        held_out=held_out,
        column=column,
        reference_column=reference_column,
        device=device,
        workers=workers,
        progress=progress,
    )
    data = collect(found, saved=saved, color=color, seed=seed, workers=workers, progress=progress)
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(render_page(data), "utf-8")
    return found


def saved_model(source: Source, *, device: str = "auto") -> SavedModel | None:
    """The model that `source` means, or None where it is molecules; raises `ModelError`."""
    if isinstance(source, Generator):
        return source.saved
    if isinstance(source, SavedModel):
        return source
    if source is None:
        return load_model()
    if not isinstance(source, str | PathLike) or source == STDIN or Path(source).is_file():
        return None
    return load_model(Path(source))
