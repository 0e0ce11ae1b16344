"""`molvae nearest`: the training molecules most like others."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from molvae.cli.molecules import problems_of, smiles_of, tell_problems
from molvae.cli.options import Session, column_option, command, model_option, out_option
from molvae.cli.output import check_out, deliver

if TYPE_CHECKING:
    from molvae.data.records import Record

By = Literal["latent", "fingerprint"]
STDIN = "-"

SLOW = 10_000
"""Molecules searched from which on the wait is told beforehand."""


@command(
    "nearest",
    examples=(
        "molvae nearest 'CC(=O)Oc1ccccc1C(=O)O'",
        "molvae nearest generated.smi -n 1 --by fingerprint --out nearest.csv",
        "molvae nearest hits.csv --among library.smi --model runs/mine",
    ),
)
@click.argument("source", metavar="FILE|SMILES")
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    metavar="N",
    help="Neighbors of each molecule.",
)
@click.option(
    "--by",
    type=click.Choice(get_args(By)),
    default="latent",
    show_default=True,
    help="Distance between latent vectors, or Tanimoto similarity of Morgan fingerprints.",
)
@click.option(
    "--among",
    metavar="FILE",
    help="Where to look [default: the molecules the model was trained on].",
)
@model_option
@out_option("File to write: .csv .tsv .parquet (also .gz); - for CSV to a pipe.")
@column_option
def nearest(
    session: Session,
    *,
    source: str,
    count: int,
    by: By,
    among: str | None,
    model: str | None,
    out: str | None,
    column: str | None,
) -> None:
    """Find the training molecules nearest to each molecule in FILE, or to one SMILES.

    Every training molecule is compared. Both measures are given, whichever orders: the
    distance between latent vectors, and the Tanimoto similarity (Morgan radius 2, 2,048 bits).
    """
    from molvae.generation.generator import Generator
    from molvae.generation.nearest import molecules_among

    check_out(out, formats=(".csv", ".tsv", ".parquet"))
    records = _records(source, column)
    generator = Generator.load(model, device=session.device)
    searched = molecules_among(generator.saved, among)
    if len(searched.smiles) >= SLOW:
        session.terminal.say(
            f"comparing with {len(searched.smiles):,} molecules of {searched.source}: minutes the "
            "first time, then what was computed of them is kept"
        )
    with session.terminal.progress("comparing", len(searched.smiles)) as progress:
        table = generator.nearest(
            smiles_of(records), count, by=by, among=searched, progress=progress
        )
    lost = table[table["neighbor"].isna()]
    reasons = dict(zip(lost["row"].tolist(), lost["reason"].tolist(), strict=True))
    table = table.drop(index=lost.index).drop(columns=["row", "reason"])
    facts = {
        "read": len(records),
        "searched": len(searched.smiles),
        "source": searched.source,
        "by": by,
    }
    problems = problems_of(records, reasons)
    told = [problem._asdict() for problem in problems]
    deliver(table, out, session.terminal, {**facts, "problems": told})
    tell_problems(problems, "could not be compared", session.terminal)
    session.terminal.say(f"searched {len(searched.smiles):,} molecules of {searched.source}")


def _records(source: str, column: str | None) -> "Sequence[Record]":
    """The molecules of a file, or the one that `source` is itself."""
    from molvae.chem import is_valid
    from molvae.data.readers import read_records

    if source != STDIN and not _exists(source) and is_valid(source):
        return list(read_records([source]))
    return list(read_records(source, column=column))


def _exists(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):  # no name that a file could have
        return False
