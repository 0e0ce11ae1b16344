"""One way to use all cores: map a function over chunks in worker processes, in order.

Workers are fresh processes (spawned, never forked) from loky's reusable pool, so that
scripts need no `if __name__ == "__main__"` guard and a second call starts at once. Ctrl-C is
the parent's business: workers ignore it, and it ends them.
"""

import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from multiprocessing import resource_tracker
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def worker_count(requested: int | None = None) -> int:
    """`requested` workers, or one for each core this process may use."""
    if requested is not None:
        return max(1, requested)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chunked(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` consecutive items; the last may be shorter."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk


def ordered_map(
    function: Callable[[Item], Result], chunks: Iterable[Item], *, workers: int | None = None
) -> Iterator[Result]:
    """`function` of each chunk, in the order of `chunks`, computed in worker processes.

    At most three chunks a worker are in flight, so memory does not grow with the input.
    A single chunk, or one worker, is computed in this process. `function` and what it
    returns must be picklable; an exception it raises is raised here. An interruption ends
    the workers with what they are at.
    """
    source = iter(chunks)
    head = list(islice(source, 2))
    count = worker_count(workers)
    if count == 1 or len(head) < 2:
        yield from map(function, head)
        yield from map(function, source)
        return
    yield from _map_in_processes(function, head, source, count)


def _map_in_processes(
    function: Callable[[Item], Result], head: list[Item], source: Iterator[Item], count: int
) -> Iterator[Result]:
    """Workers outlive a consumer that stops early or an error, for the next call needs them.

    What they still have to do is then left to them, unless the interpreter ends before. Any
    other `BaseException`, such as an interruption, ends them at once.
    """
    pending: deque[Future[Result]] = deque()
    with _interrupts_held():
        executor = _executor(count)
    try:
        for item in chain(head, islice(source, 3 * count - len(head))):
            pending.append(_submit(executor, function, item))
        while pending:
            yield pending.popleft().result()
            for item in islice(source, 1):
                pending.append(_submit(executor, function, item))
    except (Exception, GeneratorExit):
        if [future for future in pending if not (future.cancel() or future.done())]:
            _end_with_interpreter(executor)
        raise
    except BaseException:
        _end(executor)
        raise


def _executor(count: int) -> Any:
    from loky import get_reusable_executor  # half of a millisecond matters to `--help`

    # loky replaces workers that grew, which costs no result, and warns where psutil is installed
    warnings.filterwarnings("ignore", "A worker was restarted", UserWarning)
    return get_reusable_executor(max_workers=count, timeout=300, initializer=_ignore_interrupts)


def _submit(executor: Any, function: Callable[[Item], Result], item: Item) -> "Future[Result]":
    """Hand over one task; this is where loky starts processes that are lacking."""
    with _interrupts_held():
        future: Future[Result] = executor.submit(function, item)
    return future


def _end(executor: Any) -> None:
    """Kill the workers, whatever they are at; the next call starts new ones."""
    with warnings.catch_warnings():
        # Where there is no `pgrep`, loky warns that it kills the workers, but not their children.
        warnings.filterwarnings("ignore", "Failed to kill subprocesses")
        executor.shutdown(wait=True, kill_workers=True)


@cache  # once for each executor
def _end_with_interpreter(executor: Any) -> None:
    """Have the workers killed when the interpreter ends, where loky waits for their tasks.

    `atexit` is too late for that: loky's own hook comes before, and is of this kind, too.
    """
    threading._register_atexit(_end, executor)  # type: ignore[attr-defined]


def _ignore_interrupts() -> None:
    """In a worker: Ctrl-C reaches all processes of a terminal, but the parent decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Inside, Ctrl-C waits for the end; processes and threads started there never see it.

    A process that is interrupted while it starts, or while its parent tells it what to do,
    prints a traceback. Other threads than the main one are never interrupted.
    """
    former = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or former is None:
        yield
        return
    held: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    try:
        with _interrupts_blocked():
            yield
    finally:
        signal.signal(signal.SIGINT, former)
        if held:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Inside, this thread is sent no SIGINT; processes and threads started there inherit that."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # loky starts it, too, and that would unblock the signal
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
