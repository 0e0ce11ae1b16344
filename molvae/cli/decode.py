"""`molvae decode`: latent vectors to molecules."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from molvae.cli.options import (
    Picking,
    Session,
    command,
    decoding_options,
    input_argument,
    model_option,
    out_option,
)
from molvae.cli.output import check_out, check_picture, deliver
from molvae.cli.steering import Steering, steering_options
from molvae.cli.terminal import Terminal

if TYPE_CHECKING:
    import pandas as pd

    from molvae.generation.conditions import ConditionResult

PICTURED = 24


@command(
    "decode",
    examples=(
        "molvae decode vectors.npz --out molecules.smi",
        "molvae decode vectors.csv --per-latent 10 --temperature 0.8 --out around.csv",
        "molvae decode vectors.npz -k 6 --condition logp=2.5 --picture around.png",
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
@steering_options
@decoding_options
@click.option("--picture", metavar="FILE", help="Draw the first 24: .png, .svg or .html.")
def decode(
    session: Session,
    *,
    source: str,
    model: str | None,
    out: str | None,
    per_latent: int,
    steering: Steering,
    picking: Picking,
    picture: str | None,
) -> None:
    """Write molecules from the latent vectors in FILE (.npz, .parquet, .csv; - for CSV).

    The strings are raw; the column `valid` says which are molecules. Where tokens that
    cannot lead to a molecule are left out, nearly all are.
    """
    from molvae.generation.generator import Generator
    from molvae.generation.latent_table import load_latents

    check_out(out)
    check_picture(picture)
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
        conditions=steering.conditions,
        guidance=steering.guidance,
        constrained=steering.constrained,
    )
    table = _decoded(latents.smiles, written)
    results = generator.compare(table["smiles"].tolist(), steering.conditions)
    valid = int(table["valid"].sum())
    facts = {"latents": len(written), "decoded": len(table), "valid": valid}
    told = {"conditions": [asdict(result) for result in results]} if results else {}
    deliver(table, out, session.terminal, {**facts, **told})
    if picture is not None:
        _draw(table, picture, per_latent, session.terminal)
    session.terminal.say(f"{valid:,} of {len(table):,} strings are molecules")
    _tell_results(results, session.terminal)


def _tell_results(results: Sequence["ConditionResult"], terminal: Terminal) -> None:
    """Targets beside what came out."""
    from molvae.generation.conditions import results_lines

    for line in results_lines(results) if results else ():
        terminal.say(line)


def _draw(table: "pd.DataFrame", path: str, per_latent: int, terminal: Terminal) -> None:
    """The first molecules; several of a vector, up to 8, share a line."""
    from molvae.chem import grid_image

    if not len(table):
        terminal.say(f"there was nothing to draw, so {path} was not written")
        return
    legends = [f"vector {place}" for place in table["latent"]]
    columns = per_latent if 1 < per_latent <= 8 else 6
    drawn = grid_image(
        table["smiles"].tolist(), path, legends=legends, columns=columns, limit=PICTURED
    )
    terminal.say(f"drew the first {drawn} in {path}")


def _decoded(sources: tuple[str, ...], written: list[list[str]]) -> "pd.DataFrame":
    """One row a string: number of its latent from 0, the molecule encoded there, validity."""
    import pandas as pd

    from molvae.chem import is_valid

    rows = [(i, sources[i], text) for i, texts in enumerate(written) for text in texts]
    table = pd.DataFrame(rows, columns=["latent", "source", "smiles"])
    table["valid"] = [is_valid(text) for text in table["smiles"]]
    return table if any(sources) else table.drop(columns="source")
