"""TensorBoard is optional: used when there, named when not."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from molvae.errors import ConfigError
from molvae.training.records import Silence, StepRecord
from molvae.training.tensorboard import TensorBoardListener

RECORD = StepRecord(10, 0, 0.1, 5.0, 4.0, 1.0, 0.2, 1e-3, 2.0)


def test_absence_names_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"molvae\[logging\]"):
        TensorBoardListener(tmp_path, Silence())


def test_records_become_scalars(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written: dict[str, tuple[float, int]] = {}

    class Writer:
        def __init__(self, folder: str) -> None:
            assert folder == str(tmp_path / "tensorboard")

        def add_scalar(self, name: str, value: float, step: int) -> None:
            written[name] = (value, step)

    module: Any = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    listener = TensorBoardListener(tmp_path, Silence())
    listener.on_step(RECORD, rate=1.0, eta_seconds=1.0)
    assert written["train/loss"] == (5.0, 10)
    assert written["train/kl"] == (1.0, 10)
