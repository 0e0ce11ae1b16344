"""Order, errors and bounded reading of the parallel map."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from molvae.parallel import chunked, ordered_map, worker_count


def test_chunks() -> None:
    assert list(chunked(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunked([], 2)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_order_is_kept(workers: int) -> None:
    assert list(ordered_map(math.sqrt, range(40), workers=workers)) == [
        math.sqrt(value) for value in range(40)
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_come_back(workers: int) -> None:
    with pytest.raises(ValueError, match=r"math domain|nonnegative"):
        list(ordered_map(math.sqrt, [1, 4, -1, 9], workers=workers))


def test_input_is_read_as_it_is_needed() -> None:
    taken = []

    def source() -> object:
        for value in range(1000):
            taken.append(value)
            yield value

    results = ordered_map(math.sqrt, source(), workers=2)  # type: ignore[arg-type]
    next(results)
    assert len(taken) < 20
    results.close()  # type: ignore[attr-defined]


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from math import sqrt\nfrom molvae.parallel import ordered_map\n"
        "print(sum(ordered_map(sqrt, [0, 1, 4, 9], workers=2)))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.stdout == "6.0\n", done.stderr


def test_worker_count() -> None:
    assert worker_count(3) == 3
    assert worker_count(0) == 1
    assert worker_count() >= 1
