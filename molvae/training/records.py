"""What a run tells about itself, and who may listen."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class StepRecord(NamedTuple):
    """Means over the steps since the last record; losses in nats a molecule."""

    step: int
    epoch: int
    progress: float
    """Share of the run that is done, in [0, 1]."""
    loss: float
    reconstruction: float
    kl: float
    beta: float
    learning_rate: float
    gradient_norm: float
    heads: float = 0.0
    """What the property heads add to the loss, before their weight."""
    parts: Mapping[str, float] | None = None
    """What else the objective is made of, by name."""


class ValidationRecord(NamedTuple):
    """Measures on validation molecules; losses in nats a molecule."""

    step: int
    objective: float
    """What early stopping and `best` go by: reconstruction + the final beta x KL; with a target
    for the KL, reconstruction + the nats above it."""
    reconstruction: float
    kl: float
    elbo: float
    """Reconstruction + KL: the negative evidence lower bound."""
    token_accuracy: float
    """Teacher-forced, of all tokens and end tokens."""
    exact_reconstruction: float
    """Share of molecules that greedy decoding of the posterior mean gives back exactly."""
    active_units: int
    """Latent dimensions whose posterior mean has variance above 0.01 (Burda et al. 2016)."""
    sampled_validity: float | None
    """Share of valid molecules among samples from the prior."""
    predicted: Mapping[str, float] | None = None
    """By property of the heads, from posterior means: R2 of a number, accuracy of a class."""


class Listener(Protocol):
    """Gets the records of a run as they come; `rate` is in molecules a second."""

    def on_wait(self, what: str) -> None:
        """Before the run begins, something takes a while."""

    def on_start(self, facts: dict[str, object]) -> None:
        """The run begins or goes on; `facts` describe it."""

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        """Some steps were done."""

    def on_validation(self, record: ValidationRecord, *, best: bool) -> None:
        """The model was measured; `best` if it is the best so far."""

    def on_warning(self, message: str) -> None:
        """Something is wrong with the run, which goes on."""

    def on_end(self, reason: str) -> None:
        """The run ends for `reason`."""

    def close(self) -> None:
        """Nothing more comes, whether the run ended well or not."""


class Silence:
    """A listener that says nothing."""

    def on_wait(self, what: str) -> None:
        """Say nothing."""

    def on_start(self, facts: dict[str, object]) -> None:
        """Say nothing."""

    def on_step(self, record: StepRecord, *, rate: float, eta_seconds: float) -> None:
        """Say nothing."""

    def on_validation(self, record: ValidationRecord, *, best: bool) -> None:
        """Say nothing."""

    def on_warning(self, message: str) -> None:
        """Say nothing."""

    def on_end(self, reason: str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Have nothing to close."""
