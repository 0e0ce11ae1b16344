"""What a user sees when a command cannot go on: one line, and an exit code that says which kind.

1 is an error the user can mend, 2 wrong usage (click's own), 130 an interruption.
"""

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import click

from molvae.cli.terminal import Terminal
from molvae.errors import MolvaeError, PropertyWarning

FAILED = 1
INTERRUPTED = 130


@contextlib.contextmanager
def reported(*, debug: bool) -> Iterator[None]:
    """Turn what is raised inside into one line on standard error and an exit code.

    With `debug`, errors go on as they are, with their traceback.
    """
    try:
        with _termination_interrupts():
            yield
            sys.stdout.flush()
    except (click.ClickException, click.exceptions.Exit):
        raise
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED, kind="")
    except BrokenPipeError:
        _abandon_stdout()
        raise click.exceptions.Exit(FAILED) from None
    except Exception as error:
        if isinstance(error, OSError):
            _abandon_stdout()
        if debug:
            raise
        fail(_explanation(error))


@contextlib.contextmanager
def warnings_said(terminal: Terminal) -> Iterator[None]:
    """Turn each warning about a property into one message; others stay as they are."""
    said: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *place: Any) -> None:
        if not issubclass(category, PropertyWarning):
            former(message, category, *place)
        elif str(message) not in said:
            said.add(str(message))
            terminal.say(f"molvae: warning: {message}")

    with warnings.catch_warnings():
        former = warnings.showwarning
        warnings.showwarning = show  # type: ignore[assignment]
        yield


def fail(message: str, code: int = FAILED, *, kind: str = "error: ") -> None:
    """Print `message` as one line on standard error and exit with `code`."""
    click.echo(f"molvae: {kind}{' '.join(message.split())}", err=True)
    raise click.exceptions.Exit(code)


@contextlib.contextmanager
def _termination_interrupts() -> Iterator[None]:
    """While entered, SIGTERM is Ctrl-C: what is half-written is removed on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _explanation(error: Exception) -> str:
    if isinstance(error, MolvaeError):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory; use fewer molecules, a smaller batch or fewer workers at a time"
    if isinstance(error, OSError) and error.strerror:
        place = error.filename or "the output"
        return f"cannot use {place}: {error.strerror.lower()}"
    return f"unexpected {type(error).__name__}: {error} (--debug shows where)"


def _abandon_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's exit stays quiet."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
