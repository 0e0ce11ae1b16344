"""Holds the KL at a number of nats by moving its weight beta."""

import math

START = 0.01
"""beta of the first steps: low, so that the latent fills before it is held."""
LIMITS = (1e-4, 1e3)
"""What beta stays within."""
RATE = 0.4
"""Growth of log beta at an update where the KL is off by the target or more."""
MEMORY = 0.5
"""Share of the running mean of the error that an update keeps."""


class KLController:
    """beta rises where the KL is above its target and falls where it is below.

    log beta moves by `RATE` times a running mean of the relative error (KL - target) / target,
    cut off at 1: the multiplicative update of GECO (Rezende & Viola 2018, algorithm 1) with the
    KL as what is constrained, as in ControlVAE (Shao et al. 2020). It is told the mean KL of
    some steps at a time, so that an accelerator is not waited for at each.
    """

    def __init__(self, target: float) -> None:
        self.target = target
        self._log_beta = math.log(START)
        self._error = 0.0

    @property
    def beta(self) -> float:
        """The weight on the KL for now."""
        return math.exp(self._log_beta)

    def update(self, kl: float) -> None:
        """Move beta after some steps whose mean KL was `kl` nats."""
        error = max(-1.0, min(1.0, (kl - self.target) / self.target))
        self._error = MEMORY * self._error + (1.0 - MEMORY) * error
        low, high = map(math.log, LIMITS)
        self._log_beta = max(low, min(high, self._log_beta + RATE * self._error))

    def facts(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"log_beta": self._log_beta, "error": self._error}

    def restore(self, facts: dict[str, float]) -> None:
        """Go on from what a checkpoint kept."""
        self._log_beta, self._error = float(facts["log_beta"]), float(facts["error"])
