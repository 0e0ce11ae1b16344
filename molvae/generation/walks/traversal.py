"""Along single latent dimensions: what each of them changes in a molecule."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from molvae.errors import GenerationError
from molvae.generation.codec import Codec
from molvae.generation.conditions import Conditions
from molvae.generation.walks.attempts import ATTEMPTS, TEMPERATURE, Attempts, Vote
from molvae.generation.walks.center import Center, read_center
from molvae.generation.walks.directions import check_dimensions, kl_by_dimension, survey
from molvae.generation.walks.drawing import draw_traverse
from molvae.generation.walks.similar import Fingerprints
from molvae.generation.walks.terms import Terms
from molvae.generation.walks.walk import Walk, check_properties, described

DIMENSIONS = 5
"""Dimensions walked along where none are named."""


def traverse(
    codec: Codec,
    a: str | None = None,
    dimensions: Sequence[int] | None = None,
    span: float | None = None,
    steps: int = 7,
    *,
    count: int = DIMENSIONS,
    attempts: int = ATTEMPTS,
    temperature: float = TEMPERATURE,
    conditions: Conditions | None = None,
    guidance: float = 1.0,
    constrained: bool = False,
    properties: Sequence[str] = (),
    seed: int = 0,
) -> Walk:
    """Each of `dimensions` moved from -`span` to +`span` around `a`, or the prior's mean without.

    Offsets are in standard deviations of the prior, the span 1.5 around a molecule and 3 around
    the mean unless given. Without `dimensions` the `count` are
    taken that say most: those with the largest KL(q(z_d|a) || p(z_d)) for this molecule, or on
    average for molecules the model writes itself. One row a dimension and step, with the
    columns `dimension`, `offset`, `z` (the value there), `smiles` (the molecule most attempts
    agree on), `valid` (share of the attempts that are molecules), `agreement` (share that wrote
    this one), `similarity` (Tanimoto to `a`, or to what the mean gives), `novel` where
    known, and `properties`. Raises `MoleculeError` for an `a` that cannot be encoded and
    `GenerationError` for dimensions the model has not or fewer than two steps.
    """
    check_span(span, steps, "steps")
    check_properties(properties)
    terms = Terms(codec, conditions, guidance, constrained)
    tried = Attempts(attempts, temperature, seed)
    center = read_center(terms, a, tried)
    span = center.span(span)
    chosen = _choose(codec, center, count, seed) if dimensions is None else list(dimensions)
    check_dimensions(chosen, codec.latent_size)
    offsets = np.linspace(-span, span, steps)
    z = np.tile(center.z, (len(chosen) * steps, 1))
    places = np.repeat(chosen, steps)
    away = np.tile(offsets, len(chosen)) * center.prior.std[places]
    z[np.arange(len(places)), places] += away.astype(np.float32)
    votes = center.votes(terms, z, tried)
    where = {
        "dimension": places,
        "offset": np.tile(offsets, len(chosen)),
        "z": z[np.arange(len(places)), places].astype(np.float64),
    }
    table = described(tabulate(where, votes, center.smiles), codec, properties)
    facts = {**center.facts(), "dimensions": chosen, "span": span, "steps": steps}
    facts |= {**shares(votes), "attempts": attempts + 1, "temperature": temperature, "seed": seed}
    summary = "\n".join([*_lines(table), *center.lines()])
    return Walk(table, facts=facts, summary=summary, draw=draw_traverse)


def check_span(span: float | None, steps: int, name: str) -> None:
    """Raise `GenerationError` for a span or a number of steps that makes no walk."""
    if span is not None and not 0.0 < span < float("inf"):
        raise GenerationError(f"span = {span}: must be above 0")
    if steps < 2:
        raise GenerationError(f"{name} = {steps}: must be 2 or more")


def tabulate(
    where: dict[str, np.ndarray], votes: Sequence[Vote], reference: str | None
) -> pd.DataFrame:
    """A row for each vote: `where` it was taken, and what it says."""
    smiles = [one.smiles for one in votes]
    return pd.DataFrame(
        {
            **where,
            "smiles": pd.Series(smiles, dtype="str"),
            "valid": [one.valid for one in votes],
            "agreement": [one.share(one.smiles) for one in votes],
            "similarity": Fingerprints().to(reference, smiles),
        }
    )


def shares(votes: Sequence[Vote]) -> dict[str, object]:
    """How many points there are, how many are valid, and how many molecules they give."""
    smiles = [one.smiles for one in votes if one.smiles is not None]
    return {
        "points": len(votes),
        "valid_points": len(smiles),
        "valid_attempts": float(np.mean([one.valid for one in votes])) if votes else float("nan"),
        "distinct": len(set(smiles)),
    }


def _choose(codec: Codec, center: Center, count: int, seed: int) -> list[int]:
    if count < 1:
        raise GenerationError(f"count = {count}: must be 1 or more")
    if center.end is not None:
        mu, std = center.end.mu[None].astype(np.float64), center.end.std[None].astype(np.float64)
    else:
        mu, std = survey(codec, seed)
    mean, scale = center.prior.mean, center.prior.std
    order = np.argsort(-kl_by_dimension((mu - mean) / scale, std / scale), kind="stable")
    return [int(dimension) for dimension in order[:count]]


def _lines(table: pd.DataFrame) -> list[str]:
    return [
        f"dimension {dimension}: {rows['smiles'].notna().sum()} of {len(rows)} steps valid, "
        f"{rows['smiles'].nunique()} distinct, mean Tanimoto to the center "
        f"{rows['similarity'].mean():.2f}"
        for dimension, rows in table.groupby("dimension", sort=False)
    ]
