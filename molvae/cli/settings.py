"""The settings of a run as the command line gives them: preset, methods, file, single ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from molvae.cli.options import Session, SettingsSource

if TYPE_CHECKING:
    from molvae.config import Config


def resolve_config(
    session: Session,
    source: SettingsSource,
    *,
    own: Sequence[str] = (),
    base: "Config | None" = None,
) -> "Config":
    """The preset (or `base`), then methods, the file, `own` options of a command, and `--set`.

    Raises `ConfigError`.
    """
    from molvae.config import Config

    if base is None or source.preset is not None:
        base = Config.preset(source.preset or "default")
    for method in source.methods:
        base = base.method(method)
    if source.config is not None:
        base = base.merge(source.config)
    common = [f"seed={session.seed}"] if session.seed is not None else []
    if session.device != "auto":
        common.append(f'train.device="{session.device}"')
    return base.override([*own, *source.assignments, *common])
