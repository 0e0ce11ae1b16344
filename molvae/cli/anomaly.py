"""`molvae anomaly`: which molecules does the model not know."""

from dataclasses import asdict

import click

from molvae.cli.molecules import problems_of, smiles_of, tell_problems
from molvae.cli.options import (
    Session,
    column_option,
    command,
    input_argument,
    model_option,
    out_option,
)
from molvae.cli.output import check_out, deliver

SHOWN = ["smiles", "verdict", "score", "quantile", "reason"]


@command(
    "anomaly",
    examples=(
        "molvae anomaly molecules.csv --out scored.csv --picture scores.png",
        "molvae anomaly hits.smi --model runs/mine --quantile 0.95",
        "molvae anomaly hits.smi --model model/ --reference usual.smi --score combined",
    ),
)
@input_argument()
@model_option
@out_option("File to write: .csv .tsv .smi .sdf (also .gz) .parquet; - for CSV to a pipe.")
@column_option
@click.option(
    "--score",
    metavar="NAME",
    help="reconstruction_per_token (default), reconstruction, worst_token, kl, negative_elbo, "
    "negative_elbo_per_token or combined.",
)
@click.option(
    "--quantile",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="Q",
    default=0.99,
    show_default=True,
    help="Unusual is what scores above so large a share of the reference.",
)
@click.option(
    "--reference",
    metavar="FILE",
    help="Molecules that are usual [default: held-out ones of the model's corpus].",
)
@click.option("--picture", metavar="FILE", help="Draw a histogram of the scores: .png or .svg.")
def anomaly(
    session: Session,
    *,
    source: str,
    model: str | None,
    out: str | None,
    column: str | None,
    score: str | None,
    quantile: float,
    reference: str | None,
    picture: str | None,
) -> None:
    """Score each molecule in FILE: how badly does the model write it back?

    `verdict` is unusual above the threshold, a quantile of molecules of the model's own
    kind. A molecule that the model has no tokens for is unusual, with an infinite score;
    what is no molecule is unreadable. `molvae anomaly FILE --json` has everything.
    """
    from molvae.data.readers import read_records
    from molvae.generation.anomaly_scores import DEFAULT_SCORE, known_score
    from molvae.generation.generator import Generator
    from molvae.generation.histogram import check_histogram

    check_out(out)
    if picture is not None:
        check_histogram(picture)
    chosen = known_score(score or DEFAULT_SCORE)
    records = list(read_records(source, column=column))
    generator = Generator.load(model, device=session.device)
    with session.terminal.progress("scoring", len(records)) as progress:
        found = generator.anomalies(
            smiles_of(records),
            score=chosen,
            quantile=quantile,
            reference=reference,
            seed=session.seed or 0,
            progress=progress,
        )
    table = found.table
    unreadable = table["verdict"] == "unreadable"
    reasons = dict(table["reason"][unreadable])
    problems = problems_of(records, reasons)
    for row in reasons:
        table.loc[row, "reason"] = records[row].problem or reasons[row]
    if out is None and session.terminal.interactive:
        table = table[SHOWN]
    deliver(table, out, session.terminal, asdict(found.summary))
    if picture is not None:
        found.picture(picture)
        session.terminal.say(f"drew the scores in {picture}")
    tell_problems(problems, "could not be read", session.terminal)
    session.terminal.say(str(found.summary))
