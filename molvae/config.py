"""Every setting of molvae, validated once at the edge and passed on in its narrowest part.

A configuration is a tree of frozen records. It is read from a preset, a TOML file and
`section.key=value` overrides, in that order; an unknown key or an impossible value is a
`ConfigError` of one line.
"""

import difflib
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from molvae.errors import ConfigError
from molvae.files import atomic_path

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """A frozen group of settings that knows its keys and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class StandardizeConfig(Settings):
    """How a molecule is brought to one form before anything else sees it."""

    enabled: bool = True
    """False trusts the input: parsed and canonicalized, nothing else."""
    largest_fragment: bool = True
    """Keep the largest organic fragment, so that salts and solvents go."""
    neutralize: bool = True
    """Neutralize charges where protons allow it."""
    isotopes: Literal["keep", "strip"] = "strip"
    stereo: Literal["keep", "strip"] = "keep"
    tautomer: bool = False
    """Take the canonical tautomer (slow: tens of molecules a second)."""


class TokenizerConfig(Settings):
    """How a molecule is written as tokens."""

    kind: Literal["atom", "char", "selfies"] = "atom"


class DataConfig(Settings):
    """Which molecules are kept and where they go."""

    split: Literal["random", "scaffold", "column"] = "random"
    split_column: str | None = None
    """Column that names train, valid or test for each row; with `split = "column"`."""
    valid_fraction: Share = 0.05
    test_fraction: Share = 0.05
    min_heavy_atoms: Size = 1
    max_heavy_atoms: Size = 100
    max_tokens: Annotated[int, Field(ge=1, le=65_000)] = 120
    """Molecules of more tokens are rejected (and said so)."""
    elements: tuple[str, ...] = ()
    """Allowed elements, such as ["C", "N", "O"]; empty allows all."""
    alerts: tuple[Literal["pains", "mcf"], ...] = ()
    """Structural-alert sets whose matches are rejected."""
    properties: tuple[str, ...] = ()
    """Registered properties computed and stored with each molecule."""
    columns: tuple[str, ...] = ()
    """Columns of the input carried into the corpus."""

    @model_validator(mode="after")
    def _splits_fit(self) -> Self:
        if self.valid_fraction + self.test_fraction >= 1.0:
            raise ValueError("valid_fraction + test_fraction must leave room for training")
        if (self.split == "column") != (self.split_column is not None):
            raise ValueError('split = "column" and split_column go together')
        return self


class EncoderConfig(Settings):
    """The bidirectional LSTM that reads a molecule."""

    hidden_size: Size = 256
    """Width of each direction."""
    layers: Size = 1
    dropout: Share = 0.0
    """Dropout between layers and before the latent heads."""


class DecoderConfig(Settings):
    """The GRU that writes a molecule."""

    hidden_size: Size = 512
    layers: Size = 1
    dropout: Share = 0.0
    """Dropout between layers and before the output."""
    word_dropout: Fraction = 0.0
    """Share of teacher-forced input tokens replaced by the mask token (Bowman et al. 2016)."""


class ModelConfig(Settings):
    """The variational autoencoder's shape."""

    embedding_size: Size = 64
    latent_size: Size = 128
    encoder: EncoderConfig = EncoderConfig()
    decoder: DecoderConfig = DecoderConfig()


class KLConfig(Settings):
    """The weight beta on the KL term over a run; positions are fractions of the run."""

    shape: Literal["constant", "linear", "sigmoid", "cosine", "cyclical"] = "linear"
    maximum: Annotated[float, Field(ge=0.0)] = 1.0
    minimum: Annotated[float, Field(ge=0.0)] = 0.0
    start: Fraction = 0.0
    """Where the rise begins."""
    end: Fraction = 0.5
    """Where `maximum` is reached."""
    cycles: Size = 4
    """Number of rises, for `cyclical` (Fu et al. 2019)."""
    cycle_rise: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Share of a cycle spent rising, for `cyclical`."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("minimum must not exceed maximum")
        if self.start > self.end:
            raise ValueError("start must not exceed end")
        return self


class OptimizerConfig(Settings):
    """Adam and the course of its learning rate."""

    name: Literal["adam", "adamw"] = "adamw"
    learning_rate: Positive = 1e-3
    warmup_steps: Count = 100
    final_fraction: Fraction = 0.01
    """Learning rate at the end of the cosine decay, as a share of `learning_rate`."""
    betas: tuple[Share, Share] = (0.9, 0.99)
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0
    clip_norm: Positive = 5.0
    """Gradients are scaled down to this global norm."""


class ValidationConfig(Settings):
    """What is measured while training."""

    every_steps: Size = 500
    molecules: Size = 2_000
    """How many validation molecules are read each time."""
    samples: Count = 256
    """How many molecules are sampled to estimate validity; 0 for none."""
    patience: Count = 0
    """Stop after this many validations without a better one; 0 never stops early. Better is a
    lower negative ELBO, its KL weighted by `kl.maximum` as in training at the end of the run."""


class TrainConfig(Settings):
    """How the model is fitted."""

    batch_size: Size = 256
    max_epochs: Size | None = None
    max_steps: Size | None = None
    max_minutes: Positive | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    checkpoint_every_steps: Size = 500
    keep_checkpoints: Size = 2
    tensorboard: bool = False
    optimizer: OptimizerConfig = OptimizerConfig()
    kl: KLConfig = KLConfig()
    validation: ValidationConfig = ValidationConfig()


class Config(Settings):
    """All settings of a run."""

    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
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
        return cls.from_mapping(_read_toml(path), source=str(path))

    @classmethod
    def from_mapping(cls, values: dict[str, Any], *, source: str = "configuration") -> Self:
        """Validate nested `values`; raises `ConfigError` naming `source`, key and value."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ConfigError(f"{source}: {_first_problem(error, cls)}") from error

    def override(self, assignments: Iterable[str]) -> Self:
        """A copy with `section.key=value` settings applied; values are written as in TOML."""
        values = self.model_dump()
        for assignment in assignments:
            _assign(values, assignment)
        return self.from_mapping(values, source="--set")

    def merge(self, path: str | Path) -> Self:
        """A copy with the settings of the TOML file `path` laid over it."""
        values = _merged(self.model_dump(), _read_toml(path))
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


def _read_toml(path: str | Path) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"cannot read the configuration {path}: {reason}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        old = result.get(key)
        both_nested = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _merged(old, value) if both_nested else value  # type: ignore[arg-type]
    return result


def _assign(values: dict[str, Any], assignment: str) -> None:
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


def _first_problem(error: ValidationError, root: type[BaseModel]) -> str:
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
