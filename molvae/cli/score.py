"""`molvae score`: properties of any molecules, without a model and without torch."""

from typing import TYPE_CHECKING

import click

from molvae.cli.molecules import Problem, problems_of, smiles_of, tell_problems
from molvae.cli.options import (
    Session,
    column_option,
    command,
    input_argument,
    out_option,
    properties_option,
    workers_option,
)
from molvae.cli.output import check_out, deliver
from molvae.cli.terminal import Progress, shown

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 5_000


@command(
    "score",
    examples=(
        "molvae score molecules.csv",
        "molvae score molecules.smi --properties qed,logp,sa,tpsa --out scores.csv",
        "molvae sample -n 100 | molvae score - --properties np_likeness",
    ),
)
@input_argument()
@properties_option("qed,logp,sa")
@out_option("File to write: .csv .tsv .smi .sdf (also .gz) .parquet; - for CSV to a pipe.")
@column_option
@click.option("--keep", metavar="NAMES", default="", help="Columns of the input to carry along.")
@workers_option
def score(
    session: Session,
    *,
    source: str,
    properties: tuple[str, ...],
    out: str | None,
    column: str | None,
    keep: str,
    workers: int | None,
) -> None:
    """Compute properties of the molecules in FILE; needs no model.

    What is not a molecule keeps its place, with empty cells.

    \b
    logp, qed, sa, tpsa, molecular_weight, hbd, hba, rotatable_bonds, rings,
    aromatic_rings, heavy_atoms, fraction_sp3, np_likeness,
    radical_electrons
    """
    check_out(out)
    kept = _kept_columns(keep, properties)
    with session.terminal.progress("scoring") as progress:
        table, problems = _scored(source, properties, column, kept, workers, progress)
    facts = {
        "read": len(table),
        "scored": len(table) - len(problems),
        "problems": [problem._asdict() for problem in problems],
    }
    deliver(table, out, session.terminal, facts)
    tell_problems(problems, "could not be scored", session.terminal)
    if out is not None:
        for name in properties:
            session.terminal.say(_range(name, table[name]))


def _kept_columns(keep: str, properties: tuple[str, ...]) -> list[str]:
    """The names in `keep`, each once; raises `ConfigError` for those of other columns."""
    from molvae.errors import ConfigError

    names = list(dict.fromkeys(filter(None, map(str.strip, keep.split(",")))))
    for name in names:
        if name in ("smiles", *properties):
            raise ConfigError(f"cannot keep the column {name!r}: the result has its own {name!r}")
    return names


def _scored(
    source: str,
    properties: tuple[str, ...],
    column: str | None,
    keep: list[str],
    workers: int | None,
    progress: Progress,
) -> tuple["pd.DataFrame", list[Problem]]:
    """The table of properties, and the lines that are not molecules with the reason."""
    import numpy as np
    import pandas as pd

    from molvae.chem import property_table, validate
    from molvae.data.readers import read_records
    from molvae.parallel import chunked

    parts: list[pd.DataFrame] = []
    problems: list[Problem] = []
    done = 0
    for records in chunked(read_records(source, column=column, keep=keep), CHUNK):
        smiles = smiles_of(records)
        part = property_table(smiles, properties, workers=workers)
        failed = np.flatnonzero(part.isna().all(axis=1)).tolist()
        problems.extend(problems_of(records, {row: validate(smiles[row]).reason for row in failed}))
        part.insert(0, "smiles", smiles)
        for place, name in enumerate(keep, 1):
            part.insert(place, name, [(record.columns or {}).get(name) for record in records])
        parts.append(part)
        done += len(records)
        progress(done)
    return pd.concat(parts, ignore_index=True), problems


def _range(name: str, values: "pd.Series[float]") -> str:
    """For example "qed: mean 0.812, 0.317 to 0.947"."""
    low, mean, high = (shown(float(value)) for value in (values.min(), values.mean(), values.max()))
    return f"{name}: mean {mean}, {low} to {high}"
