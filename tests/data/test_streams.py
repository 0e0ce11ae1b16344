import bz2
import gzip
import io
import lzma
import sys

import pytest

from molvae.data.streams import as_text, open_bytes
from molvae.errors import InputError


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress, bz2.compress])
def test_compression_is_told_from_the_bytes_not_the_name(tmp_path, compress):
    path = tmp_path / "molecules.smi"
    path.write_bytes(compress(b"CCO\n"))
    with open_bytes(path) as stream:
        assert stream.read() == b"CCO\n"


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, bz2.compress])
def test_truncated_file_is_one_error(tmp_path, compress):
    path = tmp_path / "molecules.smi.gz"
    whole = compress(bytes(range(256)) * 400)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="truncated or damaged"), open_bytes(path) as stream:
        stream.read()


def test_missing_folder_and_empty(tmp_path):
    (tmp_path / "empty.smi").touch()
    for path, message in [
        (tmp_path / "none.smi", "no file"),
        (tmp_path, "is a folder"),
        (tmp_path / "empty.smi", "is empty"),
    ]:
        with pytest.raises(InputError, match=message), open_bytes(path):
            pass


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_with_and_without_mark(tmp_path, encoding):
    path = tmp_path / "molecules.smi"
    path.write_bytes("CCO éthanol\n".encode(encoding))
    with open_bytes(path) as stream, as_text(stream, path) as text:
        assert text.read() == "CCO éthanol\n"


def test_stray_bytes_are_replaced(tmp_path):
    path = tmp_path / "molecules.smi"
    path.write_bytes(b"C\xe9O\n")
    with open_bytes(path) as stream, as_text(stream, path) as text:
        assert text.read() == "C\N{REPLACEMENT CHARACTER}O\n"


def test_binary_is_no_text(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"CCO\n\x00\x01")
    with (
        pytest.raises(InputError, match="not a text file"),
        open_bytes(path) as stream,
        as_text(stream, path),
    ):
        pass


def test_standard_input_may_be_compressed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"CCO\n"))))
    with open_bytes("-") as stream:
        assert stream.read() == b"CCO\n"
