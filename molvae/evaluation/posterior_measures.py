"""What posteriors spend and tell: distance to the prior, information, spread."""

import math

import numpy as np

from molvae.evaluation.latent_statistics import active_units, mutual_information, squared_mmd
from molvae.evaluation.posteriors import Floats, Posteriors
from molvae.evaluation.prior_distance import PriorDistance, prior_distance
from molvae.evaluation.records import Sheet
from molvae.generation import Generator
from molvae.generation.prior_draws import draw_latents

INFORMATION = ("mutual_information", "mutual_information/upper", "marginal_kl")
POINT = "the posterior is a point, which has no density"


def measure_posterior(
    sheet: Sheet, generator: Generator, held: Posteriors, rng: np.random.Generator
) -> Floats:
    """Distances to the prior, information and spread; the KL to N(0, I) by dimension."""
    prior = generator.saved.model.prior
    is_point = generator.saved.config.model.posterior.kind == "deterministic"
    found = None if is_point else prior_distance(prior, held, rng)
    if found is None:
        for name in ("kl", "kl/standard"):
            sheet.lack(name, POINT)
    else:
        sheet.put("kl", found.own)
        sheet.put("kl/standard", found.standard)
    if len(held.mu) < 2:
        for name in ("active_units", *INFORMATION, "mmd", "mmd/noise"):
            sheet.lack(name, "needs two molecules: it is about how they spread")
    else:
        sheet.put("active_units", active_units(held.mu))
        _measure_information(sheet, held, found, rng)
        drawn = None
        if not prior.is_standard:
            drawn = np.stack([draw_latents(generator, len(held.mu), rng) for _ in range(3)])
        distance = squared_mmd(held.draw(rng), rng, drawn)
        sheet.put("mmd", distance.value)
        sheet.put("mmd/noise", distance.noise)
    return np.zeros(0) if found is None else found.per_dimension


def _measure_information(
    sheet: Sheet, held: Posteriors, found: PriorDistance | None, rng: np.random.Generator
) -> None:
    if found is None or held.kept is not None:
        reason = POINT if found is None else "is estimated for diagonal Gaussian posteriors only"
        for name in INFORMATION:
            sheet.lack(name, reason)
        return
    information = mutual_information(held.mu, held.std, rng)
    at_ceiling = information.lower > math.log(len(held.mu)) - 0.5
    why = _ceiling_note(len(held.mu)) if at_ceiling else (None, None)
    sheet.put("mutual_information", information.lower, why[0])
    sheet.put("mutual_information/upper", min(information.upper, found.own, found.standard))
    sheet.put("marginal_kl", found.own - information.lower, why[1])


def _ceiling_note(count: int) -> tuple[str, str]:
    """What to know of the mutual information, and of the KL that is left of it."""
    ceiling = f"log({count:,}) = {math.log(count):.2f} nats"
    return (
        f"the estimate cannot pass {ceiling} and is near it: more molecules would raise it",
        f"mutual_information is near its ceiling of {ceiling}, so that this bound is loose",
    )
