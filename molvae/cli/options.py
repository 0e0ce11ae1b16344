"""Options that several commands share, each declared once."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

import click
from click.core import ParameterSource

from molvae.cli.failures import reported, warnings_said
from molvae.cli.terminal import Terminal

Function = TypeVar("Function", bound=Callable[..., Any])
Method = Literal["sample", "greedy", "beam"]
MAX_SEED = 2**63 - 1
"""The largest seed that all generators of random numbers take."""
COMMON = {"--seed", "--device", "--quiet", "--json", "--debug", "--help"}


@dataclass(frozen=True)
class Session:
    """What every command is told: the seed and device asked for, and where to print."""

    seed: int | None
    device: str
    terminal: Terminal


class _Device(click.ParamType[str]):
    name = "auto|cpu|cuda"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", value):
            self.fail(f"{value!r} is not one of auto, cpu, cuda, cuda:N.", param, ctx)
        return str(value)


class MolvaeCommand(click.Command):
    """A command that reports failures in one line and ends its help with examples."""

    examples: tuple[str, ...] = ()

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises becomes a line and an exit code."""
        with reported(debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The command's own options first, then those that every command has."""
        own: list[tuple[str, str]] = []
        common: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                (common if COMMON.intersection(parameter.opts) else own).append(record)
        for title, records in (("Options", own), ("Options of every command", common)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples to copy."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")


def command(
    name: str, *, examples: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function of a `Session` and its own options into the command `name`."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def run(
            *, seed: int | None, device: str, quiet: bool, json: bool, debug: bool, **own: Any
        ) -> None:
            session = Session(seed, device, Terminal(quiet=quiet, json=json))
            with warnings_said(session.terminal):
                function(session, **own)

        made = click.command(name, cls=MolvaeCommand)(_common_options(run))
        made.examples = examples
        return made

    return decorate


def _common_options(function: Callable[..., None]) -> Callable[..., None]:
    return with_options(
        function,
        click.option(
            "--seed",
            type=click.IntRange(0, MAX_SEED),
            metavar="N",
            help="Seed of all randomness.",
        ),
        click.option(
            "--device",
            type=_Device(),
            default="auto",
            metavar=_Device.name,
            help="Where to compute.",
        ),
        click.option("--quiet", "-q", is_flag=True, help="No messages, no progress."),
        click.option("--json", is_flag=True, help="Print the result as one JSON object."),
        click.option("--debug", is_flag=True, help="Show the traceback of an error."),
    )


def out_option(help_text: str, *, required: bool = False) -> Callable[[Function], Function]:
    """`--out`, with `help_text` saying what is written and in which formats."""
    return click.option("--out", "-o", metavar="PATH", required=required, help=help_text)


def input_argument(*, required: bool = True) -> Callable[[Function], Function]:
    """The file a command reads; `-` is standard input."""
    return click.argument("source", metavar="FILE" if required else "[INPUT]", required=required)


column_option = click.option(
    "--column", metavar="NAME", help="Column that holds the SMILES; found by its name if not given."
)

model_option = click.option(
    "--model",
    "-m",
    metavar="PATH",
    help="Run or model folder [default: the newest run, else the shipped model].",
)

workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Worker processes [default: one per core].",
)


def properties_option(default: str) -> Callable[[Function], Function]:
    """`--properties`, a comma-separated list of registered properties, each taken once."""
    return click.option(
        "--properties",
        "-p",
        metavar="NAMES",
        default=default,
        callback=lambda ctx, param, value: tuple(
            dict.fromkeys(filter(None, re.split(r"[,\s]+", value)))
        ),
        help="Properties to compute, such as qed,logp,sa." + _default(default),
    )


def _default(value: str) -> str:
    return f" [default: {value}]" if value else ""


@dataclass(frozen=True)
class SettingsSource:
    """Where settings come from: each is laid over those before it."""

    preset: str | None = None
    config: str | None = None
    assignments: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    """Laid over the preset, before the file."""


def config_options(function: Callable[..., None]) -> Callable[..., None]:
    """`--preset`, `--method`, `--config`, `--set`, given to the command as a `SettingsSource`."""

    @functools.wraps(function)
    def packed(
        *given: Any,
        preset: str | None,
        methods: tuple[str, ...],
        config: str | None,
        assignments: tuple[str, ...],
        **own: Any,
    ) -> None:
        function(*given, settings=SettingsSource(preset, config, assignments, methods), **own)

    return with_options(
        packed,
        click.option("--preset", metavar="NAME", help="Named settings [default: default]."),
        click.option(
            "--method",
            "methods",
            metavar="NAME",
            multiple=True,
            help="Named method over the preset, such as iwae or flow-prior (docs/methods.md has "
            "all); repeatable.",
        ),
        click.option("--config", metavar="FILE", help="TOML file of settings over these."),
        click.option(
            "--set",
            "assignments",
            metavar="KEY=VALUE",
            multiple=True,
            help="One setting, such as train.batch_size=512; repeatable.",
        ),
    )


@dataclass(frozen=True)
class Picking:
    """How the decoder picks tokens; without a method the library's own for the task."""

    method: Method | None
    temperature: float
    top_k: int
    top_p: float


def decoding_options(function: Callable[..., None]) -> Callable[..., None]:
    """`--method`, `--temperature`, `--top-k`, `--top-p`, given to the command as one `Picking`.

    Without a method, any of the others asks for sampling: no other method uses it.
    """

    @functools.wraps(function)
    def packed(
        *given: Any,
        method: Method | None,
        temperature: float,
        top_k: int,
        top_p: float,
        **own: Any,
    ) -> None:
        if method is None and any(map(_is_given, ("temperature", "top_k", "top_p"))):
            method = "sample"
        function(*given, picking=Picking(method, temperature, top_k, top_p), **own)

    return with_options(packed, *_DECODING)


def _is_given(parameter: str) -> bool:
    """Whether the command line has this parameter, even with the value of its default."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is ParameterSource.COMMANDLINE


_DECODING = (
    click.option(
        "--method",
        type=click.Choice(get_args(Method)),
        help="How tokens are picked [default: sample; greedy for one molecule a vector "
        "where none of the next three is given].",
    ),
    click.option(
        "--temperature",
        metavar="T",
        type=click.FloatRange(min=0, min_open=True),
        default=1.0,
        show_default=True,
        help="Below 1 safer, above 1 bolder.",
    ),
    click.option(
        "--top-k",
        metavar="K",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        help="Only the k likeliest tokens; 0 for all.",
    ),
    click.option(
        "--top-p",
        metavar="P",
        type=click.FloatRange(min=0, max=1, min_open=True),
        default=1.0,
        show_default=True,
        help="Only the likeliest tokens that together have this probability.",
    ),
)


def with_options(
    function: Callable[..., None], *options: Callable[[Callable[..., None]], Callable[..., None]]
) -> Callable[..., None]:
    """`function` with `options`, which its help lists in this order."""
    for option in reversed(options):
        function = option(function)
    return function
