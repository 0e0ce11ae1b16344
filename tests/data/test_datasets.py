import hashlib
import http.server
import threading
import zipfile
from collections import Counter

import pytest

from molvae.config import Config
from molvae.data import datasets
from molvae.data.datasets import (
    RemoteFile,
    dataset_names,
    fetch,
    get_dataset,
    starter_config,
    starter_path,
)
from molvae.data.readers import read_records
from molvae.errors import ConfigError, FetchError


def test_known_sets():
    assert dataset_names() == ["starter", "moses", "guacamol"]
    assert get_dataset("moses").license == "MIT"
    with pytest.raises(ConfigError, match="did you mean 'guacamol'"):
        get_dataset("gucamol")


def test_starter_corpus_has_its_splits():
    records = list(read_records(starter_path(), keep=["split"]))
    sizes = Counter(record.columns["split"] for record in records)
    assert sizes == {"train": 200_000, "valid": 20_000, "test": 20_000}
    assert len({record.smiles for record in records}) == 240_000
    assert starter_config(Config()).data.split_column == "split"


def test_fetching_what_ships(tmp_path):
    folder = fetch("starter", tmp_path / "starter")
    assert (folder / "starter.csv.xz").read_bytes() == starter_path().read_bytes()


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    path = tmp_path / "molsets.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(datasets.MOSES_LICENSE, "MIT")
        for name in get_dataset("moses").files[:-1]:
            archive.writestr(f"moses/dataset/data/{name}", f"content of {name}")
    monkeypatch.setattr(datasets, "_download_wheel", lambda package, folder: path)
    return path


def test_moses_is_unpacked_from_its_wheel(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "MOSES_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    told = []
    folder = fetch("moses", tmp_path / "moses", told.append)
    assert sorted(path.name for path in folder.iterdir()) == sorted(get_dataset("moses").files)
    assert (folder / "train.csv.gz").read_text() == "content of train.csv.gz"
    assert len(told) == 2
    wheel.unlink()
    assert fetch("moses", folder, told.append) == folder
    assert len(told) == 2


def test_wheel_with_another_hash_is_refused(wheel, tmp_path):
    with pytest.raises(FetchError, match="not the published file"):
        fetch("moses", tmp_path / "moses")
    assert not (tmp_path / "moses").exists()


def test_pip_failure_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "MOSES_PACKAGE", "./no/such/package.whl")
    with pytest.raises(FetchError, match="pip cannot download") as raised:
        fetch("moses", tmp_path / "moses")
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.fixture
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "a.smiles").write_text("CCO\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def published(monkeypatch, url, content):
    md5 = hashlib.md5(content).hexdigest()
    monkeypatch.setattr(datasets, "_GUACAMOL", (RemoteFile("a.smiles", url, md5),))


def test_guacamol_is_downloaded_and_checked(server, tmp_path, monkeypatch):
    published(monkeypatch, f"{server}/a.smiles", b"CCO\n")
    assert (fetch("guacamol", tmp_path / "g") / "a.smiles").read_text() == "CCO\n"


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [("a.smiles", b"other", "not the published file"), ("b.smiles", b"", "cannot download")],
)
def test_what_is_not_as_published_is_refused(server, tmp_path, monkeypatch, file, content, message):
    published(monkeypatch, f"{server}/{file}", content)
    with pytest.raises(FetchError, match=message):
        fetch("guacamol", tmp_path / "g")
    assert not (tmp_path / "g").exists()


def test_no_server_at_all(tmp_path, monkeypatch):
    published(monkeypatch, "http://127.0.0.1:9/a", b"")
    with pytest.raises(FetchError, match="is there internet"):
        fetch("guacamol", tmp_path / "g")
