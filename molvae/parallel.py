"""One way to use all cores: map a function over chunks in worker processes, in order.

Workers are fresh processes (spawned, never forked) from loky's reusable pool, so that
scripts need no `if __name__ == "__main__"` guard and a second call starts at once.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import TypeVar

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
    returns must be picklable; an exception it raises is raised here.
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
    from loky import get_reusable_executor  # half of a millisecond matters to `--help`

    executor = get_reusable_executor(max_workers=count, timeout=300)
    pending: deque[Future[Result]] = deque(executor.submit(function, item) for item in head)
    try:
        for item in islice(source, 3 * count - len(head)):
            pending.append(executor.submit(function, item))
        while pending:
            yield pending.popleft().result()
            for item in islice(source, 1):
                pending.append(executor.submit(function, item))
    finally:
        for future in pending:
            future.cancel()
