"""The errors molvae raises on purpose: each says what was given, where, and what to do.

The command line prints the message of a `MolvaeError` as one line and exits with 1.
"""


class MolvaeError(Exception):
    """Base of every error a user can cause and mend."""


class ConfigError(MolvaeError):
    """A setting has an unknown name or an impossible value."""


class InputError(MolvaeError):
    """A file or stream cannot be read: missing, empty, of the wrong kind, without the column."""


class EmptyInputError(InputError):
    """An input can be read and holds no molecules."""


class OutputError(MolvaeError):
    """A result cannot be written: no such folder, no room, no permission, unknown format."""


class MoleculeError(MolvaeError):
    """A string is not a molecule, or a molecule cannot be standardized."""


class TokenizationError(MolvaeError):
    """A string cannot be split into tokens, or a token is not in the vocabulary."""


class CorpusError(MolvaeError):
    """A prepared corpus is missing, damaged, or of another format version."""


class ModelError(MolvaeError):
    """A saved model or checkpoint is missing, damaged, or of another format version."""


class TrainingError(MolvaeError):
    """Training cannot start or go on: a loss that is not finite, nothing to resume."""


class GenerationError(MolvaeError):
    """What was asked of the generator cannot be met."""


class ExpressionError(MolvaeError):
    """A property expression such as `qed > 0.6` cannot be understood."""


class FetchError(MolvaeError):
    """A data set cannot be fetched, or what came is not what was expected."""


class EvaluationError(MolvaeError):
    """What was asked of an evaluation cannot be measured, or a saved one cannot be read."""


class PropertyWarning(UserWarning):
    """The function of a registered property raised an error for some molecule."""
