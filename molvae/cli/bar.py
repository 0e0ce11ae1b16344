"""The progress bar: how many, how fast, how long still."""

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

Advance = Callable[[int], None]
"""Told the number done so far."""


class _Count(ProgressColumn):
    """Items done, of how many, and how many a second."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        super().__init__()

    def render(self, task: Task) -> Text:
        """For example "12,000/200,000 molecules  8,120/s"."""
        of_all = f"/{int(task.total):,}" if task.total is not None else ""
        speed = task.finished_speed or task.speed
        rate = f"  {speed:,.0f}/s" if speed else ""
        return Text(f"{int(task.completed):,}{of_all} {self._unit}{rate}")


@contextlib.contextmanager
def progress_bar(
    console: Console, description: str, total: int | None, unit: str
) -> Iterator[Advance]:
    """A bar on `console` that vanishes at the end; without `total` only count and rate."""
    ending = [TimeElapsedColumn()] if total is None else [BarColumn(24), TimeRemainingColumn()]
    columns = [TextColumn("{task.description}"), *ending[:-1], _Count(unit), ending[-1]]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextlib.contextmanager
def stage_bar(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """One bar after the other for the stages of a long task; the last vanishes at the end."""
    columns = [TextColumn("{task.description}"), BarColumn(24), _Count(""), TimeRemainingColumn()]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        current = ""

        def tell(stage: str, done: int, total: int) -> None:
            nonlocal current
            if stage != current:
                bar.reset(task, description=stage, total=total)
                current = stage
            bar.update(task, completed=done, total=total)

        yield tell
