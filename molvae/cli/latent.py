"""`molvae encode`, `reconstruct`: molecules to latent vectors, and back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from molvae.cli.molecules import Problem, problems_of, smiles_of, tell_problems
from molvae.cli.options import (
    Session,
    column_option,
    command,
    input_argument,
    model_option,
    out_option,
)
from molvae.cli.output import SHOWN_ROWS, check_out, deliver
from molvae.cli.terminal import Terminal, shown

if TYPE_CHECKING:
    import pandas as pd

    from molvae.generation.generator import Generator
    from molvae.generation.latent_table import LatentTable

SHOWN_DIMENSIONS = 5
ALL = "all"
"""Stands for the names of all property heads."""
TABLES = (".csv", ".tsv", ".parquet")
"""Formats that hold a molecule and its reconstruction side by side."""


@command(
    "encode",
    examples=(
        "molvae encode molecules.smi --out vectors.npz",
        "molvae encode table.csv --column drug --model runs/mine --out vectors.csv",
        "molvae encode molecules.smi --properties --out vectors.parquet",
        "echo 'CCOc1ccccc1' | molvae encode -",
    ),
)
@input_argument()
@model_option
@out_option("File to write: .npz (arrays smiles, z), .parquet or .csv; - for CSV to a pipe.")
@column_option
@click.option(
    "--properties",
    "-p",
    metavar="[NAMES]",
    is_flag=False,
    flag_value=ALL,
    help="Add what the model's property heads predict, as logp_predicted: all of them, or "
    "those named, separated by commas.",
)
def encode(
    session: Session,
    *,
    source: str,
    model: str | None,
    out: str | None,
    column: str | None,
    properties: str | None,
) -> None:
    """Give the latent vector (posterior mean) of each molecule in FILE.

    Molecules are standardized as the model's training molecules were. Those that cannot be
    encoded are left out, and named on standard error.
    """
    import numpy as np
    import pandas as pd

    from molvae.data.readers import read_records
    from molvae.generation.generator import Generator
    from molvae.generation.latent_table import LatentTable, check_latent_destination

    if out is not None:
        check_latent_destination(out)
    records = list(read_records(source, column=column))
    smiles = smiles_of(records)
    generator = Generator.load(model, device=session.device)
    heads = _heads(generator, properties)
    with session.terminal.progress("encoding", len(smiles)) as progress:
        latents = generator.latents(smiles, progress=progress)
    broken = {problem.index: problem.reason for problem in latents.problems}
    rows = [row for row in range(len(smiles)) if row not in broken]
    z = latents.z[np.array(rows, np.int64)]
    found = generator.predict(z, heads) if heads else pd.DataFrame()
    predicted = {f"{name}_predicted": found[name].to_numpy() for name in heads}
    table = LatentTable(tuple(smiles[row] for row in rows), z, predicted)
    problems = problems_of(records, broken)
    facts = {"read": len(smiles), "encoded": len(rows), "latent_size": generator.latent_size}
    _deliver_latents(session, table, out, facts, problems)


def _heads(generator: "Generator", given: str | None) -> list[str]:
    """Names of the property heads asked for, none without the option; raises `GenerationError`."""
    from molvae.generation.checks import head_names

    if given is None:
        return []
    names = None if given == ALL else list(filter(None, map(str.strip, given.split(","))))
    return head_names(generator.heads, names)


def _deliver_latents(
    session: Session,
    table: "LatentTable",
    out: str | None,
    facts: Mapping[str, object],
    problems: list[Problem],
) -> None:
    terminal = session.terminal
    to_file = out is not None and out != "-"
    if out is None and terminal.interactive:
        _show_vectors(table, terminal)
    elif to_file or not terminal.json:
        table.save(out or "-")
    if terminal.json:
        result: dict[str, Any] = (
            {"out": out} if to_file else {"smiles": table.smiles, "z": table.vectors.tolist()}
        )
        if table.columns and not to_file:
            result["properties"] = dict(table.columns)
        told = [problem._asdict() for problem in problems]
        terminal.write_json({**facts, **result, "problems": told})
    if to_file:
        terminal.say(f"wrote {len(table.smiles):,} vectors of {facts['latent_size']} to {out}")
    tell_problems(problems, "could not be encoded and were left out", terminal)


def _show_vectors(table: "LatentTable", terminal: Terminal) -> None:
    """The first dimensions of the first molecules, for a person."""
    frame = table.frame()
    rows = frame.iloc[:SHOWN_ROWS, : 1 + len(table.columns) + SHOWN_DIMENSIONS]
    terminal.table([*map(str, rows.columns)], list(rows.itertuples(index=False, name=None)))
    terminal.say(f"{len(frame):,} vectors of {table.vectors.shape[1]}; --out FILE writes them all")


@command(
    "reconstruct",
    examples=(
        "molvae reconstruct molecules.smi",
        "molvae reconstruct test.csv --model runs/mine --out reconstructions.csv",
    ),
)
@input_argument()
@model_option
@out_option("File to write: .csv .tsv .parquet (also .gz); - for CSV to a pipe.")
@column_option
def reconstruct(
    session: Session,
    *,
    source: str,
    model: str | None,
    out: str | None,
    column: str | None,
) -> None:
    """Send each molecule in FILE through the model and back, and compare.

    `exact` says whether the same molecule came back, `tanimoto` how similar it is (Morgan
    fingerprint, radius 2, 2048 bits).
    """
    from molvae.data.readers import read_records
    from molvae.generation.generator import Generator

    check_out(out, formats=TABLES)
    records = list(read_records(source, column=column))
    generator = Generator.load(model, device=session.device)
    table = generator.reconstruct(smiles_of(records))
    reasons = {row: why for row, why in enumerate(table["reason"]) if isinstance(why, str)}
    problems = problems_of(records, reasons)
    if problems:
        told = {row: records[row].problem or why for row, why in reasons.items()}
        table["reason"] = [told.get(row) for row in range(len(table))]
    else:
        table = table.drop(columns="reason")
    read = table.drop(index=[*reasons])
    facts = {"read": len(records), "encoded": len(read), **_agreement(read)}
    deliver(table, out, session.terminal, facts)
    tell_problems(problems, "could not be encoded", session.terminal)
    if len(read):
        session.terminal.say(_agreement_line(read))


def _agreement(read: "pd.DataFrame") -> dict[str, float]:
    """Shares of exact and of valid reconstructions; mean Tanimoto similarity of the valid."""
    return {
        "exact": float(read["exact"].mean()),
        "valid": float(read["tanimoto"].notna().mean()),
        "tanimoto": float(read["tanimoto"].mean()),
    }


def _agreement_line(read: "pd.DataFrame") -> str:
    found = _agreement(read)
    return (
        f"{len(read):,} molecules: {found['exact']:.1%} exact, {found['valid']:.1%} valid, "
        f"mean Tanimoto {shown(found['tanimoto'])} "
        f"(of {read['tanimoto'].count():,} valid reconstructions)"
    )
