"""A model as a transformer of scikit-learn: SMILES in, latent vectors out.

    Pipeline([("latent", Generator.load()), ("model", Ridge())]).fit(smiles, values)

There is nothing to fit, and scikit-learn is imported only when it asks for its tags, so that
molvae does not depend on it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from molvae.checkpoint import SavedModel
from molvae.data.records import find_column
from molvae.errors import ConfigError, MoleculeError

Floats = npt.NDArray[np.float32]


class LatentTransformer(ABC):
    """The methods that scikit-learn expects of a transformer, by way of `encode` and `decode`.

    Its parameters are those of the constructor: `saved`, `device` and `precision`. A clone
    shares the weights, which nothing here changes.
    """

    saved: SavedModel
    _given: dict[str, str]
    """`device` and `precision` as they were given."""

    @property
    @abstractmethod
    def latent_size(self) -> int:
        """Number of latent dimensions Z."""

    @abstractmethod
    def encode(self, smiles: Sequence[str]) -> Floats:
        """Latent vectors (N, Z) of molecules; raises `MoleculeError` naming the first without."""

    @abstractmethod
    def decode(self, z: Floats) -> list[list[str]]:
        """The string written from each latent vector, in a list of its own."""

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: N803
        """Nothing: the model is trained already."""
        return self

    def transform(self, X: Any) -> Floats:  # noqa: N803
        """Latent vectors (N, Z) of the SMILES `X`: a list, an array, or a table's column.

        Of a table with several columns the one of SMILES is taken, found by its name. Raises
        `MoleculeError` naming the first molecule that cannot be encoded; leave those out before
        (`latents` says which they are), for each row of y needs its row here.
        """
        return self.encode(_smiles_of(X))

    def fit_transform(self, X: Any, y: Any = None) -> Floats:  # noqa: N803
        """The same as `transform`."""
        return self.transform(X)

    def inverse_transform(self, X: Any) -> list[str]:  # noqa: N803
        """The greedy string from each latent vector (N, Z), valid or not."""
        return [texts[0] for texts in self.decode(np.asarray(X, np.float32))]

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names of the columns that `transform` gives: z0, z1, ..."""
        return np.array([f"z{place}" for place in range(self.latent_size)], dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor; `deep` makes no difference."""
        return {"saved": self.saved, **self._given}

    def set_params(self, **params: Any) -> Self:
        """Take other arguments of the constructor; raises `ConfigError` for an unknown one."""
        known = self.get_params()
        for name in params:
            if name not in known:
                raise ConfigError(f"unknown parameter {name!r}; known are {', '.join(known)}")
        make: Any = type(self)
        self.__dict__ = dict(make(**{**known, **params}).__dict__)  # nothing cached stays
        return self

    def __sklearn_clone__(self) -> Self:
        """One that shares the model, for copies of the weights would be of no use."""
        make: Any = type(self)
        made: Self = make(**self.get_params())
        return made

    def __sklearn_is_fitted__(self) -> bool:
        """Always: a model is trained before it is loaded."""
        return True

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks a transformer of strings about itself."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="transformer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
            requires_fit=False,
        )


def _smiles_of(values: Any) -> list[str]:
    """The strings of a list, an array (N,) or (N, 1), a Series, or a table's SMILES column."""
    if isinstance(values, str):
        raise MoleculeError(f"give a list of molecules, such as [{values!r}], not one string")
    if hasattr(values, "columns"):
        names = [str(name) for name in values.columns]
        place = 0 if len(names) == 1 else find_column(names, None, "the table")
        return list(values.iloc[:, place])
    if isinstance(values, np.ndarray) and values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise MoleculeError(f"molecules of shape {values.shape}: give one SMILES for each row")
    return list(values)
