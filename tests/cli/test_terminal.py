import contextlib
import io
import json
import re
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from molvae.cli.terminal import Terminal, shown


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextlib.contextmanager
def terminals() -> Iterator[tuple[Tty, Tty]]:
    """Standard output and error as terminals of 80 columns."""
    out, err = Tty(), Tty()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setenv("TERM", "xterm")
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        yield out, err


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (float("nan"), "-"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.5, "0.500"),
        (312.4567, "312.5"),
        (1e-9, "1.00e-09"),
        (-0.25, "-0.250"),
        (("a", 2), "a, 2"),
        ("CCO", "CCO"),
    ],
)
def test_values_as_people_read_them(value, text):
    assert shown(value) == text


def test_plain_table_lines_up(capsys):
    Terminal().table(("smiles", "qed"), [("CCO", 0.5), ("CCCCCCC", 0.25)])
    assert capsys.readouterr().out == "smiles     qed\nCCO      0.500\nCCCCCCC  0.250\n"


def test_decimals_follow_the_column_or_the_row(capsys):
    rows = [("a", 100.0, 1.0), ("b", 2.0, 3.0)]
    Terminal().table(("x", "y", "z"), rows)
    Terminal().table(("x", "y", "z"), rows, decimals="by row")
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["x", "y", "z"], ["a", "100.0", "1.00"], ["b", "2.0", "3.00"],
        ["x", "y", "z"], ["a", "100.0", "1.0"], ["b", "2.00", "3.00"],
    ]  # fmt: skip


def test_empty_table_keeps_its_header(capsys):
    Terminal().table(("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n"


def test_drawn_table_fits_80_columns_and_keeps_long_smiles_whole():
    smiles = "C" * 200
    with terminals() as (out, _):
        Terminal().table(("smiles", "qed"), [(smiles, 0.5)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.count("C") for line in lines) == 200


def test_json_has_no_nan_and_plain_types(capsys):
    Terminal(json=True).write_json({"a": float("nan"), "b": np.float64(2), "c": (np.int64(1),)})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": 2.0, "c": [1]}


def test_quiet_says_nothing_but_results(capsys):
    quiet = Terminal(quiet=True)
    quiet.say("message")
    quiet.facts({"a": 1}, err=True)
    quiet.facts({"b": 2})
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "b  2" in captured.out


def test_no_progress_in_a_pipe(capsys):
    with Terminal().progress("reading", 10) as progress:
        progress(5)
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_shows_how_many():
    with terminals() as (out, err), Terminal().progress("reading", 1000) as progress:
        progress(250)
        progress(1000)
    assert "1,000/1,000 molecules" in err.getvalue()
    assert out.getvalue() == ""


def test_progress_of_unknown_length():
    with terminals() as (_, err), Terminal().progress("reading", unit="lines") as progress:
        progress(7)
    assert "7 lines" in err.getvalue()
