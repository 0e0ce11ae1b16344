"""Order, errors and bounded reading of the parallel map."""

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
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


INTERRUPTED = """
import signal, time
from molvae.parallel import ordered_map

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have set it to be ignored

def work(seconds):
    print("working", flush=True)
    time.sleep(seconds)
    return seconds

try:
    for _ in ordered_map(work, SECONDS, workers=2):
        print("looking", flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    print("interrupted", FOLLOWING, flush=True)
"""
FOLLOWING = "list(ordered_map(abs, [-1, -2, -3], workers=2))"


def interrupted(script: str, line: str) -> tuple[str, str]:
    """What `script` and its workers print when all of them are sent SIGINT after that line."""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while process.stdout and line not in process.stdout.readline():
            pass
        os.killpg(process.pid, signal.SIGINT)
        return process.communicate(timeout=90)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


posix = pytest.mark.skipif(os.name != "posix", reason="sends SIGINT to a group of processes")


@posix
def test_an_interruption_ends_the_workers_and_others_can_follow() -> None:
    script = INTERRUPTED.replace("SECONDS", "[600] * 9").replace("FOLLOWING", FOLLOWING)
    out, errors = interrupted(script, "working")
    assert out.rstrip().endswith("interrupted [1, 2, 3]")  # "working" may lack its line break
    assert errors == ""


@posix
def test_the_interpreter_does_not_wait_for_work_that_nobody_wants() -> None:
    script = INTERRUPTED.replace("SECONDS", "[0] + [600] * 9").replace("FOLLOWING", "''")
    out, errors = interrupted(script, "looking")
    assert "interrupted" in out
    assert errors == ""


@posix
def test_workers_that_start_are_not_interrupted() -> None:
    """All are sent SIGINT as soon as each of them is there, and so is the parent."""
    script = """
import os, signal
from loky.backend import popen_loky_posix as popen
from molvae.parallel import ordered_map

signal.signal(signal.SIGINT, signal.default_int_handler)
launch = popen.Popen._launch

def launch_and_interrupt(self, process):
    launch(self, process)
    os.killpg(0, signal.SIGINT)

popen.Popen._launch = launch_and_interrupt
print("start", flush=True)
try:
    print(list(ordered_map(abs, [-1, -2, -3], workers=2)))
except KeyboardInterrupt:
    popen.Popen._launch = launch
    print("interrupted", list(ordered_map(abs, [-1, -2, -3], workers=2)), flush=True)
"""
    process = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
    )
    assert process.stdout.splitlines() == ["start", "interrupted [1, 2, 3]"]
    assert process.stderr == ""


def workers() -> set[int]:
    return set(ordered_map(_process, range(40), workers=2))


def _process(_: int) -> int:
    time.sleep(0.02)
    return os.getpid()


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_workers_outlive_early_ends_and_errors_but_no_interruption(
    interruption: type[BaseException],
) -> None:
    before = workers()
    early = ordered_map(_process, range(40), workers=2)
    next(early)
    early.close()  # type: ignore[attr-defined]

    def source(error: type[BaseException]) -> Iterator[int]:
        yield from range(20)
        raise error

    with pytest.raises(ZeroDivisionError):
        list(ordered_map(_process, source(ZeroDivisionError), workers=2))
    assert workers() & before
    with pytest.raises(interruption):
        list(ordered_map(_process, source(interruption), workers=2))
    assert not workers() & before


def test_the_signal_handler_is_put_back() -> None:
    former = signal.getsignal(signal.SIGINT)
    workers()
    assert signal.getsignal(signal.SIGINT) is former
    if hasattr(signal, "pthread_sigmask"):
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_worker_count() -> None:
    assert worker_count(3) == 3
    assert worker_count(0) == 1
    assert worker_count() >= 1
