"""Every setting of molvae, validated once at the edge and passed on in its narrowest part.

A configuration is a tree of frozen records. It is read from a preset, a TOML file and
`section.key=value` overrides, in that order; an unknown key or an impossible value is a
`ConfigError` of one line.
"""

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self

import tomli_w
from pydantic import Field, ValidationError

from molvae.config.data import DataConfig, StandardizeConfig, TokenizerConfig
from molvae.config.model import (
    ConditionConfig,
    DecoderConfig,
    EncoderConfig,
    HeadsConfig,
    ModelConfig,
    PosteriorConfig,
    PriorConfig,
)
from molvae.config.training import (
    KLConfig,
    NoiseConfig,
    ObjectiveConfig,
    OptimizerConfig,
    TrainConfig,
    ValidationConfig,
)
from molvae.errors import ConfigError
from molvae.files import atomic_path
from molvae.settings import Settings, assign, first_problem, merged, read_toml

__all__ = [
    "ConditionConfig",
    "Config",
    "DataConfig",
    "DecoderConfig",
    "EncoderConfig",
    "HeadsConfig",
    "KLConfig",
    "ModelConfig",
    "NoiseConfig",
    "ObjectiveConfig",
    "OptimizerConfig",
    "PosteriorConfig",
    "PriorConfig",
    "StandardizeConfig",
    "TokenizerConfig",
    "TrainConfig",
    "ValidationConfig",
    "preset_names",
]


class Config(Settings):
    """All settings of a run."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Of all randomness: splits, weights, order, noise."""
    standardize: StandardizeConfig = StandardizeConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()

    @classmethod
    def preset(cls, name: str = "default") -> Self:
        """The shipped configuration `name`; raises `ConfigError` for an unknown one."""
        known = preset_names()
        if name not in known:
            raise ConfigError(f"no preset {name!r}; the presets are {', '.join(known)}")
        text = resources.files("molvae").joinpath("presets", f"{name}.toml").read_text("utf-8")
        return cls.from_mapping(tomllib.loads(text), source=f"preset {name}")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The configuration in the TOML file `path`; raises `ConfigError`."""
        return cls.from_mapping(read_toml(path), source=str(path))

    @classmethod
    def from_mapping(cls, values: dict[str, Any], *, source: str = "configuration") -> Self:
        """Validate nested `values`; raises `ConfigError` naming `source`, key and value."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ConfigError(f"{source}: {first_problem(error, cls)}") from error

    def override(self, assignments: Iterable[str]) -> Self:
        """A copy with `section.key=value` settings applied; values are written as in TOML."""
        values = self.model_dump()
        for assignment in assignments:
            assign(values, assignment)
        return self.from_mapping(values, source="--set")

    def merge(self, path: str | Path) -> Self:
        """A copy with the settings of the TOML file `path` laid over it."""
        values = merged(self.model_dump(), read_toml(path))
        return self.from_mapping(values, source=str(path))

    def to_toml(self) -> str:
        """The whole configuration as TOML; settings that are None are left out."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_none=True))

    def save(self, path: str | Path) -> None:
        """Write `to_toml` to `path`."""
        with atomic_path(path) as temporary:
            temporary.write_text(self.to_toml(), "utf-8")


def preset_names() -> list[str]:
    """Names of the shipped configurations."""
    folder = resources.files("molvae").joinpath("presets")
    return sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml"))
