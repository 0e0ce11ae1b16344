"""Settings of what molecules become before a model sees them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from molvae.settings import Settings, Share, Size


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
