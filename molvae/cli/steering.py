"""The options that steer a decoder: conditions, guidance, the grammar's constraint."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from molvae.cli.options import with_options


@dataclass(frozen=True)
class Steering:
    """What the molecules shall be, as it was written, and how the model is held to it."""

    conditions: Mapping[str, str]
    guidance: float
    constrained: bool


def steering_options(function: Callable[..., None]) -> Callable[..., None]:
    """`--condition`, `--guidance`, `--constrained/--unconstrained`, given as one `Steering`."""

    @functools.wraps(function)
    def packed(
        *given: Any,
        conditions: Mapping[str, str],
        guidance: float,
        constrained: bool,
        **own: Any,
    ) -> None:
        function(*given, steering=Steering(conditions, guidance, constrained), **own)

    return with_options(packed, *_STEERING)


def _targets(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> Mapping[str, str]:
    """The targets by name, in the order given."""
    targets: dict[str, str] = {}
    for text in value:
        name, equals, target = (part.strip() for part in text.partition("="))
        if not (name and equals and target):
            raise click.BadParameter(f"cannot read {text!r}: write NAME=VALUE, as in logp=2.5")
        if name in targets:
            raise click.BadParameter(f"{name} is given twice: {targets[name]} and {target}")
        targets[name] = target
    return targets


_STEERING = (
    click.option(
        "--condition",
        "-c",
        "conditions",
        metavar="NAME=VALUE",
        multiple=True,
        callback=_targets,
        help="What the molecules shall have, for a model trained with conditions, such as "
        "logp=2.5 or activity=active; repeatable, the rest is free.",
    ),
    click.option(
        "--guidance",
        metavar="G",
        type=click.FloatRange(min=0),
        default=1.0,
        show_default=True,
        help="Above 1, conditions are met more closely by less diverse molecules.",
    ),
    click.option(
        "--constrained/--unconstrained",
        default=False,
        help="Whether tokens that cannot lead to a molecule are left out [default: unconstrained].",
    ),
)
