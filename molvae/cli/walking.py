"""What the commands that walk through the latent space share: their options, and their ends."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from molvae.cli.options import Session, model_option, out_option, properties_option, with_options
from molvae.cli.output import check_out, check_picture, deliver

if TYPE_CHECKING:
    from molvae.generation.generator import Generator
    from molvae.generation.walks import Walk


@dataclass(frozen=True)
class Places:
    """The model a walk goes through, and where what it finds is put."""

    model: str | None
    out: str | None
    picture: str | None
    properties: tuple[str, ...]

    def load(self, session: Session) -> "Generator":
        """The model, once it is known that the result can be written."""
        from molvae.generation.generator import Generator

        check_out(self.out)
        check_picture(self.picture)
        return Generator.load(self.model, device=session.device)

    def present(self, session: Session, walk: "Walk") -> None:
        """Write or show the table, draw the picture, and tell the summary."""
        from molvae.generation.walks.walk import writable

        table = walk.table if self.out is None else writable(walk.table, self.out)
        deliver(table, self.out, session.terminal, walk.facts)
        if self.picture is not None and any(walk.smiles):
            walk.picture(self.picture, properties=self.properties)
            session.terminal.say(f"drew {self.picture}")
        elif self.picture is not None:
            session.terminal.say(f"there was nothing to draw, so {self.picture} was not written")
        session.terminal.say(walk.summary)


def place_options(function: Callable[..., None]) -> Callable[..., None]:
    """`--model`, `--out`, `--picture` and `--properties`, given to the command as `Places`."""

    @functools.wraps(function)
    def packed(
        *given: Any,
        model: str | None,
        out: str | None,
        picture: str | None,
        properties: tuple[str, ...],
        **own: Any,
    ) -> None:
        function(*given, places=Places(model, out, picture, properties), **own)

    return with_options(
        packed,
        model_option,
        out_option("File to write: .csv .tsv .smi .sdf (also .gz) .parquet; - for CSV to a pipe."),
        click.option("--picture", metavar="FILE", help="Draw it: .png, .svg or .html."),
        properties_option(""),
    )


def molecule_argument(name: str, *, required: bool = True) -> Callable[..., Any]:
    """A molecule on the command line, as SMILES."""
    shown = name.upper() if required else f"[{name.upper()}]"
    return click.argument(name, metavar=shown, required=required)


def temperature_option(default: float) -> Callable[..., Any]:
    """`--temperature` of the sampled decodings."""
    return click.option(
        "--temperature",
        metavar="T",
        type=click.FloatRange(min=0, min_open=True),
        default=default,
        show_default=True,
        help="Of the sampled decodings: below 1 safer, above 1 bolder.",
    )


attempts_option = click.option(
    "--attempts",
    metavar="N",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Sampled decodings of each point, beside the greedy one; the molecule most of them "
    "agree on is kept.",
)


def span_option(function: Callable[..., None]) -> Callable[..., None]:
    """`--span`, how far a walk along directions goes to each side."""
    return with_options(
        function,
        click.option(
            "--span",
            metavar="S",
            type=click.FloatRange(min=0, min_open=True),
            help="How far to each side, in standard deviations of the prior [default: 1.5 around "
            "a molecule, 3 around the mean of the prior].",
        ),
    )


def read_dimensions(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """Numbers of dimensions, such as 3,17; wrong usage for anything else."""
    if value is None:
        return None
    parts = [part for part in re.split(r"[,\s]+", value) if part]
    if not parts or not all(part.isdigit() for part in parts):
        raise click.BadParameter(f"{value!r} are not numbers of dimensions, such as 3,17")
    return tuple(map(int, parts))
