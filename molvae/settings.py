"""What settings are made of: strict frozen records, read from TOML, changed by assignments."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from molvae.errors import ConfigError

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """A frozen group of settings that knows its keys and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ColumnsConfig(Settings):
    """Which values of a molecule are meant: registered properties or columns of the corpus."""

    properties: tuple[str, ...] = ()
    """Registered properties, or columns of the corpus (numbers, or classes as text)."""
    classes: tuple[str, ...] = ()
    """Columns of the corpus whose values are classes though they are written as numbers."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        twice = sorted({name for name in self.names if self.names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is named twice")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in the order of the model's columns."""
        return self.properties + self.classes


def read_toml(path: str | Path) -> dict[str, Any]:
    """The contents of the TOML file `path`; raises `ConfigError`."""
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"cannot read the configuration {path}: {reason}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Nested `base` with the values of `over` laid over it."""
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        both_nested = isinstance(old, dict) and isinstance(value, dict)
        result[key] = merged(old, value) if both_nested else value  # type: ignore[arg-type]
    return result


def assign(values: dict[str, Any], assignment: str) -> None:
    """Set one dotted key inside the caller's own fresh dump of the settings."""
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"cannot read {assignment!r}: write section.key=value")
    *sections, name = key.strip().split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"unknown setting {key.strip()!r}: {section!r} is not a section")
    values[name] = _toml_value(text.strip())


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return None if text in ("none", "null", "") else text


def first_problem(error: ValidationError, root: type[BaseModel]) -> str:
    """One line for the first thing wrong: its key, and the value or the known keys."""
    problem = error.errors()[0]
    parts = [str(part) for part in problem["loc"]]
    key = ".".join(parts)
    if problem["type"] == "extra_forbidden":
        return f"unknown setting {key!r}{_suggestion(parts, root)}"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{key}: {message}" if key else message
    return f"{key} = {problem['input']!r}: {message[0].lower()}{message[1:]}"


def _suggestion(parts: list[str], root: type[BaseModel]) -> str:
    section = root
    for part in parts[:-1]:
        field = section.model_fields.get(part)
        if field is None or not isinstance(field.annotation, type):
            return ""
        section = field.annotation
    known = sorted(section.model_fields)
    close = difflib.get_close_matches(parts[-1], known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"
