"""`molvae interpolate`, `neighbors`, `resample`: between molecules and around one."""

from typing import Literal

import click

from molvae.cli.options import Session, command
from molvae.cli.steering import Steering, steering_options
from molvae.cli.walking import (
    Places,
    attempts_option,
    molecule_argument,
    place_options,
    temperature_option,
)


@command(
    "interpolate",
    examples=(
        "molvae interpolate 'CCOc1ccccc1' 'O=C(NC1CCCC1)c1ccccc1' --picture way.png",
        "molvae interpolate A B -n 20 --method linear --properties qed --out way.csv",
    ),
)
@molecule_argument("a")
@molecule_argument("b")
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=2),
    default=10,
    show_default=True,
    metavar="N",
    help="Steps, A and B included.",
)
@place_options
@click.option(
    "--method",
    type=click.Choice(("spherical", "linear")),
    default="spherical",
    show_default=True,
    help="The way from one latent vector to the other.",
)
@attempts_option
@temperature_option(0.5)
@steering_options
def interpolate(
    session: Session,
    *,
    a: str,
    b: str,
    count: int,
    places: Places,
    method: Literal["spherical", "linear"],
    attempts: int,
    temperature: float,
    steering: Steering,
) -> None:
    """Walk from molecule A to molecule B, both given as SMILES.

    Each step is decoded several times: the molecule most decodings agree on is kept, and the
    share of valid ones is shown. The ends are A and B themselves; `reproduced` says whether the
    model writes them too.
    """
    walk = places.load(session).interpolate(
        a,
        b,
        count,
        method=method,
        attempts=attempts,
        temperature=temperature,
        conditions=steering.conditions,
        guidance=steering.guidance,
        constrained=steering.constrained,
        properties=places.properties,
        seed=session.seed or 0,
    )
    places.present(session, walk)


@command(
    "neighbors",
    examples=(
        "molvae neighbors 'Cc1ccc(C(=O)NC2CCCC2)cc1' -n 50 --picture around.png",
        "molvae neighbors A --keep 'C(=O)N' --min-similarity 0.4 --out around.csv",
        "molvae neighbors A --radius 0.3 --properties qed,logp",
    ),
)
@molecule_argument("a")
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="How many molecules.",
)
@place_options
@click.option(
    "--radius",
    metavar="R",
    type=click.FloatRange(min=0, min_open=True),
    help="How far to look, in standard deviations of the prior [default: grows as needed].",
)
@click.option("--posterior", is_flag=True, help="Look where the model itself is unsure about A.")
@click.option(
    "--min-similarity",
    metavar="S",
    type=click.FloatRange(min=0, max=1),
    default=0.0,
    show_default=True,
    help="Least Tanimoto similarity to A (Morgan radius 2, 2048 bits).",
)
@click.option("--keep", metavar="SMARTS", help="Substructure of A that must stay.")
@click.option(
    "--max-tries",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop after drawing so many [default: 100 for each molecule asked for, at least 5,000].",
)
@temperature_option(0.5)
@steering_options
def neighbors(
    session: Session,
    *,
    a: str,
    count: int,
    places: Places,
    radius: float | None,
    posterior: bool,
    min_similarity: float,
    keep: str | None,
    max_tries: int | None,
    temperature: float,
    steering: Steering,
) -> None:
    """Find molecules around molecule A, given as SMILES; the most similar first.

    A itself and repeats are left out. Where fewer are found than asked for, those are given
    and the reason is told.
    """
    if radius is not None and posterior:
        raise click.UsageError("give --radius or --posterior, not both")
    generator = places.load(session)
    with session.terminal.progress("looking around", count) as progress:
        walk = generator.neighbors(
            a,
            count,
            radius=radius,
            posterior=posterior,
            min_similarity=min_similarity,
            keep=keep,
            temperature=temperature,
            conditions=steering.conditions,
            guidance=steering.guidance,
            constrained=steering.constrained,
            properties=places.properties,
            max_tries=max_tries,
            seed=session.seed or 0,
            progress=progress,
        )
    places.present(session, walk)


@command(
    "resample",
    examples=(
        "molvae resample 'Cc1ccc(C(=O)NC2CCCC2)cc1'",
        "molvae resample A -n 1000 --properties qed,logp --out draws.csv",
    ),
)
@molecule_argument("a")
@click.option(
    "-n",
    "count",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="N",
    help="How many draws.",
)
@place_options
@temperature_option(1.0)
@steering_options
def resample(
    session: Session,
    *,
    a: str,
    count: int,
    places: Places,
    temperature: float,
    steering: Steering,
) -> None:
    """Draw from what the model makes of molecule A, given as SMILES.

    The share of draws that give A back says how sure the model is of it. One row a distinct
    molecule, the most frequent first.
    """
    walk = places.load(session).resample(
        a,
        count,
        temperature=temperature,
        conditions=steering.conditions,
        guidance=steering.guidance,
        constrained=steering.constrained,
        properties=places.properties,
        seed=session.seed or 0,
    )
    places.present(session, walk)
