"""What a person sees while a model is trained."""

import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from molvae.training.console import ConsoleListener, format_seconds
from molvae.training.curves import draw_curves
from molvae.training.logs import RunLog
from molvae.training.records import StepRecord, ValidationRecord

FACTS: dict[str, object] = {
    "molecules": 12345,
    "tokenizer": "atom",
    "vocabulary": 27,
    "parameters": 6789,
    "device": "cpu",
    "precision": "bfloat16",
    "batch_size": 128,
    "resumed_at": None,
}
STEP = StepRecord(10, 0, 0.25, 31.5, 30.0, 3.0, 0.5, 1e-3, 2.0)
CHECK = ValidationRecord(20, 32.0, 30.5, 3.0, 33.5, 0.81, 0.125, 7, 0.5)


def tell(listener: ConsoleListener) -> None:
    listener.on_start(FACTS)
    listener.on_step(STEP, rate=1234.5, eta_seconds=75.0)
    listener.on_validation(CHECK, best=True)
    listener.on_validation(CHECK._replace(sampled_validity=None), best=False)
    listener.on_end("the budget is spent")
    listener.close()
    listener.close()


def test_into_a_file_only_lines_that_stay() -> None:
    stream = io.StringIO()
    tell(ConsoleListener(stream))
    start, header, best, other, end = stream.getvalue().splitlines()
    assert "12,345 molecules (atom tokens, vocabulary 27), 6,789 parameters" in start
    assert header.split() == ["step", "recon", "KL", "-ELBO", "active", "tokens", "exact", "valid"]
    assert best.split() == ["20", "30.50", "3.00", "33.50", "7", "81.0%", "12.5%", "50.0%", "*"]
    assert other.split()[-1] == "-"
    assert "budget is spent" in end


def test_on_a_terminal_one_line_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    listener = ConsoleListener(stream)
    console = Console(file=stream, force_terminal=True, width=120, highlight=False)
    listener._console = listener._progress.live.console = console
    listener.on_start(FACTS)
    listener.on_step(STEP, rate=1234.5, eta_seconds=75.0)
    listener._progress.refresh()
    listener.close()
    assert "1,234 mol/s  ETA 1:15" in stream.getvalue()
    assert "recon 30.0 KL 3.0 beta 0.50" in stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.9, "0:59"), (75, "1:15"), (3700, "1:01:40"), (math.inf, "-")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_curves_need_something_to_draw(tmp_path: Path) -> None:
    draw_curves(tmp_path, tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()
    log = RunLog(tmp_path)
    log.step(STEP, rate=1.0)
    log.validation(CHECK._replace(sampled_validity=None))
    draw_curves(tmp_path, tmp_path / "curves.svg")
    text = (tmp_path / "curves.svg").read_text("utf-8")
    assert text.startswith("<?xml")
