"""The sets of molecules that molvae knows where to find, each checked by its hash."""

import difflib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from importlib import resources
from pathlib import Path

from molvae.config import Config
from molvae.errors import ConfigError, FetchError
from molvae.files import atomic_folder

Report = Callable[[str], None]

MOSES_PACKAGE = "molsets==0.3.1"
MOSES_SHA256 = "7f4450e3ebecebe79c3a2a55950c93daddee071120daf64a163d03481e811d34"
MOSES_LICENSE = "molsets-0.3.1.dist-info/LICENSE"
_SECONDS = 60
_BLOCK = 1 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A published file with its MD5 sum."""

    name: str
    url: str
    md5: str


@dataclass(frozen=True)
class Dataset:
    """A set of molecules: what it is, whose it is, and how its files are had."""

    name: str
    description: str
    license: str
    files: tuple[str, ...]
    download_megabytes: int
    """0 for a set that ships with molvae."""
    get: Callable[[Path, Report], None]


_GUACAMOL = (
    RemoteFile(
        "train.smiles",
        "https://ndownloader.figshare.com/files/13612760",
        "05ad85d871958a05c02ab51a4fde8530",
    ),
    RemoteFile(
        "valid.smiles",
        "https://ndownloader.figshare.com/files/13612766",
        "e53db4bff7dc4784123ae6df72e3b1f0",
    ),
    RemoteFile(
        "test.smiles",
        "https://ndownloader.figshare.com/files/13612757",
        "677b757ccec4809febd83850b43e1616",
    ),
)


def dataset_names() -> list[str]:
    """Names of the known sets."""
    return list(_DATASETS)


def get_dataset(name: str) -> Dataset:
    """The set `name`; raises `ConfigError` that suggests a near name."""
    if name in _DATASETS:
        return _DATASETS[name]
    close = difflib.get_close_matches(name.lower(), _DATASETS, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(_DATASETS)}"
    raise ConfigError(f"unknown data set {name!r}; {hint}")


def fetch(name: str, folder: str | Path, progress: Report | None = None) -> Path:
    """The folder `folder` with the files of set `name`; nothing is done where they are there.

    `progress` is told in words what happens. Raises `FetchError` when the set cannot be
    had or is not what was published, `OutputError` when `folder` cannot be written; then
    nothing is left behind.
    """
    dataset = get_dataset(name)
    target = Path(folder)
    if all((target / file).is_file() for file in dataset.files):
        return target
    with atomic_folder(target) as temporary:
        dataset.get(temporary, progress or _silent)
    return target


def starter_path() -> Path:
    """The starter corpus that ships with molvae: columns `smiles` and `split`."""
    return Path(str(resources.files("molvae").joinpath("resources", "starter", "starter.csv.xz")))


def starter_config(config: Config) -> Config:
    """`config` with the published splits of the starter corpus."""
    return config.override(["data.split=column", "data.split_column=split"])


def is_guacamol_training(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is the published training set of GuacaMol, which its figures belong to."""
    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest() == _GUACAMOL[0].md5


def _get_starter(folder: Path, progress: Report) -> None:
    progress("copying the starter corpus")
    shutil.copy(starter_path(), folder / starter_path().name)


def _get_moses(folder: Path, progress: Report) -> None:
    progress(f"downloading {MOSES_PACKAGE} through pip (52 MB)")
    with tempfile.TemporaryDirectory() as temporary:
        wheel = _download_wheel(MOSES_PACKAGE, Path(temporary))
        _check_hash(wheel, "sha256", MOSES_SHA256)
        progress("unpacking the splits")
        _unpack_moses(wheel, folder)


def _unpack_moses(wheel: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for name in _DATASETS["moses"].files:
                member = MOSES_LICENSE if name == "LICENSE" else f"moses/dataset/data/{name}"
                with archive.open(member) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, KeyError) as error:
        raise FetchError(f"{wheel.name} is not the wheel of {MOSES_PACKAGE}: {error}") from error


def _download_wheel(package: str, folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    what = [
        "download",
        "--quiet",
        "--retries=2",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(folder),
    ]
    done = subprocess.run(
        [*pip, *what, package], capture_output=True, text=True, errors="replace", check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1].strip() if lines else f"pip ended with {done.returncode}"
        raise FetchError(f"pip cannot download {package}: {reason.removeprefix('ERROR: ')}")
    return wheels[0]


def _get_guacamol(folder: Path, progress: Report) -> None:
    for file in _GUACAMOL:
        progress(f"downloading {file.name} of GuacaMol")
        _download(file.url, folder / file.name)
        _check_hash(folder / file.name, "md5", file.md5)


def _download(url: str, target: Path) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "molvae"})
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as source, target.open("wb") as file:
            while block := source.read(_BLOCK):
                file.write(block)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise FetchError(
            f"cannot download {url}: {reason}; is there internet on this machine?"
        ) from error


def _check_hash(path: Path, algorithm: str, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != expected:
        raise FetchError(
            f"{path.name} is not the published file: its {algorithm.upper()} is {found}, "
            f"not {expected}"
        )


def _silent(message: str) -> None:
    """Where nobody listens."""


_DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "starter",
            "240,000 molecules of MOSES, split; ships with molvae",
            "MIT",
            ("starter.csv.xz",),
            0,
            _get_starter,
        ),
        Dataset(
            "moses",
            "1.94 million lead-like molecules of ZINC, split (Polykovskiy et al. 2020)",
            "MIT",
            ("train.csv.gz", "test.csv.gz", "test_scaffolds.csv.gz", "LICENSE"),
            52,
            _get_moses,
        ),
        Dataset(
            "guacamol",
            "1.59 million molecules of ChEMBL, split (Brown et al. 2019)",
            "CC BY-SA 3.0 (ChEMBL)",
            tuple(file.name for file in _GUACAMOL),
            78,
            _get_guacamol,
        ),
    )
}
