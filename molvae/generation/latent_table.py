"""Latent vectors as a file: NPZ, Parquet or CSV, with the molecules they belong to.

NPZ holds the arrays `smiles` (text), `z` (n, d) and one a further column; the tables hold
`smiles`, the further columns, and z0, z1, and so on.
"""

import io
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.data.tables import STDOUT
from molvae.errors import InputError, OutputError
from molvae.files import atomic_path

FORMATS = (".npz", ".parquet", ".csv")
_DIMENSION = re.compile(r"z(\d+)$")


@dataclass(frozen=True)
class LatentTable:
    """Molecules and their latent vectors (n, d), float32; `smiles` may be empty strings.

    `columns` are further facts on each molecule, numbers or text, (n,) each.
    """

    smiles: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    columns: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """As a table with the columns smiles, the further ones, z0, z1, ..."""
        names = [f"z{index}" for index in range(self.vectors.shape[1])]
        table = pd.DataFrame(self.vectors, columns=names)
        for place, (name, values) in enumerate(self.columns.items()):
            table.insert(place, name, values)
        table.insert(0, "smiles", list(self.smiles))
        return table

    def save(self, path: str | Path) -> None:
        """Write by the ending of `path`; "-" is CSV to standard output. Raises `OutputError`."""
        if str(path) == STDOUT:
            self._write_csv(sys.stdout)
            return
        kind = check_latent_destination(path)
        with atomic_path(path) as temporary:
            if kind == ".csv":
                self._write_csv(temporary)
            elif kind == ".parquet":
                self.frame().to_parquet(temporary, index=False)
            else:
                with temporary.open("wb") as stream:
                    np.savez(stream, **self._arrays())  # type: ignore[arg-type]  # none is called allow_pickle

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What NPZ holds; text that is missing is empty, for only pickles could hold None."""
        columns = {
            name: np.array(["" if item is None else str(item) for item in values], np.str_)
            if values.dtype == object
            else values
            for name, values in self.columns.items()
        }
        return {"smiles": np.array(self.smiles, np.str_), "z": self.vectors, **columns}

    def _write_csv(self, target: object) -> None:
        # Nine digits give a float32 back exactly.
        self.frame().to_csv(target, index=False, float_format="%.9g", lineterminator="\n")  # type: ignore[call-overload]


def check_latent_destination(path: str | Path) -> str:
    """The format `path` asks for, or an `OutputError` before work is put into it."""
    if str(path) == STDOUT:
        return ".csv"
    kind = Path(path).suffix.lower()
    if kind not in FORMATS:
        raise OutputError(f"cannot write {path}: end the name in {', '.join(FORMATS)}")
    return kind


def load_latents(path: str | Path) -> LatentTable:
    """Read what `LatentTable.save` wrote; "-" is CSV from standard input.

    Raises `InputError` for what is missing, damaged, or holds no latent vectors.
    """
    name = "standard input" if str(path) == STDOUT else str(path)
    try:
        table = _read(path)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {name}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "damaged"
        raise InputError(f"{name} holds no readable latent vectors: {reason}") from error
    if not np.isfinite(table.vectors).all():
        raise InputError(f"{name} holds latent vectors that are not finite numbers")
    return table


def _read(path: str | Path) -> LatentTable:
    if str(path) == STDOUT:
        return _from_frame(pd.read_csv(io.StringIO(sys.stdin.read())), "standard input")
    source = Path(path)
    if source.is_dir():
        raise InputError(f"{source} is a folder; give a file of latent vectors")
    kind = source.suffix.lower()
    if kind == ".npz":
        return _from_npz(source)
    if kind == ".parquet":
        with source.open("rb") as stream:
            return _from_frame(pd.read_parquet(stream), str(source))
    if kind == ".csv":
        return _from_frame(pd.read_csv(source), str(source))
    raise InputError(f"{source}: latent vectors are read from {', '.join(FORMATS)}")


def _from_npz(path: Path) -> LatentTable:
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        if "z" not in arrays:
            raise InputError(f"{path}: no array 'z'; it holds {', '.join(arrays) or 'none'}")
        vectors = arrays["z"].astype(np.float32)
        smiles = arrays["smiles"].tolist() if "smiles" in arrays else [""] * len(vectors)
        columns = _further(arrays, len(vectors)) if vectors.ndim == 2 else {}
    if vectors.ndim != 2 or len(smiles) != len(vectors):
        raise InputError(f"{path}: 'z' must be (molecules, dimensions); it is {vectors.shape}")
    return LatentTable(tuple(map(str, smiles)), vectors, columns)


def _further(arrays: Mapping[str, npt.NDArray[Any]], count: int) -> dict[str, npt.NDArray[Any]]:
    """Arrays beside `z` and `smiles` that have a value for each vector."""
    found = {}
    for name in arrays:
        try:
            values = arrays[name]
        except ValueError:  # a pickle of other people: never opened, and not needed
            continue
        if name not in ("z", "smiles") and values.shape == (count,):
            found[name] = values
    return found


def _from_frame(table: pd.DataFrame, name: str) -> LatentTable:
    numbers = [match[1] for match in map(_DIMENSION.match, map(str, table)) if match]
    columns = [f"z{number}" for number in sorted(numbers, key=int)]
    if not columns:
        raise InputError(f"{name} has no columns z0, z1, ... of latent vectors")
    smiles = table["smiles"].fillna("") if "smiles" in table else [""] * len(table)
    further = [name for name in table.columns if name != "smiles" and name not in columns]
    return LatentTable(
        tuple(map(str, smiles)),
        table[columns].to_numpy(np.float32),
        {str(name): table[name].to_numpy() for name in further},
    )
