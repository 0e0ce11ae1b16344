"""Making a model from a corpus."""

from molvae.training.run import Run
from molvae.training.train import train

__all__ = ["Run", "train"]
