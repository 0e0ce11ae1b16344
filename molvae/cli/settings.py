"""The settings of a run as the command line gives them: preset, file, `--set`, own options."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from molvae.cli.options import Session

if TYPE_CHECKING:
    from molvae.config import Config


def resolve_config(
    session: Session,
    *,
    preset: str | None,
    config: str | None,
    assignments: Sequence[str],
    base: Path | None = None,
) -> "Config":
    """The preset (or the file `base`), then the file `config`, then single settings.

    Raises `ConfigError`.
    """
    from molvae.config import Config

    if base is not None and preset is None:
        settings = Config.load(base)
    else:
        settings = Config.preset(preset or "default")
    if config is not None:
        settings = settings.merge(config)
    own = [f"seed={session.seed}"] if session.seed is not None else []
    if session.device != "auto":
        own.append(f'train.device="{session.device}"')
    return settings.override([*assignments, *own])


def limit_assignments(minutes: float | None, epochs: int | None, steps: int | None) -> list[str]:
    """`--max-...` as settings: those given replace all limits of the preset."""
    limits = {"max_minutes": minutes, "max_epochs": epochs, "max_steps": steps}
    if all(value is None for value in limits.values()):
        return []
    return [f"train.{name}={'none' if value is None else value}" for name, value in limits.items()]
