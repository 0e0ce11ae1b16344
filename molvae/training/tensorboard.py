"""Training curves for TensorBoard, with the `logging` extra."""

from collections.abc import Mapping
from pathlib import Path

from molvae.errors import ConfigError
from molvae.training.records import Listener, StepRecord, ValidationRecord


class TensorBoardListener:
    """Writes every record to `RUN/tensorboard` and hands it on to `inner`."""

    def __init__(self, run: Path, inner: Listener) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(
                "train.tensorboard = true needs TensorBoard: pip install 'molvae[logging]'"
            ) from error
        self._writer = SummaryWriter(str(run / "tensorboard"))
        self._inner = inner

    def on_wait(self, what: str) -> None:
        """Hand it on."""
        self._inner.on_wait(what)

    def on_start(self, facts: dict[str, object]) -> None:
        """Hand the facts on."""
        self._inner.on_start(facts)

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        """Write the training record."""
        self._write("train", record)
        self._inner.on_step(record, rate=rate, eta_seconds=eta_seconds)

    def on_validation(self, record: ValidationRecord, *, best: bool) -> None:
        """Write the validation record."""
        self._write("validation", record)
        self._inner.on_validation(record, best=best)

    def on_warning(self, message: str) -> None:
        """Hand it on."""
        self._inner.on_warning(message)

    def on_end(self, reason: str) -> None:
        """Hand the reason on."""
        self._inner.on_end(reason)

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
        self._inner.close()

    def _write(self, group: str, record: StepRecord | ValidationRecord) -> None:
        for name, value in record._asdict().items():
            if isinstance(value, Mapping):
                for part, score in value.items():
                    self._writer.add_scalar(f"{group}/{name}/{part}", score, record.step)
            elif value is not None and name != "step":
                self._writer.add_scalar(f"{group}/{name}", value, record.step)
