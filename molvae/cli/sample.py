"""`molvae sample`: new molecules from a model."""

from dataclasses import asdict

import click

from molvae.cli.options import (
    Picking,
    Session,
    command,
    decoding_options,
    model_option,
    out_option,
    properties_option,
)
from molvae.cli.output import check_out, check_picture, deliver
from molvae.cli.steering import Steering, steering_options

PICTURED = 24


@command(
    "sample",
    examples=(
        "molvae sample -n 1000 --out molecules.csv",
        "molvae sample -n 100 --properties qed,logp,sa --where 'qed>0.6 and logp<3'",
        "molvae sample -n 1000 --condition logp=2.5 --condition qed=0.9 --guidance 2",
        "molvae sample -n 100 --condition tpsa=60 --best-of 4 --out near.csv",
        "molvae sample -n 24 --novel --picture molecules.png --out molecules.sdf",
        "molvae sample -n 10000 --no-unique --allow-invalid --out raw.smi",
    ),
)
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    metavar="N",
    help="How many molecules.",
)
@model_option
@out_option("File to write: .csv .tsv .smi .sdf (also .gz) .parquet; - for CSV to a pipe.")
@steering_options
@click.option(
    "--where",
    metavar="EXPR",
    multiple=True,
    help="Keep what fulfils this, such as 'qed>0.6 and logp<3'; repeatable.",
)
@click.option("--novel", is_flag=True, help="Keep only what is not in the training set.")
@click.option("--no-unique", is_flag=True, help="Keep repeats.")
@click.option("--allow-invalid", is_flag=True, help="Keep strings that are no molecules.")
@properties_option("")
@decoding_options
@click.option(
    "--max-tries",
    type=click.IntRange(min=1),
    metavar="N",
    help="Give up after drawing so many [default: 100 for each molecule asked for, "
    "at least 10,000].",
)
@click.option(
    "--best-of",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="K",
    help="Draw K molecules for each asked for, and keep the one nearest to the conditions.",
)
@click.option("--partial", is_flag=True, help="Give what was found when --max-tries ends.")
@click.option("--picture", metavar="FILE", help="Draw the first 24: .png, .svg or .html.")
def sample(
    session: Session,
    *,
    count: int,
    model: str | None,
    out: str | None,
    steering: Steering,
    best_of: int,
    where: tuple[str, ...],
    novel: bool,
    no_unique: bool,
    allow_invalid: bool,
    properties: tuple[str, ...],
    picking: Picking,
    max_tries: int | None,
    partial: bool,
    picture: str | None,
) -> None:
    """Generate new molecules: valid and unique ones, exactly as many as asked for.

    The validity, uniqueness and novelty of all that was drawn are always told, and with
    conditions, how near their targets the molecules came. The same seed gives the same
    molecules.
    """
    from molvae.generation.generator import Generator

    check_out(out)
    check_picture(picture)
    generator = Generator.load(model, device=session.device)
    with session.terminal.progress("sampling", count) as progress:
        molecules = generator.sample(
            count,
            seed=session.seed or 0,
            method=picking.method or "sample",
            temperature=picking.temperature,
            top_k=picking.top_k,
            top_p=picking.top_p,
            conditions=steering.conditions,
            guidance=steering.guidance,
            best_of=best_of,
            constrained=steering.constrained,
            unique=not no_unique,
            valid=not allow_invalid,
            novel=novel,
            where=where,
            properties=properties,
            max_tries=max_tries,
            partial=partial,
            progress=progress,
        )
    deliver(molecules.table, out, session.terminal, asdict(molecules.summary))
    if picture is not None and not len(molecules):
        session.terminal.say(f"there was nothing to draw, so {picture} was not written")
    elif picture is not None:
        molecules.picture(picture, limit=PICTURED)
        session.terminal.say(f"drew the first {min(PICTURED, len(molecules))} in {picture}")
    session.terminal.say(str(molecules.summary))
