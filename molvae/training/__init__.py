"""Making a model from a corpus."""

from molvae.training.initial import finetuning_config
from molvae.training.run import Run
from molvae.training.train import train

__all__ = ["Run", "finetuning_config", "train"]
