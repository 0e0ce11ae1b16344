"""`molvae data`: the sets of molecules there are, what is in a file, what metrics compare with."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from molvae.cli.options import (
    Session,
    column_option,
    command,
    input_argument,
    out_option,
    workers_option,
)

if TYPE_CHECKING:
    from molvae.evaluation.references import Reference

SUMMARY = ("records", "unreadable", "distinct", "shortest", "longest", "mean_length")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def data() -> None:
    """Data sets: list them, fetch one, describe any file; what metrics compare with."""


@command("list", examples=("molvae data list",))
def list_sets(session: Session) -> None:
    """List the data sets that molvae knows where to find."""
    from molvae.data.datasets import dataset_names, get_dataset

    sets = [get_dataset(name) for name in dataset_names()]
    if session.terminal.json:
        names = ("name", "description", "license", "files", "download_megabytes")
        rows = [{name: getattr(one, name) for name in names} for one in sets]
        session.terminal.write_json({"datasets": rows})
        return
    session.terminal.table(
        ("name", "MB", "license", "description"),
        [(one.name, one.download_megabytes, one.license, one.description) for one in sets],
    )


@command("fetch", examples=("molvae data fetch moses", "molvae data fetch moses --out sets/moses"))
@click.argument("name")
@out_option("Folder for its files [default: data/NAME].")
def fetch(session: Session, *, name: str, out: str | None) -> None:
    """Fetch the data set NAME and check it against its published hash."""
    from molvae.data.datasets import fetch as fetch_set
    from molvae.data.datasets import get_dataset

    dataset = get_dataset(name)
    folder = fetch_set(name, out or Path("data") / name, session.terminal.say)
    if session.terminal.json:
        session.terminal.write_json({"name": name, "out": folder, "files": dataset.files})
        return
    for file in dataset.files:
        session.terminal.write(str(folder / file))


@command(
    "describe",
    examples=("molvae data describe molecules.smi", "molvae data describe table.csv.gz --json"),
)
@input_argument()
@column_option
@workers_option
def describe(
    session: Session,
    *,
    source: str,
    column: str | None,
    workers: int | None,
) -> None:
    """Count what is in FILE and summarize the properties of its molecules."""
    from molvae.data.describe import describe as describe_file

    with session.terminal.progress("reading") as progress:
        found = describe_file(
            source, column=column, workers=workers, seed=session.seed or 0, progress=progress
        )
    if session.terminal.json:
        plain = {item.name: getattr(found, item.name) for item in fields(found)}
        session.terminal.write_json({**plain, "properties": found.properties.T.to_dict()})
        return
    counts = {name: getattr(found, name) for name in SUMMARY}
    counts["valid"] = f"{found.valid:,} of {found.sampled:,} looked at"
    session.terminal.facts(counts, title=found.name)
    session.terminal.write("")
    columns = [str(column) for column in found.properties.columns]
    rows = [(str(name), *values) for name, *values in found.properties.itertuples(name=None)]
    session.terminal.table(("property", *columns), rows, decimals="by row")


@command(
    "reference",
    examples=(
        "molvae data reference moses",
        "molvae data reference moses --rebuild",
        "molvae data reference mine.smi",
    ),
)
@click.argument("name", metavar="NAME|FILE")
@click.option("--rebuild", is_flag=True, help="Compute it anew, with the installed RDKit.")
@column_option
@workers_option
def reference(
    session: Session, *, name: str, rebuild: bool, column: str | None, workers: int | None
) -> None:
    """Show what metrics compare with: moses, starter, or any file.

    The statistics of a FILE are computed and kept for `molvae evaluate --reference FILE`.
    With --rebuild those of moses or starter are computed from the molecules that ship, and
    kept. They are used where the shipped statistics were made with another version of RDKit
    than the installed one; where with the same, these are used, and --rebuild checks them.
    """
    from molvae.evaluation.references import load_reference, rebuild_reference

    with session.terminal.stages() as progress:
        if rebuild:
            found = rebuild_reference(
                name, workers=workers, device=session.device, progress=progress
            )
        else:
            found = load_reference(
                name, column=column, workers=workers, device=session.device, progress=progress
            )
    facts = _reference_facts(found)
    if session.terminal.json:
        session.terminal.write_json(facts)
    else:
        session.terminal.facts(facts)


def _reference_facts(found: "Reference") -> dict[str, object]:
    parts = {"test": found.test, "scaffold_test": found.scaffold_test, "training": found.training}
    return {
        "name": found.name,
        "source": found.source,
        "rdkit": found.rdkit,
        **{part: one.count for part, one in parts.items() if one is not None},
    }


for _member in (list_sets, fetch, describe, reference):
    data.add_command(_member)
