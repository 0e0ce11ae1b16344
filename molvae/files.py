"""Writing files and folders whole or not at all, and never half over an older one."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from molvae.errors import OutputError


@contextlib.contextmanager
def reporting_write_errors(target: Path) -> Iterator[None]:
    """Turn an `OSError` (no room, no permission) into an `OutputError` that names `target`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {target}: {reason.lower()}") from error


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, with its endings, moved over `path` on success.

    Missing folders are made. Raises `OutputError` when that fails, the disk is full, or
    `path` is a folder or device; then the temporary file is gone, an earlier one untouched.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(f"cannot write {target}: it is a folder; give a file name")
    if target.exists() and not target.is_file():
        raise OutputError(
            f"cannot write {target}: it is a device or pipe; use - for standard output"
        )
    with reporting_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=".", suffix=".part" + "".join(target.suffixes[-2:])
        )
        os.close(handle)
    temporary = Path(name)
    try:
        with reporting_write_errors(target):
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A temporary folder beside `path`, moved to `path` on success and removed on failure.

    Raises `OutputError` when `path` exists already and `overwrite` is false.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise OutputError(f"{target} exists already; choose another name or remove it first")
    with reporting_write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        with reporting_write_errors(target):
            yield temporary
            _open_to_readers(temporary)
            _swap_folder(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def cache_folder() -> Path:
    """Where computed files are kept: `MOLVAE_CACHE`, else in the user's cache folder."""
    if chosen := os.environ.get("MOLVAE_CACHE"):
        return Path(chosen)
    default = Path.home() / ".cache"
    if sys.platform == "win32":
        default = Path(os.environ.get("LOCALAPPDATA", default))
    return Path(os.environ.get("XDG_CACHE_HOME") or default) / "molvae"


def _open_to_readers(folder: Path) -> None:
    """Give a private temporary folder and its files the permissions new ones usually get."""
    mask = _umask()
    for path in folder.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
    folder.chmod(0o777 & ~mask)


def _swap_folder(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    retired = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.old."))
    former = retired / target.name
    target.replace(former)
    try:
        temporary.replace(target)
    except OSError:
        former.replace(target)
        raise
    finally:
        shutil.rmtree(retired, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
