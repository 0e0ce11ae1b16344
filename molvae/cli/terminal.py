"""What a command prints: results on standard output, messages and progress on standard error.

Tables are drawn on a terminal and aligned as plain text in a pipe; with `--json` the
result is one JSON object instead.
"""

import contextlib
import json
import math
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from rich.console import Console

Progress = Callable[[int], None]
"""Told the number of items done so far."""
StageProgress = Callable[[str, int, int], None]
"""Told the stage, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Terminal:
    """The two streams of a command and how much is said on them."""

    quiet: bool = False
    json: bool = False

    @property
    def interactive(self) -> bool:
        """Whether results are read by a person rather than by a program."""
        return sys.stdout.isatty() and not self.json

    @property
    def live(self) -> bool:
        """Whether progress may be drawn."""
        return sys.stderr.isatty() and not self.quiet

    @property
    def width(self) -> int | None:
        """Characters in a line of a person's terminal; None where nobody counts them."""
        return shutil.get_terminal_size().columns if self.interactive else None

    def say(self, message: str) -> None:
        """One message on standard error, unless `quiet`."""
        if not self.quiet:
            click.echo(message, err=True)

    def write(self, text: str) -> None:
        """One line of the result on standard output."""
        click.echo(text)

    def write_json(self, values: Mapping[str, Any]) -> None:
        """`values` as one JSON object; what is not a finite number becomes null."""
        click.echo(json.dumps(_plain(values), indent=2, allow_nan=False))

    def facts(self, values: Mapping[str, object], *, title: str = "", err: bool = False) -> None:
        """Names and values in two columns."""
        if err and self.quiet:
            return
        names = [name.replace("_", " ") for name in values]
        width = max(map(len, names), default=0)
        if title:
            click.secho(title, bold=True, err=err)
        for name, value in zip(names, values.values(), strict=True):
            label = click.style(f"{name:<{width}}", dim=True)
            click.echo(f"  {label}  {shown(value)}", err=err)

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        decimals: Literal["by column", "by row"] = "by column",
    ) -> None:
        """A table: drawn on a terminal, aligned columns otherwise; numbers to the right.

        The numbers of a column (or of a row) have the same number of decimals.
        """
        if decimals == "by column":
            by_column = [_formatted(column) for column in zip(*rows, strict=True)]
            cells = list(map(list, zip(*by_column, strict=True)))
        else:
            cells = [_formatted(row) for row in rows]
        numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
        if self.interactive:
            _draw(columns, cells, numeric)
        else:
            _align(columns, cells, numeric)

    @contextlib.contextmanager
    def progress(
        self, description: str, total: int | None = None, *, unit: str = "molecules"
    ) -> Iterator[Progress]:
        """A bar with rate and time left, given the number done so far; only on a terminal."""
        if not self.live:
            yield lambda done: None
            return
        from molvae.cli.bar import progress_bar

        with progress_bar(console(err=True), description, total, unit) as advance:
            yield advance

    @contextlib.contextmanager
    def stages(self) -> Iterator[StageProgress]:
        """A bar that shows the stage at work, how much is done, and of how much."""
        if not self.live:
            yield lambda stage, done, total: None
            return
        from molvae.cli.bar import stage_bar

        with stage_bar(console(err=True)) as advance:
            yield advance


def console(*, err: bool = False) -> "Console":
    """A rich console over the stream as it is now."""
    from rich.console import Console

    return Console(file=sys.stderr if err else sys.stdout, highlight=False)


def shown(value: object) -> str:
    """`value` as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _shown_float(value)
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value)
    return str(value)


def _shown_float(value: float) -> str:
    if not math.isfinite(value):
        return "-" if math.isnan(value) else str(value)
    if value == 0 or 0.001 <= abs(value) < 10:
        return f"{value:.3f}"
    return f"{value:,.1f}" if 1 <= abs(value) < 1e6 else f"{value:.2e}"


def _formatted(values: Sequence[object]) -> list[str]:
    """`values` as people read them, all floats with one number of decimals."""
    floats = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
    if not floats or max(floats) >= 1e6 or 0 < max(floats) < 0.001:
        return [shown(value) for value in values]
    decimals = 3 if max(floats) < 1.0005 else 2 if max(floats) < 100 else 1
    return [
        f"{value:,.{decimals}f}"
        if isinstance(value, float) and math.isfinite(value)
        else shown(value)
        for value in values
    ]


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _draw(columns: Sequence[str], cells: list[list[str]], numeric: list[bool]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name, right in zip(columns, numeric, strict=True):
        table.add_column(name, justify="right" if right else "left", overflow="fold", no_wrap=right)
    for row in cells:
        table.add_row(*map(Text, row))
    console().print(table)


def _align(columns: Sequence[str], cells: list[list[str]], numeric: list[bool]) -> None:
    lines = [list(columns), *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        padded = [
            f"{cell:>{width}}" if right else f"{cell:<{width}}"
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())


def _plain(value: Any) -> Any:
    """`value` in JSON's own types."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return str(value)
