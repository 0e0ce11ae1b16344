"""Opening an input: a file or standard input, compressed or not, as bytes or as text.

What is compressed is told from its first bytes, not from its name.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from molvae.errors import EmptyInputError, InputError

STDIN = "-"
HEAD_BYTES = 65_536
COMPRESSED_SUFFIXES = (".gz", ".xz", ".bz2")

_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\v\x1a\x1b")


def display_name(source: str | Path) -> str:
    """How messages call `source`."""
    return "standard input" if str(source) == STDIN else str(source)


@contextlib.contextmanager
def open_bytes(source: str | Path) -> Iterator[io.BufferedReader]:
    """The decompressed bytes of a file, or of standard input for "-".

    Raises `InputError` for what is missing, a folder, empty or cut short, also while it
    is being read.
    """
    name = display_name(source)
    with reading(name), _raw(source, name) as raw:
        buffered = _decompressed(raw)
        if not buffered.peek(1):
            raise EmptyInputError(f"{name} is empty")
        yield buffered


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Turns failures of reading into an `InputError` about `name`."""
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        reason = str(error).rstrip(".").lower()
        raise InputError(f"{name} is truncated or damaged: {reason}") from error
    except UnicodeError as error:
        raise InputError(f"{name} is not readable text: {error}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {name}: {reason.lower()}") from error


@contextlib.contextmanager
def as_text(stream: io.BufferedReader, source: str | Path) -> Iterator[TextIO]:
    """`stream` as text: UTF-8 or UTF-16 with or without mark; stray bytes become U+FFFD.

    Raises `InputError` when the first bytes are not those of a text.
    """
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and not _CONTROL.isdisjoint(head):
        raise InputError(f"{display_name(source)} is not a text file of molecules")
    encoding = "utf-16" if wide else "utf-8-sig"
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()  # whoever opened the stream closes it


@contextlib.contextmanager
def _raw(source: str | Path, name: str) -> Iterator[io.BufferedReader]:
    if str(source) == STDIN:
        yield from _standard_input()
        return
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{name} is a folder; give a file of molecules")
    if not path.exists():
        raise InputError(f"there is no file {name}")
    with path.open("rb") as raw:
        yield raw


def _standard_input() -> Iterator[io.BufferedReader]:
    """The bytes of standard input, which stays open afterwards."""
    stream = _buffered(sys.stdin.buffer)
    try:
        yield stream
    finally:
        if stream is not sys.stdin.buffer:
            stream.detach()


def _buffered(stream: BinaryIO) -> io.BufferedReader:
    if isinstance(stream, io.BufferedReader):
        return stream
    return io.BufferedReader(cast(io.RawIOBase, stream), HEAD_BYTES)


def _decompressed(raw: io.BufferedReader) -> io.BufferedReader:
    head = raw.peek(6)[:6]
    if head.startswith(b"\x1f\x8b"):
        return _buffered(cast(BinaryIO, gzip.GzipFile(fileobj=raw)))
    if head.startswith(b"\xfd7zXZ\x00"):
        return _buffered(cast(BinaryIO, lzma.LZMAFile(raw)))
    if head.startswith(b"BZh"):
        return _buffered(cast(BinaryIO, bz2.BZ2File(raw)))
    return raw
