"""Every setting of molvae, validated once at the edge and passed on in its narrowest part.

A configuration is a tree of frozen records. It is read from a preset, a TOML file and
`section.key=value` overrides, in that order; an unknown key or an impossible value is a
`ConfigError` of one line.
"""

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import Field, ValidationError, model_validator

from molvae.errors import ConfigError
from molvae.files import atomic_path
from molvae.settings import (
    ColumnsConfig,
    Count,
    Fraction,
    Positive,
    Settings,
    Share,
    Size,
    assign,
    first_problem,
    merged,
    read_toml,
)


class StandardizeConfig(Settings):
    """How a molecule is brought to one form before anything else sees it."""

    enabled: bool = True
    """False trusts the input: parsed and canonicalized, nothing else."""
    largest_fragment: bool = True
    """Keep the largest organic fragment, so that salts and solvents go."""
    neutralize: bool = True
    """Neutralize charges where protons allow it."""
    isotopes: Literal["keep", "strip"] = "strip"
    """Isotope labels, such as [13C]."""
    stereo: Literal["keep", "strip"] = "keep"
    """Stereocenters and double bonds: @, / and \\ in SMILES."""
    tautomer: bool = False
    """Take the canonical tautomer (slow: tens of molecules a second)."""


class TokenizerConfig(Settings):
    """How a molecule is written as tokens."""

    kind: Literal["atom", "char", "selfies"] = "atom"
    """Atoms and bonds of SMILES, single characters of SMILES, or SELFIES."""


class DataConfig(Settings):
    """Which molecules are kept and where they go."""

    split: Literal["random", "scaffold", "column"] = "random"
    """How molecules are divided: by chance, whole Bemis-Murcko scaffolds, or as a column says."""
    split_column: str | None = None
    """Column that names train, valid or test for each row; with `split = "column"`."""
    valid_fraction: Share = 0.05
    """Share of the molecules for validation while training."""
    test_fraction: Share = 0.05
    """Share of the molecules that training never sees."""
    min_heavy_atoms: Size = 1
    """Smaller molecules are rejected."""
    max_heavy_atoms: Size = 100
    """Larger molecules are rejected."""
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
    """Number of layers."""
    dropout: Share = 0.0
    """Dropout between layers and before the latent heads."""


class DecoderConfig(Settings):
    """The GRU that writes a molecule."""

    hidden_size: Size = 512
    """Width of each layer."""
    layers: Size = 1
    """Number of layers."""
    dropout: Share = 0.0
    """Dropout between layers and before the output."""
    word_dropout: Fraction = 0.0
    """Share of teacher-forced input tokens replaced by the mask token (Bowman et al. 2016)."""
    tally: bool | None = None
    """Tell the decoder at each step how often it wrote each token; none: with conditions only."""


class ConditionConfig(ColumnsConfig):
    """What encoder and decoder are told beside the molecule; nothing, unless named here."""

    dropout: Fraction = 0.5
    """Share of the molecules of a step of which some conditions, or all, are hidden, so that one
    can be given and the others left free, and for guidance (Ho & Salimans 2022)."""
    hidden_size: Size = 128
    """Width of the layer between the values and their features."""
    size: Size = 64
    """Number of features that encoder and decoder get."""


class HeadsConfig(ColumnsConfig):
    """What is predicted from the latent vector, learned together with the autoencoder."""

    hidden_size: Size = 64
    """Width of the layer between latent vector and predictions."""
    dropout: Share = 0.0
    """Dropout in that layer."""
    weight: Annotated[float, Field(ge=0.0)] = 1.0
    """Weight of the heads' loss beside the nats a molecule of the ELBO."""
    labeled_share: Share = 0.25
    """Molecules with a label come several times an epoch where they are a smaller share of it."""


class ModelConfig(Settings):
    """The variational autoencoder's shape."""

    embedding_size: Size = 64
    """Width of a token."""
    latent_size: Size = 128
    """Number of latent dimensions."""
    encoder: EncoderConfig = EncoderConfig()
    decoder: DecoderConfig = DecoderConfig()
    condition: ConditionConfig = ConditionConfig()
    heads: HeadsConfig = HeadsConfig()


class KLConfig(Settings):
    """The weight beta on the KL term over a run; positions are fractions of the run."""

    shape: Literal["constant", "linear", "sigmoid", "cosine", "cyclical"] = "linear"
    """How beta rises from `minimum` to `maximum`."""
    maximum: Annotated[float, Field(ge=0.0)] = 1.0
    """beta at the end: below 1 reconstructs better, above 1 samples better."""
    minimum: Annotated[float, Field(ge=0.0)] = 0.0
    """beta before the rise."""
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
    """The optimizer."""
    learning_rate: Positive = 1e-3
    """The highest, after the warm-up."""
    warmup_steps: Count = 100
    """Steps of the linear rise to it."""
    final_fraction: Fraction = 0.01
    """Learning rate at the end of the cosine decay, as a share of `learning_rate`."""
    betas: tuple[Share, Share] = (0.9, 0.99)
    """Memory of Adam's two running means."""
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0
    """Decoupled from the gradient in `adamw`, added to it in `adam`."""
    clip_norm: Positive = 5.0
    """Gradients are scaled down to this global norm."""


class ValidationConfig(Settings):
    """What is measured while training."""

    every_steps: Size = 500
    """Steps between two validations."""
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
    """Molecules in a step."""
    max_epochs: Size | None = None
    """Stop after this many passes over the molecules."""
    max_steps: Size | None = None
    """Stop after this many steps."""
    max_minutes: Positive | None = None
    """Stop after this time. The first limit reached ends the run; one is needed."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """What is computed in; `auto` is bfloat16 where the processor is fast at it."""
    device: str = "auto"
    """auto, cpu, cuda or cuda:N."""
    checkpoint_every_steps: Size = 500
    """Steps between two checkpoints, for --resume."""
    keep_checkpoints: Size = 2
    """How many checkpoints stay."""
    tensorboard: bool = False
    """Also write what TensorBoard shows."""
    optimizer: OptimizerConfig = OptimizerConfig()
    kl: KLConfig = KLConfig()
    validation: ValidationConfig = ValidationConfig()


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
