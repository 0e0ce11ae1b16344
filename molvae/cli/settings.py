"""The settings of a run as the command line gives them: preset, file, `--set`, own options."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from molvae.cli.options import Session, SettingsSource

if TYPE_CHECKING:
    from molvae.config import Config


def resolve_config(
    session: Session,
    source: SettingsSource,
    *,
    limits: Sequence[str] = (),
    base: Path | None = None,
) -> "Config":
    """The preset (or the file `base`), then the file, the `limits`, and single settings.

    Raises `ConfigError`.
    """
    from molvae.config import Config

    if base is not None and source.preset is None:
        config = Config.load(base)
    else:
        config = Config.preset(source.preset or "default")
    if source.config is not None:
        config = config.merge(source.config)
    own = [f"seed={session.seed}"] if session.seed is not None else []
    if session.device != "auto":
        own.append(f'train.device="{session.device}"')
    return config.override([*limits, *source.assignments, *own])


def limit_assignments(minutes: float | None, epochs: int | None, steps: int | None) -> list[str]:
    """`--max-...` as settings: those given replace all limits of the preset."""
    limits = {"max_minutes": minutes, "max_epochs": epochs, "max_steps": steps}
    if all(value is None for value in limits.values()):
        return []
    return [f"train.{name}={'none' if value is None else value}" for name, value in limits.items()]
