"""Using a model: new molecules from it, and molecules to latent vectors and back."""

from molvae.generation.generator import Generator
from molvae.generation.molecules import Molecules, SampleSummary

__all__ = ["Generator", "Molecules", "SampleSummary"]
