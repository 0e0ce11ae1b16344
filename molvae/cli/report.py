"""`molvae report`: all there is to know about molecules or a model, on one HTML page."""

from pathlib import Path
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
    from molvae.checkpoint import SavedModel

SAMPLES = 10_000


@command(
    "report",
    examples=(
        "molvae report",
        "molvae report runs/mine --out mine.html -n 30000 --seeds 3",
        "molvae report generated.smi --reference moses",
    ),
)
@click.argument("source", metavar="[FILE|MODEL]", required=False)
@click.option(
    "--out",
    "-o",
    metavar="FILE",
    help="HTML file to write [default: report.html in the run, NAME.html for a file].",
)
@reference_option
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many samples [default: all of a file, 10,000 of a model].",
)
@seeds_option
@training_option
@held_out_option
@click.option(
    "--color",
    metavar="PROPERTY",
    default="logp",
    show_default=True,
    help="Property that colors the map of the latent space.",
)
@column_option
@reference_column_option
@workers_option
def report(
    session: Session,
    *,
    source: str | None,
    out: str | None,
    reference: str,
    count: int | None,
    seeds: int,
    training: str | None,
    held_out: str | None,
    color: str,
    column: str | None,
    reference_column: str | None,
    workers: int | None,
) -> None:
    """Write one self-contained HTML page about molecules or a model.

    Metrics beside published ones, property distributions, sampled molecules and their
    nearest neighbors; of a model also training curves, a map of the latent space, its
    diagnostics and an interpolation; and the whole protocol. Opens offline.
    """
    from molvae.evaluation.report.write import saved_model, write_report

    check_file(out, ".html")
    saved = saved_model(source, device=session.device)
    page = Path(out) if out is not None else _default_page(source, saved)
    with session.terminal.stages() as progress:
        found = write_report(
            source if saved is None else saved,
            page,
            reference=reference,
            n=count if saved is None or count is not None else SAMPLES,
            seeds=seeds,
            seed=session.seed or 0,
            training=training,
            held_out=held_out,
            color=color,
            column=column,
            reference_column=reference_column,
            device=session.device,
            workers=workers,
            progress=progress,
        )
    if session.terminal.json:
        session.terminal.write_json({"report": str(page), **found.to_dict()})
    session.terminal.say(f"wrote {page} ({page.stat().st_size / 1e6:.1f} MB)")


def _default_page(source: str | None, saved: "SavedModel | None") -> Path:
    """Beside the models of a run; in the working folder for anything else."""
    if saved is None:
        name = Path("report" if source in (None, "-") else str(source)).name
        return Path(f"{name.split('.')[0] or 'report'}.html")
    run = saved.path.parent
    return run / "report.html" if (run / "config.toml").is_file() else Path("report.html")
