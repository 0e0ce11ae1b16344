"""`molvae traverse`, `grid`: along directions of the latent space."""

from typing import Any

import click

from molvae.cli.options import Session, command
from molvae.cli.steering import Steering, steering_options
from molvae.cli.walking import (
    Places,
    attempts_option,
    molecule_argument,
    place_options,
    read_dimensions,
    span_option,
    temperature_option,
)


@command(
    "traverse",
    examples=(
        "molvae traverse 'Cc1ccc(C(=O)NC2CCCC2)cc1' --picture dimensions.png",
        "molvae traverse A --dimensions 3,17 --span 2 --steps 9 --properties logp",
        "molvae traverse --count 8 --out dimensions.csv",
    ),
)
@molecule_argument("a", required=False)
@place_options
@click.option(
    "--dimensions",
    metavar="D,D,...",
    callback=read_dimensions,
    help="Which to walk along, counted from 0 [default: those that say most].",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many, where --dimensions names none.",
)
@span_option
@click.option(
    "--steps",
    metavar="N",
    type=click.IntRange(min=2),
    default=7,
    show_default=True,
    help="Points along each dimension.",
)
@attempts_option
@temperature_option(0.5)
@steering_options
def traverse(
    session: Session,
    *,
    a: str | None,
    places: Places,
    dimensions: tuple[int, ...] | None,
    count: int,
    span: float | None,
    steps: int,
    attempts: int,
    temperature: float,
    steering: Steering,
) -> None:
    """Walk along single latent dimensions through molecule A, given as SMILES.

    Without A the walk leads through the mean of the prior. Each point is decoded several times,
    and the molecule most decodings agree on is kept.
    """
    walk = places.load(session).traverse(
        a,
        dimensions,
        span,
        steps,
        count=count,
        attempts=attempts,
        temperature=temperature,
        conditions=steering.conditions,
        guidance=steering.guidance,
        constrained=steering.constrained,
        properties=places.properties,
        seed=session.seed or 0,
    )
    places.present(session, walk)


def _read_directions(ctx: click.Context, param: click.Parameter, value: str) -> Any:
    if value == "principal":
        return value
    found = read_dimensions(ctx, param, value)
    if len(found) != 2:
        raise click.BadParameter(f"{value!r}: give two dimensions, such as 3,17, or principal")
    return found


@command(
    "grid",
    examples=(
        "molvae grid 'Cc1ccc(C(=O)NC2CCCC2)cc1' --properties logp --picture map.png",
        "molvae grid --directions 3,17 --size 5 --out map.csv",
    ),
)
@molecule_argument("a", required=False)
@place_options
@click.option(
    "--directions",
    metavar="D,D",
    default="principal",
    show_default=True,
    callback=_read_directions,
    help="Two dimensions, counted from 0, or the two in which the model's own molecules vary most.",
)
@click.option(
    "--size",
    metavar="N",
    type=click.IntRange(min=2),
    default=7,
    show_default=True,
    help="Points along each direction.",
)
@span_option
@attempts_option
@temperature_option(0.5)
@steering_options
def grid(
    session: Session,
    *,
    a: str | None,
    places: Places,
    directions: Any,
    size: int,
    span: float | None,
    attempts: int,
    temperature: float,
    steering: Steering,
) -> None:
    """Make a map of the molecules around molecule A, given as SMILES, over two directions.

    Without A the mean of the prior is in the middle. A picture is colored by the first of
    --properties.
    """
    walk = places.load(session).grid(
        a,
        directions,
        size,
        span,
        attempts=attempts,
        temperature=temperature,
        conditions=steering.conditions,
        guidance=steering.guidance,
        constrained=steering.constrained,
        properties=places.properties,
        seed=session.seed or 0,
    )
    places.present(session, walk)
