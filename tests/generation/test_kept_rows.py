"""What is kept comes back, what is damaged is made anew, and a stop leaves nothing behind."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molvae.generation import Generator
from molvae.generation.kept_rows import kept_rows, model_digest, molecules_digest

ROWS = np.arange(30, dtype=np.float32).reshape(10, 3)


class Source:
    def __init__(self) -> None:
        self.asked = 0

    def blocks(self) -> Iterator[np.ndarray]:
        for start in range(0, 10, 4):
            self.asked += 1
            yield ROWS[start : start + 4]


def read(path: Path | None, source: Source) -> np.ndarray:
    return np.concatenate(list(kept_rows(path, (10, 3), np.float32, source.blocks())))


def test_the_second_reading_computes_nothing(tmp_path: Path) -> None:
    source = Source()
    path = tmp_path / "deep" / "rows.npy"
    assert (read(path, source) == ROWS).all()
    assert source.asked == 3
    assert (np.load(path) == ROWS).all()
    assert (read(path, source) == ROWS).all()
    assert source.asked == 3


@pytest.mark.parametrize("content", [b"", b"damaged", None])
def test_what_does_not_fit_is_computed_anew(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "rows.npy"
    if content is None:
        np.save(path, ROWS[:5])
    else:
        path.write_bytes(content)
    source = Source()
    assert (read(path, source) == ROWS).all()
    assert source.asked == 3
    assert (np.load(path) == ROWS).all()


def test_who_stops_early_keeps_nothing(tmp_path: Path) -> None:
    blocks = kept_rows(tmp_path / "rows.npy", (10, 3), np.float32, Source().blocks())
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_without_a_place_nothing_is_kept(tmp_path: Path) -> None:
    assert (read(None, Source()) == ROWS).all()
    (tmp_path / "file").write_text("")
    assert (read(tmp_path / "file" / "rows.npy", Source()) == ROWS).all()


def test_digests_tell_apart(generator: Generator) -> None:
    assert molecules_digest(["CC", "O"]) != molecules_digest(["O", "CC"])
    assert molecules_digest(["CC", "O"]) != molecules_digest(["CCO"])
    saved = generator.saved
    assert model_digest(saved) == model_digest(replace(saved, card={}))
    stripped = saved.config.override(["standardize.stereo=strip"])
    assert model_digest(saved) != model_digest(replace(saved, config=stripped))
