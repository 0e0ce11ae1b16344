"""Watches a run for a latent space that the decoder stops reading (posterior collapse)."""

from typing import Any, NamedTuple

from molvae.config import Config
from molvae.training.records import ValidationRecord

LOW_KL = 2.0
"""Nats a molecule below which the latent tells next to nothing: e^2 is 7 kinds of molecules."""
LOW_ACTIVE = 0.1
"""Share of the dimensions of which fewer are active in a collapsed space."""
FALL = 0.5
"""Share of their former KL or active units below which they have fallen."""
YOUNG_STEPS = 100
"""Before this many steps a model is not judged."""
LONG_STEPS = 1_000
"""A run that is shorter may only need to go on."""
SAME_BETA = 0.9
"""What was measured at this share of the present beta or more ought to be held now."""


class Seen(NamedTuple):
    """What counted at a validation."""

    beta: float
    kl: float
    active_units: int


class CollapseWatch:
    """Judges each validation of a run, and says what to change where the latent collapses.

    It does where the KL is under `LOW_KL`, where fewer than a tenth of the dimensions are
    active (Burda et al. 2016), or where one of both fell to less than half of what it was under a
    weight beta that was as high: a rising beta may lower them, and where the KL costs
    nothing it may fall. Said once, until it is over.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._seen: list[Seen] = []
        self.warning: str | None = None
        """What is wrong at the last validation, if anything."""

    def look(self, record: ValidationRecord, beta: float) -> bool:
        """Judge a validation under the weight `beta`; whether there is a new warning."""
        before, self.warning = self.warning, None
        if self._config.model.posterior.kind == "deterministic" or record.step < YOUNG_STEPS:
            return False
        now = Seen(beta, record.kl, record.active_units)
        trouble = self._trouble(now)
        self._seen.append(now)
        if trouble is not None:
            self.warning = f"the latent space collapses: {trouble}; {self._advice(record.step)}"
        return self.warning is not None and before is None

    def facts(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"seen": self._seen, "warning": self.warning}

    def restore(self, facts: dict[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self._seen = [Seen(beta, kl, int(active)) for beta, kl, active in facts["seen"]]
        self.warning = facts["warning"]

    def _trouble(self, now: Seen) -> str | None:
        size = self._config.model.latent_size
        if now.kl < min(LOW_KL, 0.5 * (self._config.train.kl.target or LOW_KL * 2.0)):
            return f"a molecule has a KL of {now.kl:.2g} nats"
        if now.active_units < LOW_ACTIVE * size:
            return f"{now.active_units} of {size} dimensions are active"
        former = [seen for seen in self._seen if seen.beta >= SAME_BETA * now.beta]
        kl = max((seen.kl for seen in former if seen.beta > 0.0), default=0.0)
        if now.kl < FALL * kl:
            return f"the KL fell from {kl:.1f} to {now.kl:.1f} nats"
        active = max((seen.active_units for seen in former), default=0)
        if now.active_units < FALL * active:
            return f"the active dimensions fell from {active} to {now.active_units}"
        return None

    def _advice(self, step: int) -> str:
        kl, decoder = self._config.train.kl, self._config.model.decoder
        advice = [f"train for more than {step:,} steps"] if step < LONG_STEPS else []
        costs = kl.shape != "target" and kl.maximum > 0.0
        if costs:
            advice += [f"lower train.kl.maximum ({kl.maximum:g}, --method low-beta)"]
        if kl.shape != "target":
            hold = 'hold the KL with train.kl.shape = "target" and train.kl.target'
            advice += [f"{hold} (--method target-kl)"]
        else:
            advice += [f"raise train.kl.target ({kl.target:g})"]
        if costs and self._config.train.objective.kind != "iwae":
            advice += [self._free_bits()]
        if decoder.kind != "one_shot":  # which reads no words
            advice += [
                f"raise model.decoder.word_dropout ({decoder.word_dropout:g}, "
                "--method word-dropout)"
            ]
        return ", or ".join(advice)

    def _free_bits(self) -> str:
        """Those of each dimension need a KL that has parts by dimension."""
        kl, model = self._config.train.kl, self._config.model
        closed = model.posterior.kind == "gaussian" and model.prior.kind == "normal"
        if closed and kl.free_bits_per == "dimension":
            return f"raise train.kl.free_bits ({kl.free_bits:g}, --method free-bits)"
        return (
            f"raise train.kl.free_bits ({kl.free_bits:g}) with train.kl.free_bits_per = "
            '"total" (--method free-bits-total)'
        )
