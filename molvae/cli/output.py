"""Where a table of molecules goes: a file, standard output, or a person's eyes."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from molvae.cli.terminal import Terminal

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 20


def check_out(out: str | None, *, formats: Sequence[str] | None = None) -> None:
    """Raise `OutputError` for what cannot be written, before work is put into it.

    `formats` are the endings that can hold the result, all of them if not given.
    """
    from molvae.data.tables import FORMATS, check_destination

    if out is not None:
        check_destination(out, formats=formats or FORMATS)


def check_picture(path: str | None) -> None:
    """Raise `OutputError` for a picture of an unknown kind, before work is put into it."""
    from molvae.chem.drawing import picture_ending

    if path is not None:
        picture_ending(path)


def check_file(path: str | None, ending: str) -> None:
    """Raise `OutputError` where `path` cannot be a file that ends in `ending`; "-" passes."""
    from molvae.errors import OutputError

    if path is None or path == "-":
        return
    if Path(path).is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; give a file name")
    if not path.lower().endswith(ending):
        raise OutputError(f"cannot write {path}: end the name in {ending}")
    folder = next(folder for folder in Path(path).absolute().parents if folder.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputError(f"cannot write {path}: {folder} is no folder that can be written to")


def deliver(
    table: "pd.DataFrame", out: str | None, terminal: Terminal, facts: Mapping[str, Any]
) -> None:
    """Write `table` to `out`; without `out` show its head to a person, or CSV to a pipe.

    With `--json` standard output gets one object: `facts`, and the file written or the rows.
    """
    from molvae.data.tables import STDOUT, save_table

    to_file = out is not None and out != STDOUT
    if out is not None and (to_file or not terminal.json):
        save_table(table, out)
    if terminal.json:
        result = {"out": out} if to_file else {"molecules": rows_of(table)}
        terminal.write_json({**facts, **result})
    elif out is None and terminal.interactive:
        show_head(table, terminal)
    elif out is None:
        save_table(table, STDOUT)
    if to_file:
        terminal.say(f"wrote {len(table):,} rows to {out}")


def rows_of(table: "pd.DataFrame") -> list[dict[Any, Any]]:
    """The rows as dictionaries, with None for what is missing."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def show_head(table: "pd.DataFrame", terminal: Terminal) -> None:
    """The first rows, and how many there are."""
    head = table.head(SHOWN_ROWS)
    known = head.astype(object).where(head.notna(), None)
    rows = list(known.itertuples(index=False, name=None))
    terminal.table([str(name) for name in table.columns], rows)
    if len(table) > len(head):
        terminal.say(f"{len(table) - len(head):,} more; --out FILE writes all {len(table):,}")
