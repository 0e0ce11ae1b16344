"""A file is the old one or the new one, whatever goes wrong in between."""

import os
from pathlib import Path

import pytest

from molvae.errors import OutputError
from molvae.files import atomic_folder, atomic_path


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_success_replaces_and_failure_leaves(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.csv.gz"
    with atomic_path(path) as temporary:
        assert temporary.name.endswith(".csv.gz")
        temporary.write_text("old")
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert names(path.parent) == ["a.csv.gz"]


def test_folders_too(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with atomic_folder(path) as temporary:
        (temporary / "x").write_text("old")
    with pytest.raises(OutputError, match="exists already"), atomic_folder(path):
        pass
    with pytest.raises(RuntimeError), atomic_folder(path, overwrite=True) as temporary:
        (temporary / "x").write_text("half")
        raise RuntimeError
    assert (path / "x").read_text() == "old"
    with atomic_folder(path, overwrite=True) as temporary:
        (temporary / "y").write_text("new")
    assert names(tmp_path) == ["model"]
    assert names(path) == ["y"]


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    usual = (tmp_path / "usual").stat().st_mode
    with atomic_folder(tmp_path / "model") as temporary:
        (temporary / "x").write_text("")
        (temporary / "x").chmod(0o600)
    assert (tmp_path / "model" / "x").stat().st_mode == usual
    with atomic_path(tmp_path / "file") as one:
        one.write_text("")
    assert (tmp_path / "file").stat().st_mode == usual


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"), atomic_path(tmp_path):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"), atomic_path(tmp_path / "file" / "x"):
        pass
    with pytest.raises(OutputError, match="device or pipe"), atomic_path(os.devnull):
        pass


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(OutputError, match=r"cannot write .*a.txt: no space left"):  # noqa: SIM117
        with atomic_path(path):
            raise OSError(28, "No space left on device")
    assert names(tmp_path) == []
