"""Properties of many molecules at once, each parsed once, spread over the cores."""

import functools
import pickle
import sys
import sysconfig
import warnings
from collections import ChainMap
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import cloudpickle  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.chem.molecule import Mol, parse, quiet
from molvae.chem.properties import Property, attempt, get_property
from molvae.errors import PropertyWarning
from molvae.parallel import chunked, ordered_map

Values = npt.NDArray[np.float64]

_CHUNK = 500
_WORTH_PROCESSES = 2_000
"""Fewer molecules are done sooner here than worker processes start."""


def property_table(
    molecules: Sequence[str] | Sequence[Mol],
    names: Sequence[str],
    *,
    workers: int | None = None,
) -> pd.DataFrame:
    """The named properties of each molecule: one row an input, one column a name.

    A row is NaN where the SMILES is not a molecule, a cell where its property fails; a
    `PropertyWarning` then names the property and the first error. Raises `ConfigError`
    for an unknown name.
    """
    if isinstance(molecules, str) or isinstance(names, str):
        raise TypeError("property_table takes a list of molecules and a list of property names")
    properties = tuple(get_property(name) for name in names)
    packed = _pack(properties) if len(molecules) >= _WORTH_PROCESSES else None
    if packed is None:
        parts = [_compute_rows(properties, molecules)]
    else:
        task = functools.partial(_compute_packed, packed)
        parts = list(ordered_map(task, chunked(molecules, _CHUNK), workers=workers))
    for name, failure in ChainMap(*(part.failures for part in parts)).items():
        # The same text for the same error, so that Python says it once.
        text = f"the property {name!r} has no value where its function failed: {failure}"
        warnings.warn(text, PropertyWarning, stacklevel=2)
    return pd.DataFrame(np.concatenate([part.values for part in parts]), columns=list(names))


class _Rows(NamedTuple):
    """Values of some molecules, and by property the first error of its function."""

    values: Values
    failures: dict[str, str]


def _compute_packed(packed: bytes, molecules: Sequence[str | Mol]) -> _Rows:
    return _compute_rows(_unpack(packed), molecules)


@functools.lru_cache(maxsize=8)
def _unpack(packed: bytes) -> tuple[Property, ...]:
    properties: tuple[Property, ...] = pickle.loads(packed)
    return properties


def _compute_rows(properties: Sequence[Property], molecules: Sequence[str | Mol]) -> _Rows:
    values = np.full((len(molecules), len(properties)), np.nan)
    failures: dict[str, str] = {}
    with quiet():
        for row, molecule in enumerate(molecules):
            mol = parse(molecule) if isinstance(molecule, str) else molecule
            if mol is None:
                continue
            for column, prop in enumerate(properties):
                values[row, column], failure = attempt(prop, mol)
                if failure is not None:
                    failures.setdefault(prop.name, failure)
    return _Rows(values, failures)


def _pack(properties: tuple[Property, ...]) -> bytes | None:
    """The properties as bytes for a worker process; None where their functions cannot travel."""
    scripts = _user_modules(properties)
    for module in scripts:
        cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(properties))
    except (TypeError, AttributeError, RuntimeError, pickle.PicklingError):
        return None
    finally:
        for module in scripts:
            cloudpickle.unregister_pickle_by_value(module)


def _user_modules(properties: Sequence[Property]) -> list[ModuleType]:
    """Modules of the functions that are not installed: a worker may not find them to import."""
    names = {getattr(prop.function, "__module__", None) for prop in properties}
    modules = [sys.modules[name] for name in names - {"__main__"} if name in sys.modules]
    return [module for module in modules if not _is_installed(module)]


def _is_installed(module: ModuleType) -> bool:
    if module.__name__.partition(".")[0] == "molvae" or module.__spec__ is None:
        return True
    folders = {sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")}
    return any(str(module.__spec__.origin).startswith(folder) for folder in folders)
