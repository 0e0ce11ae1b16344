"""`molvae encode`, `decode`, `reconstruct`: between molecules and latent vectors."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from molvae.cli.molecules import Problem, problems_of, smiles_of, tell_problems
from molvae.cli.options import (
    Picking,
    Session,
    column_option,
    command,
    decoding_options,
    input_argument,
    model_option,
    out_option,
)
from molvae.cli.output import SHOWN_ROWS, check_out, deliver
from molvae.cli.terminal import Terminal, shown

if TYPE_CHECKING:
    import pandas as pd

    from molvae.generation.latent_table import LatentTable

SHOWN_DIMENSIONS = 5
TABLES = (".csv", ".tsv", ".parquet")
"""Formats that hold a molecule and its reconstruction side by side."""


@command(
    "encode",
    examples=(
        "molvae encode molecules.smi --out vectors.npz",
        "molvae encode table.csv --column drug --model runs/mine --out vectors.csv",
        "echo 'CCOc1ccccc1' | molvae encode -",
    ),
)
@input_argument()
@model_option
@out_option("File to write: .npz (arrays smiles, z), .parquet or .csv; - for CSV to a pipe.")
@column_option
def encode(
    session: Session,
    *,
    source: str,
    model: str | None,
    out: str | None,
    column: str | None,
) -> None:
    """Give the latent vector (posterior mean) of each molecule in FILE.

    Molecules are standardized as the model's training molecules were. Those that cannot be
    encoded are left out, and named on standard error.
    """
    import numpy as np

    from molvae.data.readers import read_records
    from molvae.generation.generator import Generator
    from molvae.generation.latent_table import LatentTable, check_latent_destination

    if out is not None:
        check_latent_destination(out)
    records = list(read_records(source, column=column))
    smiles = smiles_of(records)
    generator = Generator.load(model, device=session.device)
    with session.terminal.progress("encoding", len(smiles)) as progress:
        latents = generator.latents(smiles, progress=progress)
    broken = {problem.index: problem.reason for problem in latents.problems}
    rows = [row for row in range(len(smiles)) if row not in broken]
    table = LatentTable(tuple(smiles[row] for row in rows), latents.z[np.array(rows, np.int64)])
    problems = problems_of(records, broken)
    facts = {"read": len(smiles), "encoded": len(rows), "latent_size": generator.latent_size}
    _deliver_latents(session, table, out, facts, problems)


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
        result = {"out": out} if to_file else {"smiles": table.smiles, "z": table.vectors.tolist()}
        told = [problem._asdict() for problem in problems]
        terminal.write_json({**facts, **result, "problems": told})
    if to_file:
        terminal.say(f"wrote {len(table.smiles):,} vectors of {facts['latent_size']} to {out}")
    tell_problems(problems, "could not be encoded and were left out", terminal)


def _show_vectors(table: "LatentTable", terminal: Terminal) -> None:
    """The first dimensions of the first molecules, for a person."""
    frame = table.frame()
    rows = frame.iloc[:SHOWN_ROWS, : 1 + SHOWN_DIMENSIONS]
    terminal.table([*map(str, rows.columns)], list(rows.itertuples(index=False, name=None)))
    terminal.say(f"{len(frame):,} vectors of {table.vectors.shape[1]}; --out FILE writes them all")


@command(
    "decode",
    examples=(
        "molvae decode vectors.npz --out molecules.smi",
        "molvae decode vectors.csv --per-latent 10 --temperature 0.8 --out around.csv",
    ),
)
@input_argument()
@model_option
@out_option("File to write: .csv .tsv .smi .sdf (also .gz) .parquet; - for CSV to a pipe.")
@click.option(
    "--per-latent",
    "-k",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Molecules written from each vector.",
)
@decoding_options
def decode(
    session: Session,
    *,
    source: str,
    model: str | None,
    out: str | None,
    per_latent: int,
    picking: Picking,
) -> None:
    """Write molecules from the latent vectors in FILE (.npz, .parquet, .csv; - for CSV).

    The strings are raw; the column `valid` says which are molecules.
    """
    from molvae.generation.generator import Generator
    from molvae.generation.latent_table import load_latents

    check_out(out)
    latents = load_latents(source)
    generator = Generator.load(model, device=session.device)
    written = generator.decode(
        latents.vectors,
        per_latent,
        seed=session.seed or 0,
        method=picking.method,
        temperature=picking.temperature,
        top_k=picking.top_k,
        top_p=picking.top_p,
    )
    table = _decoded(latents.smiles, written)
    valid = int(table["valid"].sum())
    facts = {"latents": len(written), "decoded": len(table), "valid": valid}
    deliver(table, out, session.terminal, facts)
    session.terminal.say(f"{valid:,} of {len(table):,} strings are molecules")


def _decoded(sources: tuple[str, ...], written: list[list[str]]) -> "pd.DataFrame":
    """One row a string: number of its latent from 0, the molecule encoded there, validity."""
    import pandas as pd

    from molvae.chem import is_valid

    rows = [(i, sources[i], text) for i, texts in enumerate(written) for text in texts]
    table = pd.DataFrame(rows, columns=["latent", "source", "smiles"])
    table["valid"] = [is_valid(text) for text in table["smiles"]]
    return table if any(sources) else table.drop(columns="source")


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
