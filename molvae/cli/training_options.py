"""The options of `molvae train` that stand for settings, and what the input must hold for them."""

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from molvae.cli.options import with_options

if TYPE_CHECKING:
    from molvae.checkpoint import SavedModel
    from molvae.config import Config, ModelConfig

STDIN = "-"

init_option = click.option(
    "--init",
    metavar="MODEL",
    help="Go on from this model (a path, a run, or the name of a shipped one): its settings, "
    "weights and tokens are kept, new tokens are added.",
)


def initial_model(init: str | None) -> "SavedModel | None":
    """The model to go on from; raises `ModelError`."""
    if init is None:
        return None
    from molvae.checkpoint import load_model

    return load_model(init)


def finetuning_base(initial: "SavedModel | None", molecules: int | None = None) -> "Config | None":
    """The settings to go on from `initial` with, over which others are laid."""
    if initial is None:
        return None
    from molvae.training.initial import finetuning_config

    return finetuning_config(initial, molecules)


@dataclass(frozen=True)
class Values:
    """Properties and columns that a model is told (`conditions`) or predicts (`heads`)."""

    conditions: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()

    def assignments(self, base: "Config | None") -> list[str]:
        """As settings: those that `base`, a model's configuration, has already come first."""
        found = []
        for section, names in (("condition", self.conditions), ("heads", self.heads)):
            if names:
                former = getattr(base.model, section) if base is not None else None
                old, classes = (former.properties, former.classes) if former else ((), ())
                new = [name for name in names if name not in (*old, *classes)]
                found.append(f"model.{section}.properties={json.dumps([*old, *new])}")
        return found


def names_option(name: str, help_text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option that takes names, separated by commas; repeatable, each name once."""
    return click.option(
        name,
        metavar="NAMES",
        multiple=True,
        callback=lambda ctx, param, value: tuple(
            dict.fromkeys(filter(None, (part.strip() for part in ",".join(value).split(","))))
        ),
        help=help_text,
    )


fit_heads_option = names_option(
    "--fit-heads",
    "Only learn to predict these, properties or columns of INPUT, from the latent vectors of the "
    "model in --init; the model with them is written to --out.",
)


fit_prior_option = click.option(
    "--fit-prior",
    type=click.Choice(("flow", "autoregressive", "mixture", "vamp", "hierarchical")),
    help="Only learn where the latent vectors of molecules lie, so that new ones are drawn from "
    "there: for the model in --init; the model with this prior is written to --out.",
)


def value_options(function: Callable[..., None]) -> Callable[..., None]:
    """`--condition` and `--heads`, given to the command as one `Values`."""

    @functools.wraps(function)
    def packed(*given: Any, condition: tuple[str, ...], heads: tuple[str, ...], **own: Any) -> None:
        function(*given, values=Values(condition, heads), **own)

    return with_options(packed, *_VALUES)


_VALUES = (
    names_option(
        "--condition",
        "Properties (such as logp,qed) or columns of INPUT to tell the model, so that molecules "
        "can be asked for by them.",
    ),
    names_option("--heads", "Properties or columns to learn to predict from the latent vector."),
)


def limit_options(function: Callable[..., None]) -> Callable[..., None]:
    """`--max-minutes`, `--max-epochs`, `--max-steps`, given to the command as settings."""

    @functools.wraps(function)
    def packed(
        *given: Any,
        max_minutes: float | None,
        max_epochs: int | None,
        max_steps: int | None,
        **own: Any,
    ) -> None:
        limits = limit_assignments(max_minutes, max_epochs, max_steps)
        function(*given, limits=limits, **own)

    return with_options(packed, *_LIMITS)


_LIMITS = (
    click.option(
        "--max-minutes",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        help="Stop after this many minutes.",
    ),
    click.option(
        "--max-epochs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Stop after this many passes over the molecules.",
    ),
    click.option(
        "--max-steps", type=click.IntRange(min=1), metavar="N", help="Stop after this many batches."
    ),
)


def limit_assignments(minutes: float | None, epochs: int | None, steps: int | None) -> list[str]:
    """`--max-...` as settings: those given replace all limits of the preset."""
    limits = {"max_minutes": minutes, "max_epochs": epochs, "max_steps": steps}
    if all(value is None for value in limits.values()):
        return []
    return [f"train.{name}={'none' if value is None else value}" for name, value in limits.items()]


def preparable(
    config: "Config",
    inherited: "ModelConfig | None",
    sources: Sequence[str],
    column: str | None,
) -> "Config":
    """`config` for `prepare`: without conditions and heads whose columns the files do not have.

    Only those of `inherited`, which a model brings, may be missing: they are unknown then.
    Raises `ConfigError` for any other.
    """
    from molvae.chem.properties import property_names
    from molvae.config import ModelConfig
    from molvae.data.prepare import needed_columns
    from molvae.errors import ConfigError

    columns = list(config.data.columns)
    former = () if inherited is None else (*inherited.condition.names, *inherited.heads.names)
    for name in needed_columns(config):
        problem = None if name in columns else _problem(name, sources, column)
        if problem is not None and name not in former:
            known = ", ".join(property_names())
            raise ConfigError(f"{name!r} is no property ({known}) and no column: {problem}")
        columns += [name] if problem is None and name not in columns else []
    data = config.data.model_copy(update={"columns": tuple(columns)})
    return config.model_copy(update={"data": data, "model": ModelConfig()})


def _problem(name: str, sources: Sequence[str], column: str | None) -> str | None:
    """Why a file cannot give the column `name`; standard input is not looked into."""
    from molvae.data.readers import read_records
    from molvae.errors import EmptyInputError, InputError

    for source in sources:
        if source == STDIN:
            continue
        try:
            next(read_records(Path(source), column=column), None)  # other problems first
        except InputError:
            return None
        try:
            next(read_records(Path(source), column=column, keep=[name]), None)
        except EmptyInputError:
            return None
        except InputError as error:
            return str(error)
    return None
