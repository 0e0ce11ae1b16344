"""A run on the terminal: one line that moves, and a row of a table at each validation."""

import math
import sys
from typing import TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from molvae.training.records import Listener, Silence, StepRecord, ValidationRecord

COLUMNS = (
    ("step", 7),
    ("recon", 7),
    ("KL", 6),
    ("-ELBO", 7),
    ("active", 6),
    ("tokens", 7),
    ("exact", 6),
    ("valid", 6),
)


def default_listener() -> Listener:
    """Console output where a person watches standard error, silence elsewhere."""
    return ConsoleListener() if sys.stderr.isatty() else Silence()


class ConsoleListener:
    """Writes to standard error; the moving line only where it is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._console = Console(file=stream or sys.stderr, highlight=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.fields[place]}"),
            BarColumn(bar_width=16),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[losses]}"),
            TextColumn("{task.fields[rate]}"),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._rows = 0

    def on_wait(self, what: str) -> None:
        """Say what takes a while."""
        self._console.print(what)

    def on_start(self, facts: dict[str, object]) -> None:
        """Say what is trained on what."""
        going_on = f", going on at step {facts['resumed_at']:,}" if facts["resumed_at"] else ""
        self._console.print(
            f"training on {facts['molecules']:,} molecules ({facts['tokenizer']} tokens, "
            f"vocabulary {facts['vocabulary']}), {facts['parameters']:,} parameters, "
            f"{facts['device']} in {facts['precision']}{going_on}"
        )
        for note in cast("list[str]", facts.get("notes", ())):
            self._console.print(f"note: {note}")
        if self._console.is_terminal:
            self._progress.start()
            self._task = self._progress.add_task("", total=1.0, place="", losses="", rate="")

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        """Move the line."""
        if self._task is None:
            return
        self._progress.update(
            self._task,
            completed=record.progress,
            place=f"step {record.step:,}",
            losses=f"recon {record.reconstruction:.1f} KL {record.kl:.1f} beta {record.beta:.2f}",
            rate=f"{rate:,.0f} mol/s  ETA {format_seconds(eta_seconds)}",
        )

    def on_validation(self, record: ValidationRecord, *, best: bool) -> None:
        """Print a row; `*` marks the best so far."""
        if self._rows == 0:
            self._console.print(" ".join(f"{name:>{width}}" for name, width in COLUMNS))
        self._rows += 1
        validity = record.sampled_validity
        cells = (
            f"{record.step:,}",
            f"{record.reconstruction:.2f}",
            f"{record.kl:.2f}",
            f"{record.elbo:.2f}",
            f"{record.active_units}",
            f"{record.token_accuracy:.1%}",
            f"{record.exact_reconstruction:.1%}",
            "-" if validity is None else f"{validity:.1%}",
        )
        row = " ".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, COLUMNS, strict=True))
        scores = "".join(f" {name} {value:.2f}" for name, value in (record.predicted or {}).items())
        self._console.print(row + (" *" if best else "") + scores)

    def on_warning(self, message: str) -> None:
        """Say what is wrong, under the row that shows it."""
        self._console.print(f"warning: {message}")

    def on_end(self, reason: str) -> None:
        """Take the line away and say why the run ended."""
        self.close()
        self._console.print(f"training ended: {reason}")

    def close(self) -> None:
        """Take the moving line away."""
        if self._task is not None:
            self._progress.stop()
            self._task = None


def format_seconds(seconds: float) -> str:
    """A duration as h:mm:ss or m:ss; `-` when it is not known."""
    if not math.isfinite(seconds):
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
