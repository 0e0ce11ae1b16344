"""`molvae evaluate`: the field's metrics, for molecules of any origin or for a model."""

from typing import TYPE_CHECKING

import click

from molvae.cli.comparing import (
    held_out_option,
    reference_column_option,
    reference_option,
    seeds_option,
    training_option,
)
from molvae.cli.options import Session, column_option, command, workers_option
from molvae.cli.output import check_file

if TYPE_CHECKING:
    from molvae.evaluation.result import Evaluation


@command(
    "evaluate",
    examples=(
        "molvae evaluate generated.smi",
        "molvae evaluate generated.smi --suite all --out metrics.json",
        "molvae evaluate generated.csv --reference test.smi --training train.smi",
        "molvae evaluate runs/mine -n 30000 --seeds 3 --out metrics.json",
        "molvae evaluate runs/mine --suite latent",
    ),
)
@click.argument("source", metavar="[FILE|MODEL]", required=False)
@reference_option
@click.option(
    "--suite",
    "suites",
    type=click.Choice(["moses", "guacamol", "latent", "all"]),
    multiple=True,
    default=("moses",),
    show_default=True,
    help="Which metrics; repeatable. latent is about models.",
)
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many samples [default: all of a file, 30,000 of a model].",
)
@seeds_option
@training_option
@held_out_option
@click.option(
    "--out", "-o", metavar="FILE", help="JSON file to write, with the whole protocol; - for a pipe."
)
@column_option
@reference_column_option
@workers_option
def evaluate(
    session: Session,
    *,
    source: str | None,
    reference: str,
    suites: tuple[str, ...],
    count: int | None,
    seeds: int,
    training: str | None,
    held_out: str | None,
    out: str | None,
    column: str | None,
    reference_column: str | None,
    workers: int | None,
) -> None:
    """Measure generated molecules, or a model, against a reference set.

    FILE is the raw output of any generator, one SMILES a line or a table: invalid strings
    and repeats included, they are part of what is measured. MODEL is a model or run folder;
    without either, the newest run, else the shipped model.

    \b
    moses     valid, unique, FCD, SNN, Frag, Scaf, IntDiv, Filters, Novelty, ...
    guacamol  validity, uniqueness, novelty, KL divergence, FCD score
    latent    reconstruction, KL, active units, smoothness, likelihood, ...
    """
    from molvae.evaluation.suites import evaluate as measure

    check_file(out, ".json")
    with session.terminal.stages() as progress:
        found = measure(
            source,
            reference=reference,
            suite=suites,
            n=count,
            seeds=seeds,
            seed=session.seed or 0,
            training=training,
            held_out=held_out,
            column=column,
            reference_column=reference_column,
            device=session.device,
            workers=workers,
            progress=progress,
        )
    _deliver(found, out, session)


def _deliver(found: "Evaluation", out: str | None, session: Session) -> None:
    to_file = out is not None and out != "-"
    if to_file:
        found.save(str(out))
    if session.terminal.json or out == "-":
        session.terminal.write_json(found.to_dict())
    else:
        session.terminal.write(found.as_text(width=session.terminal.width))
    if to_file:
        session.terminal.say(f"wrote {out}")
