"""How good a model's latent space is: what it keeps, what it spends, and how smooth it is."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.checkpoint import SavedModel
from molvae.chem import property_table
from molvae.config.words import describe_prior
from molvae.errors import GenerationError
from molvae.evaluation.decodings import (
    PATHS,
    REPEATED_LATENTS,
    REPEATS,
    STEPS,
    measure_interpolation,
    measure_prior,
    measure_reconstruction,
    measure_repeats,
    measure_smoothness,
)
from molvae.evaluation.disentanglement import disentanglement
from molvae.evaluation.latent_meanings import MEANINGS
from molvae.evaluation.likelihood import DRAWS, MOLECULES, LogLikelihoods, log_likelihoods
from molvae.evaluation.posterior_measures import POINT, measure_posterior
from molvae.evaluation.posteriors import Posteriors, read_posteriors
from molvae.evaluation.predictability import FOLDS, MIN_PER_FOLD, PROPERTIES, cross_validated_r2
from molvae.evaluation.records import Progress, Sheet
from molvae.generation import Generator
from molvae.model import MolVAE

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LatentDiagnostics:
    """What `diagnose` found out about a model, with the arrays that a report draws.

    N is the number of held-out molecules that could be encoded, Z the latent size; every
    array has N = 0 rows where none could.
    """

    values: dict[str, float]
    """Figures by name, those of `MEANINGS` in that order."""
    notes: dict[str, str]
    """A sentence by name of value: why it is NaN, or what to know when reading it."""
    seconds: dict[str, float]
    """Wall-clock time by stage."""
    protocol: dict[str, int | str]
    """How it was measured: molecules, draws, seed, precision."""
    smiles: tuple[str, ...]
    """The held-out molecules (N), in the form the model reads."""
    mu: Floats
    """Posterior means (N, Z)."""
    kl_per_dimension: Floats
    """Mean KL(q(z_d|x) || N(0, 1)) by dimension (Z,), in nats; sums to
    values["kl/standard"]. Like the arrays below, it is empty where nothing could be measured, and
    where posteriors are no diagonal Gaussians."""
    properties: Mapping[str, Floats]
    """Properties of `smiles` by name, (N,) each; NaN where one has none."""
    pair_distances: Floats
    """Euclidean distances (P,) between the means of random pairs of held-out molecules."""
    pair_similarities: Floats
    """Tanimoto similarities (P,) of the same pairs (Morgan radius 2, 2048 bits)."""
    radii: Floats
    """Distances (R,) from a mean at which decodings were compared with that at the mean."""
    radius_similarities: Floats
    """Mean Tanimoto (R,) between the decoding at a radius and that at its mean."""
    interpolations: tuple[tuple[str | None, ...], ...]
    """Canonical SMILES along straight lines between two means each, None where not valid."""


def diagnose(
    saved: SavedModel,
    smiles: Sequence[str],
    *,
    molecules: int = 2_000,
    samples: int = 1_000,
    seed: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> LatentDiagnostics:
    """Measure the latent space of `saved` on at most `molecules` of the held-out `smiles`.

    `MEANINGS` says what each value is; the estimators' sources, biases and limits are in
    `latent_statistics`, `decodings`, `likelihood` and `predictability`. Everything runs in
    float32, the statistics in float64, so that results depend little on the machine.
    `samples` strings are drawn from the prior. What cannot be measured is NaN with a note.
    Raises `GenerationError` for counts that make no sense, `MoleculeError` for one string
    in place of a list, `ConfigError` for an unknown device.
    """
    if molecules < 1 or samples < 0:
        raise GenerationError(f"{molecules=}, {samples=}: at least 1 and 0 are needed")
    generator = Generator(saved, device=device, precision="float32")
    stages = _Stages(progress)
    rngs = np.random.default_rng(seed).spawn(8)
    with stages.run("held-out molecules"):
        held = read_posteriors(saved, smiles, molecules, rngs[0])
    with stages.run("prior"):
        measure_prior(stages.sheet, generator, samples, rngs[1])
    found = _measure(stages, saved.model, generator, held, rngs[2:]) if held.smiles else _Found()
    values, notes = _complete(stages.sheet, held)
    return LatentDiagnostics(
        values,
        notes,
        stages.sheet.measured().seconds,
        _protocol(saved, held, samples, seed),
        tuple(held.smiles),
        held.mu,
        *found,
    )


class _Found(NamedTuple):
    """What is drawn beside the values, as in `LatentDiagnostics`."""

    kl_per_dimension: Floats = np.zeros(0)
    properties: Mapping[str, Floats] = MappingProxyType({})
    pair_distances: Floats = np.zeros(0)
    pair_similarities: Floats = np.zeros(0)
    radii: Floats = np.zeros(0)
    radius_similarities: Floats = np.zeros(0)
    interpolations: tuple[tuple[str | None, ...], ...] = ()


class _Stages:
    """Times each stage and tells of it."""

    def __init__(self, progress: Progress | None) -> None:
        self.sheet = Sheet()
        self._progress = progress

    def tell(self, stage: str, done: int, total: int) -> None:
        """Report how far a stage is."""
        if self._progress is not None:
            self._progress(stage, done, total)

    @contextmanager
    def run(self, stage: str) -> Iterator[None]:
        """A stage of one step, unless it tells more itself."""
        self.tell(stage, 0, 1)
        with self.sheet.timed(stage):
            yield
        self.tell(stage, 1, 1)


def _measure(
    stages: _Stages,
    model: MolVAE,
    generator: Generator,
    held: Posteriors,
    rngs: Sequence[np.random.Generator],
) -> _Found:
    """Everything that needs at least one molecule."""
    sheet = stages.sheet
    with stages.run("reconstruction"):
        measure_reconstruction(sheet, generator, held, rngs[0])
    with stages.run("several decodings"):
        measure_repeats(sheet, generator, held, rngs[1])
    with stages.run("posterior"):
        kl = measure_posterior(sheet, generator, held, rngs[2])
    with stages.run("smoothness"):
        smoothness = measure_smoothness(sheet, generator, held, rngs[3])
    with stages.run("interpolation"):
        paths = measure_interpolation(sheet, generator, held, rngs[4])
    with sheet.timed("log-likelihood"):
        _measure_likelihood(stages, model, held, rngs[5])
    with stages.run("predictability"):
        properties = _measure_predictability(sheet, held)
    return _Found(kl, properties, *smoothness, paths)


def _measure_likelihood(
    stages: _Stages, model: MolVAE, held: Posteriors, rng: np.random.Generator
) -> None:
    if model.config.posterior.kind == "deterministic":
        for name in MEANINGS:
            if name.startswith("log_likelihood/"):
                stages.sheet.lack(name, POINT)
        return
    rows = np.sort(rng.permutation(len(held.smiles))[:MOLECULES])
    found = log_likelihoods(
        model,
        [held.sequences[row] for row in rows],
        draws=DRAWS,
        seed=int(rng.integers(2**31)),
        progress=lambda done, total: stages.tell("log-likelihood", done, total),
    )
    bits = -float(found.iwae.sum()) / (float(found.tokens.sum()) * math.log(2.0))
    stages.sheet.put("log_likelihood/iwae", float(found.iwae.mean()), _draws_note(found))
    stages.sheet.put("log_likelihood/elbo", float(found.elbo.mean()))
    stages.sheet.put("log_likelihood/bits_per_token", bits)
    stages.sheet.put("log_likelihood/effective_draws", float(found.effective_draws.mean()))


def _measure_predictability(sheet: Sheet, held: Posteriors) -> dict[str, Floats]:
    table = property_table(held.smiles, PROPERTIES)
    values = {name: table[name].to_numpy(dtype=np.float64) for name in PROPERTIES}
    for name, target in values.items():
        known = ~np.isnan(target)
        # The same folds for each property and seed: differences are not those of the split.
        rng = np.random.default_rng(0)
        score = cross_validated_r2(held.mu[known], target[known], rng)
        sheet.put(f"predictability/{name}", score, _score_note(target[known], score))
    _enter_disentanglement(sheet, held, values)
    return values


def _enter_disentanglement(sheet: Sheet, held: Posteriors, values: Mapping[str, Floats]) -> None:
    """Of the means: how far single dimensions stand for single properties."""
    found = disentanglement(held.mu, values)
    reason = "it is constant, or there are too few molecules to count"
    for name, one in found.items():
        note = None if one.dimension < 0 else f"dimension {one.dimension}"
        sheet.put(f"gap/{name}", one.gap, note or reason)
        sheet.put(f"correlation/{name}", abs(one.correlation), note or reason)


def _score_note(target: Floats, score: float) -> str | None:
    if not math.isnan(score):
        return None
    if len(target) < FOLDS * MIN_PER_FOLD:
        return f"{len(target)} molecules: fewer than {MIN_PER_FOLD} in each of {FOLDS} folds"
    return f"all {len(target):,} molecules have the same value"


def _draws_note(found: LogLikelihoods) -> str | None:
    effective = float(found.effective_draws.mean())
    if effective > 0.1 * DRAWS:
        return None
    return (
        f"{effective:.1f} of {DRAWS} draws are effective: the bound is loose, and more "
        "draws would raise it"
    )


def _complete(sheet: Sheet, held: Posteriors) -> tuple[dict[str, float], dict[str, str]]:
    """Values in the order of `MEANINGS`; for those that were not measured, the reason."""
    if held.asked:
        sheet.put("encodable", len(held.smiles) / held.asked)
        first = held.problems[0].reason if held.problems else ""
        reason = f"none of the {held.asked:,} molecules could be encoded (the first: {first})"
    else:
        reason = "no held-out molecules were given"
    known = sheet.measured()
    missing = {name: reason for name in MEANINGS if name not in known.values}
    values = {name: known.values.get(name, math.nan) for name in MEANINGS}
    return values, {**known.notes, **missing}


def _protocol(saved: SavedModel, held: Posteriors, samples: int, seed: int) -> dict[str, int | str]:
    told: dict[str, int | str] = {"conditions": "all free"} if saved.conditions else {}
    return told | {
        "prior": describe_prior(saved.config.model.prior),
        "molecules": held.asked,
        "encoded": len(held.smiles),
        "prior samples": samples,
        "latents decoded several times": min(REPEATED_LATENTS, len(held.smiles)),
        "decodings of each": REPEATS,
        "interpolation paths": PATHS,
        "points on each": STEPS,
        "molecules for the log-likelihood": min(MOLECULES, len(held.smiles)),
        "importance samples for each": DRAWS,
        "seed": seed,
        "precision": "float32",
    }
