"""Every setting of molvae, validated once at the edge and passed on in its narrowest part.

A configuration is a tree of frozen records. It is read from a preset, methods, a TOML file
and `section.key=value` overrides, in that order; an unknown key or an impossible value is a
`ConfigError` of one line.
"""

import difflib
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
    "method_names",
    "preset_names",
]


PRESETS, METHODS = "presets", "methods"
"""Folder of the shipped configurations, and that of the methods inside it."""


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
        return cls.from_mapping(_shipped(f"{name}.toml"), source=f"preset {name}")

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

    def method(self, name: str) -> Self:
        """A copy with the shipped method `name` laid over it, such as "iwae" or "flow-prior".

        Methods that touch different settings can be laid over each other. Raises
        `ConfigError` for an unknown one. `docs/methods.md` says what each is.
        """
        known = method_names()
        if name not in known:
            close = difflib.get_close_matches(name.lower().replace("_", "-"), known, n=1)
            hint = f"did you mean {close[0]!r}? there are" if close else "the methods are"
            raise ConfigError(f"no method {name!r}; {hint} {', '.join(known)}")
        over = _shipped(f"{METHODS}/{name}.toml")
        values = merged(self.model_dump(), over)
        course = over.get("train", {}).get("kl", {})
        if "shape" in course and "target" not in course:
            values["train"]["kl"]["target"] = None  # belongs to the course that is replaced
        return self.from_mapping(values, source=f"method {name}")

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
    return _names(PRESETS)


def method_names() -> list[str]:
    """Names of the shipped methods, each a few settings to lay over a configuration."""
    return _names(f"{PRESETS}/{METHODS}")


def _names(folder: str) -> list[str]:
    """Names of the TOML files in a `folder` of the package."""
    items = resources.files("molvae").joinpath(folder).iterdir()
    return sorted(item.name[:-5] for item in items if item.name.endswith(".toml"))


def _shipped(file: str) -> dict[str, Any]:
    """The contents of a `file` of the presets' folder."""
    text = resources.files("molvae").joinpath(PRESETS, file).read_text("utf-8")
    return tomllib.loads(text)
