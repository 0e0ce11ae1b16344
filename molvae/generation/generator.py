"""A trained model in use: sample, encode, decode, reconstruct, and walk around."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch

from molvae.chem import get_property, parse_expression, property_table
from molvae.errors import GenerationError
from molvae.generation import walks
from molvae.generation.anomalies import Anomalies
from molvae.generation.anomaly import QUANTILE, Reference, find_anomalies
from molvae.generation.anomaly_scores import DEFAULT_SCORE, ScoreName
from molvae.generation.best_of import check_best_of, nearest_of_each
from molvae.generation.checks import check_count
from molvae.generation.codec import Codec, Method, Progress
from molvae.generation.conditions import Conditions, Target, compare, computed_names, read_targets
from molvae.generation.molecules import Molecules, SampleSummary
from molvae.generation.nearest import Among, By, find_nearest
from molvae.generation.sieve import Sieve, Wanted, check
from molvae.generation.steering import Steering
from molvae.generation.writer import BATCH_SIZE
from molvae.model.decoding import Decoding
from molvae.parallel import ordered_map

WORTH_PROCESSES = 20_000
"""Samples from which on molecules are checked in worker processes."""
TRIES_FOR_EACH = 100
"""Raw samples drawn for each molecule asked for before giving up, unless told otherwise."""


class Generator(Codec):
    """Draws molecules from a model and moves between molecules and its latent space.

    `saved` is the model as it was read: weights, tokenizer, configuration, training facts.
    """

    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        method: Method = "sample",
        conditions: Conditions | None = None,
        guidance: float = 1.0,
        best_of: int = 1,
        constrained: bool = False,
        valid: bool = True,
        unique: bool = True,
        novel: bool = False,
        where: str | Sequence[str] | None = None,
        properties: Sequence[str] = (),
        max_tries: int | None = None,
        partial: bool = False,
        progress: Progress | None = None,
    ) -> Molecules:
        """Exactly `n` molecules decoded from the model's prior, in the order they were drawn.

        `conditions` are targets for a conditional model, such as {"logp": 2.5}: those left
        out are free. `guidance` g writes by free + g (conditional - free) logits, so that
        above 1 targets are met more closely by less diverse molecules (Ho & Salimans 2022).
        `best_of` k draws k molecules for each asked for and keeps the one nearest to the targets.
        `constrained` masks tokens that cannot lead to a molecule, which pays where few strings
        are valid: otherwise drawing again is faster, and true to the model. Defaults keep
        valid, distinct molecules; `where` keeps those whose properties fulfil an expression such as
        "qed > 0.6 and logp < 3". After `max_tries` raw samples (100 for each molecule asked
        for, at least 10,000) a `GenerationError` says what was missing, or, with `partial`,
        what was found is returned. The same seed gives the same molecules. Raises
        `ConfigError` for an unknown property or a target that cannot be read,
        `ExpressionError` for an expression that cannot be, and `GenerationError` for a
        condition the model does not know. `progress` is called with the number kept so far.
        """
        check_count(n, "n")
        if max_tries is not None and max_tries < 1:
            raise GenerationError(f"max_tries = {max_tries}: must be 1 or more")
        for name in properties:
            get_property(name)  # a wrong name is told before the work, not after
        decoding = Decoding(method, temperature, top_k, top_p, max_tokens=self._max_tokens)
        targets = read_targets(conditions, self.conditions)
        check_best_of(best_of, targets)
        steering = self._steering(conditions, guidance, constrained)
        sieve = Sieve(self._wanted(valid, unique, novel, where), self.saved.training_keys)
        started_at = time.perf_counter()
        wanted = n * best_of
        limit = max_tries if max_tries is not None else max(10_000, TRIES_FOR_EACH * wanted)
        _fill(sieve, wanted, self._draws(limit if n else 0, seed, decoding, steering), progress)
        if len(sieve.kept) < wanted and not partial:
            raise GenerationError(_shortfall(wanted, sieve, targets))
        if best_of > 1:
            sieve.keep(nearest_of_each(sieve.kept[:wanted], targets, best_of))
        seconds = time.perf_counter() - started_at
        table = _table(sieve, n, [*properties, *sieve.wanted.names, *computed_names(targets)])
        summary = _summary(n, sieve, seed, seconds, steering, targets, table)
        return Molecules(table, replace(summary, best_of=best_of))

    def raw_samples(
        self,
        n: int,
        *,
        seed: int = 0,
        method: Method = "sample",
        constrained: bool = False,
        progress: Progress | None = None,
    ) -> list[str]:
        """`n` strings decoded from the prior at temperature 1 as they were written, valid or not.

        All conditions are free, and no token is masked unless `constrained`, so that figures
        can be compared with those of other models. `method` says how tokens are picked.
        """
        check_count(n, "n")
        decoding = Decoding(method, max_tokens=self._max_tokens)
        steering = self._steering(None, 1.0, constrained)
        written: list[str] = []
        for some in self._draws(n, seed, decoding, steering):
            written += some
            if progress is not None:
                progress(len(written))
        return written

    interpolate = walks.interpolate
    neighbors = walks.neighbors
    traverse = walks.traverse
    grid = walks.grid
    resample = walks.resample

    def nearest(
        self,
        smiles: Sequence[str],
        n: int = 5,
        *,
        by: By = "latent",
        among: Among | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """The `n` training molecules, or those `among` others, nearest to each of `smiles`.

        See `molvae.generation.nearest.find_nearest`.
        """
        return find_nearest(
            self.saved, smiles, n, by=by, among=among, dtype=self._dtype, progress=progress
        )

    def anomalies(
        self,
        smiles: Sequence[str],
        *,
        score: ScoreName = DEFAULT_SCORE,
        quantile: float = QUANTILE,
        reference: Reference | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Anomalies:
        """Which of `smiles` the model does not know: a score and a verdict for each.

        See `molvae.generation.anomaly.find_anomalies`.
        """
        return find_anomalies(
            self.saved,
            smiles,
            score=score,
            quantile=quantile,
            reference=reference,
            seed=seed,
            dtype=self._dtype,
            progress=progress,
        )

    def _draws(
        self, limit: int, seed: int, decoding: Decoding, steering: Steering
    ) -> Iterator[list[str]]:
        """Batches of raw samples from the prior."""
        generator = torch.Generator(self._device).manual_seed(seed)
        for start in range(0, limit, BATCH_SIZE):
            count = min(BATCH_SIZE, limit - start)
            z = self._drawn(count, generator)
            yield self._writer.write(z, decoding, steering.rows(start, count), generator)

    def _wanted(
        self, valid: bool, unique: bool, novel: bool, where: str | Sequence[str] | None
    ) -> Wanted:
        texts = [where] if isinstance(where, str) else list(where or ())
        wanted = Wanted(valid, unique, novel, tuple(parse_expression(text) for text in texts))
        for name in wanted.names:
            get_property(name)
        if novel and self.saved.training_keys is None:
            raise GenerationError(f"{self.path} does not say what it was trained on: no novelty")
        return wanted


def _fill(sieve: Sieve, n: int, draws: Iterator[list[str]], progress: Progress | None) -> None:
    """Pour samples into `sieve` until it kept `n`, or there are no more."""
    workers = None if n >= WORTH_PROCESSES else 1
    for raw, checked in ordered_map(_checked, draws, workers=workers):
        sieve.pour(raw, checked)
        if progress is not None:
            progress(min(n, len(sieve.kept)))
        if len(sieve.kept) >= n:
            break


def _checked(raw: list[str]) -> tuple[list[str], list[str | None]]:
    return raw, check(raw)


def _table(sieve: Sieve, n: int, properties: Sequence[str]) -> pd.DataFrame:
    """What was kept, at most `n`, with what is known of each."""
    smiles = sieve.kept[:n]
    is_valid = np.array(sieve.kept_valid[:n], dtype=bool)
    columns: dict[str, object] = {"smiles": smiles}
    if not sieve.wanted.valid:
        columns["valid"] = is_valid
    if sieve.training_keys is not None:
        novel = pd.array(~sieve.known(smiles), dtype="boolean")
        novel[~is_valid] = pd.NA
        columns["novel"] = novel
    table = pd.DataFrame(columns)
    names = list(dict.fromkeys(properties))
    return table.join(property_table(smiles, names)) if names else table


def _summary(
    n: int,
    sieve: Sieve,
    seed: int,
    seconds: float,
    steering: Steering,
    targets: Sequence[Target],
    table: pd.DataFrame,
) -> SampleSummary:
    return SampleSummary(
        requested=n,
        returned=len(table),
        drawn=sieve.drawn,
        validity=sieve.validity,
        uniqueness=sieve.uniqueness,
        novelty=sieve.novelty,
        seed=seed,
        seconds=seconds,
        conditions=compare(targets, table),
        guidance=steering.guidance,
        constrained=steering.constraint is not None,
    )


def _shortfall(n: int, sieve: Sieve, targets: Sequence[Target]) -> str:
    kept, drawn = len(sieve.kept), sieve.drawn
    notes = "".join(f"; {target.note}" for target in targets if target.note)
    return (
        f"found {kept:,} of {n:,} molecules in {drawn:,} raw samples ({sieve.validity:.1%} valid, "
        f"{sieve.uniqueness:.1%} of them distinct, {kept / max(1, drawn):.2%} kept){notes}; "
        "ask for fewer, loosen the conditions, raise --max-tries, keep these with --partial, or, "
        "where few are valid, decode with --constrained"
    )
