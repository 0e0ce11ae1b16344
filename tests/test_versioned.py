"""What is not the file wanted is told in one line, in the error asked for."""

from pathlib import Path

import pytest

from molvae.errors import CorpusError
from molvae.versioned import read_versioned

GOOD = '{"format": "molvae thing", "version": 2, "x": 1}'


def read(path: Path) -> dict[str, object]:
    return read_versioned(path, name="molvae thing", version=2, what="a thing", error=CorpusError)


def test_the_object_is_returned(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(GOOD)
    assert read(tmp_path / "x.json")["x"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff{", "is damaged: it is not JSON"),
        (b"[" * 100_000, "is damaged: it is not JSON"),
        (b"[1]", "is not a thing: it does not say 'molvae thing'"),
        (GOOD.replace("thing", "other").encode(), "is not a thing"),
        (GOOD.replace("2", "3").encode(), "has format version 3; this molvae reads version 2"),
        (b'{"format": "molvae thing"}', "has format version None"),
    ],
)
def test_anything_else_is_one_typed_line(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(CorpusError, match=words) as caught:
        read(tmp_path / "x.json")
    assert "x.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot read .*x\.json: no such file"):
        read(tmp_path / "x.json")
