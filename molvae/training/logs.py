"""The record of a run: `log.jsonl`, one event a line, and the curves drawn from it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from molvae.files import atomic_path, reporting_write_errors
from molvae.training.records import StepRecord, ValidationRecord

LOG_NAME = "log.jsonl"


class RunLog:
    """Appends events to a run's `log.jsonl`, so that a crash loses none that was written."""

    def __init__(self, run: Path) -> None:
        self._path = run / LOG_NAME

    def truncate(self, step: int) -> None:
        """Forget what comes after `step`, before a resumed run writes it again."""
        kept = [event for event in read_log(self._path.parent) if event["step"] <= step]
        with atomic_path(self._path) as temporary:
            temporary.write_text("".join(json.dumps(event) + "\n" for event in kept), "utf-8")

    def step(self, record: StepRecord, *, rate: float) -> None:
        """Append a training record."""
        self._append({"event": "step", **record._asdict(), "molecules_per_second": round(rate, 1)})

    def validation(self, record: ValidationRecord) -> None:
        """Append a validation record."""
        self._append({"event": "validation", **record._asdict()})

    def warning(self, step: int, message: str) -> None:
        """Append a warning."""
        self._append({"event": "warning", "step": step, "message": message})

    def _append(self, event: dict[str, Any]) -> None:
        with reporting_write_errors(self._path), self._path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(event) + "\n")


def read_log(run: Path) -> Iterator[dict[str, Any]]:
    """The events of a run, oldest first; a line cut off by a crash is passed over."""
    path = run / LOG_NAME
    if not path.exists():
        return
    for line in path.read_text("utf-8").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "step" in event:
            yield event
