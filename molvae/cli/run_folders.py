"""Where a run of `molvae train` goes: the folder given, the newest to resume, or the next free."""

import re
from pathlib import Path

STARTER = "starter"
CORPUS = "corpus"
"""Name of the corpus in the folder of a run that was given molecules."""
_BEFORE_THE_RUN = {CORPUS, "annotations", "initial"}


def run_folder(source: str | None, out: str | None, *, resume: bool) -> Path:
    """The folder of the run; raises `TrainingError` (nothing to resume) and `OutputError`."""
    from molvae.checkpoint import RUNS_FOLDER
    from molvae.errors import OutputError, TrainingError

    if resume:
        run = Path(out) if out is not None else _newest_run(RUNS_FOLDER)
        if run is None or not (run / "config.toml").is_file():
            place = run or f"{RUNS_FOLDER}/"
            raise TrainingError(f"nothing to resume in {place}: it holds no run")
        return run
    if out is None:
        return next_run(source, RUNS_FOLDER)
    if Path(out).exists() and not _is_unused(Path(out)):
        raise OutputError(f"{out} exists already; add --resume or choose another --out")
    return Path(out)


def next_run(source: str | None, folder: Path) -> Path:
    """FOLDER/NAME-N with the first N above all that are taken."""
    stem = Path(source).name.partition(".")[0] if source else STARTER
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-") or "run"
    taken = [re.fullmatch(rf"{re.escape(name)}-(\d+)", path.name) for path in folder.glob("*")]
    return folder / f"{name}-{1 + max((int(match[1]) for match in taken if match), default=0)}"


def _is_unused(folder: Path) -> bool:
    """Whether `folder` holds no run: nothing, or what was made for one that did not begin."""
    return folder.is_dir() and {path.name for path in folder.iterdir()} <= _BEFORE_THE_RUN


def _newest_run(folder: Path) -> Path | None:
    runs = [path.parent for path in folder.glob("*/config.toml")]
    return max(runs, key=lambda path: path.stat().st_mtime, default=None)
