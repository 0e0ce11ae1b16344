import errno
import os
import signal

import click
import pytest
from click.testing import CliRunner

from molvae.cli.options import Session, command
from molvae.errors import InputError


def failing(error: BaseException) -> click.Command:
    @command("fails")
    def fails(session: Session) -> None:
        """Fail."""
        raise error

    return fails


def outcome(error: BaseException, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(failing(error), list(arguments))
    return result.exit_code, result.stderr


def test_typed_error_is_one_line_and_exit_1():
    assert outcome(InputError("no file x\nat all")) == (1, "molvae: error: no file x at all\n")


def test_full_disk_is_one_line():
    code, text = outcome(OSError(errno.ENOSPC, "No space left on device", "out.csv"))
    assert (code, text) == (1, "molvae: error: cannot use out.csv: no space left on device\n")


def test_unexpected_error_is_one_line_that_points_to_debug():
    code, text = outcome(ZeroDivisionError("division by zero"))
    assert code == 1
    assert text == (
        "molvae: error: unexpected ZeroDivisionError: division by zero (--debug shows where)\n"
    )


def test_out_of_memory_says_what_to_do():
    assert "fewer" in outcome(MemoryError())[1]


def test_debug_lets_the_error_through():
    result = CliRunner().invoke(failing(InputError("x")), ["--debug"])
    assert isinstance(result.exception, InputError)


def test_interruption_is_130():
    assert outcome(KeyboardInterrupt()) == (130, "molvae: interrupted\n")


def test_termination_is_an_interruption():
    @command("waits")
    def waits(session: Session) -> None:
        """Wait for the end."""
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()

    before = signal.getsignal(signal.SIGTERM)
    assert CliRunner().invoke(waits).exit_code == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_broken_pipe_is_quiet():
    assert outcome(BrokenPipeError()) == (1, "")


@pytest.mark.parametrize("error", [click.UsageError("no"), click.BadParameter("no")])
def test_wrong_usage_stays_2(error):
    assert outcome(error)[0] == 2
