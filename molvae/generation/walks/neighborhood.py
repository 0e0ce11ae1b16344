"""Molecules around one: drawn near its latent, the most similar first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from molvae.chem.molecule import shorten
from molvae.chem.substructure import as_aromatic, have_substructure, parse_smarts
from molvae.errors import GenerationError, MoleculeError
from molvae.generation.checks import check_count
from molvae.generation.codec import Codec, Progress
from molvae.generation.conditions import Conditions
from molvae.generation.walks.attempts import TEMPERATURE, Attempts
from molvae.generation.walks.drawing import draw_neighbors
from molvae.generation.walks.ends import End, read_ends
from molvae.generation.walks.home import find_home
from molvae.generation.walks.search import Search, Surroundings, Wanted
from molvae.generation.walks.terms import Terms
from molvae.generation.walks.walk import Walk, check_properties, described

BATCH = 250
"""Strings drawn at one radius before looking at what they brought."""
FIRST_RADIUS = 0.2
GROWTH = 1.5
LARGEST_RADIUS = 2.0
WORTH_STAYING = 0.5
"""The radius grows when less than this share of a batch were molecules not met before."""
LEAST_FOR_EACH = 20
"""Strings drawn for each molecule asked for, at least: the most similar are chosen from more."""
MOST_FOR_EACH = 100
LEAST_LIMIT = 5_000


def neighbors(
    codec: Codec,
    a: str,
    n: int = 50,
    *,
    radius: float | None = None,
    posterior: bool = False,
    min_similarity: float = 0.0,
    keep: str | None = None,
    temperature: float = TEMPERATURE,
    conditions: Conditions | None = None,
    guidance: float = 1.0,
    constrained: bool = False,
    properties: Sequence[str] = (),
    max_tries: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Walk:
    """At most `n` different molecules from around the latent of `a`, the most similar first.

    Latents are drawn from N(z, radius^2 I) around the home z of `a`: its posterior mean, or where
    the model does not write it there, the draw of its posterior that gives it back best (see
    `find_home`). `radius` is in standard deviations of the prior. Without one it starts at 0.2
    and grows by half, up to 2, whenever half of the draws bring nothing new. `posterior` draws
    from q(z|a) instead. Twenty strings at least are drawn for each molecule asked for, and the
    most similar are kept.
    `min_similarity` is a floor for the Tanimoto similarity to `a` (Morgan radius 2,
    2,048 bits) and `keep` a SMARTS pattern that must stay; `a` itself and repeats are left
    out. Columns: `smiles`, `similarity`, `radius` (at which it was first drawn; not with
    `posterior`), `times` (drawn), `novel` where known, and `properties`.

    After `max_tries` strings (100 for each molecule asked for, at least 5,000) there are fewer
    rows than `n`, and the summary says so; a `GenerationError` where there are none. `n` = 0
    gives an empty table. Raises `MoleculeError` for an `a` that cannot be encoded, and for a
    pattern that is none or that `a` does not hold. `progress` is told the number found.
    """
    _check_request(n, radius, posterior, min_similarity, max_tries)
    check_properties(properties)
    pattern = None if keep is None else parse_smarts(keep)
    (end,) = read_ends(codec, {"A": a})
    wanted = Wanted(end.smiles, min_similarity, keep, pattern)
    _check_held(wanted)
    search = Search(wanted)
    limit = max_tries if max_tries is not None else max(LEAST_LIMIT, MOST_FOR_EACH * n)
    effort = _Effort(n, limit, None if posterior else radius or FIRST_RADIUS, radius is None)
    terms = Terms(codec, conditions, guidance, constrained)
    z = end.mu if posterior or n == 0 else find_home(terms, end, Attempts(seed=seed)).z
    around = Surroundings(terms, end, z, temperature, np.random.default_rng(seed))
    reached = _run(search, around, effort, progress)
    if n and not search.kept:
        raise GenerationError(f"found no neighbor of A: {search}")
    table = described(search.table(n, with_radius=not posterior), codec, properties)
    facts = {"a": end.smiles, "requested": n, "returned": len(table), **search.facts()}
    facts |= {"posterior": posterior, "largest_radius": reached}
    facts |= {"temperature": temperature, "seed": seed}
    summary = "\n".join(_lines(n, table, search, reached, end))
    return Walk(table, facts=facts, summary=summary, draw=draw_neighbors(end.smiles, keep))


def _check_request(
    n: int, radius: float | None, posterior: bool, floor: float, max_tries: int | None
) -> None:
    check_count(n, "n")
    if radius is not None and posterior:
        raise GenerationError("give a radius or the posterior, not both: each says where to draw")
    if radius is not None and not 0.0 < radius < float("inf"):
        raise GenerationError(f"radius = {radius}: must be above 0")
    if not 0.0 <= floor <= 1.0:
        raise GenerationError(f"min_similarity = {floor}: must be from 0 to 1")
    if max_tries is not None and max_tries < 1:
        raise GenerationError(f"max_tries = {max_tries}: must be 1 or more")


def _check_held(wanted: Wanted) -> None:
    """Raise `MoleculeError` where the start itself lacks the pattern to be kept."""
    if wanted.keep is None or wanted.pattern is None:
        return
    if have_substructure([wanted.smiles], wanted.pattern)[0]:
        return
    aromatic = as_aromatic(wanted.keep)
    meant = aromatic and have_substructure([wanted.smiles], parse_smarts(aromatic))[0]
    hint = f"; did you mean {shorten(aromatic)!r}?" if aromatic and meant else ""
    raise MoleculeError(f"A, {wanted.smiles!r}, does not hold {shorten(wanted.keep)!r}{hint}")


class _Effort(NamedTuple):
    """How long and how far a search goes."""

    n: int
    limit: int
    radius: float | None
    """Where it starts; None for the posterior."""
    grows: bool


def _run(
    search: Search, around: Surroundings, effort: _Effort, progress: Progress | None
) -> float | None:
    """Draw until enough is found or the limit is reached; the radius it ended with."""
    radius, enough = effort.radius, min(effort.limit, LEAST_FOR_EACH * effort.n)
    while search.drawn < effort.limit and (len(search.kept) < effort.n or search.drawn < enough):
        raw = around.draw(min(BATCH, effort.limit - search.drawn), radius)
        reached, fresh = radius, search.pour(raw, radius)
        if progress is not None:
            progress(min(effort.n, len(search.kept)))
        if effort.grows and radius is not None and fresh < WORTH_STAYING:
            radius = min(LARGEST_RADIUS, radius * GROWTH)
    return reached if search.drawn else radius


def _lines(
    n: int, table: pd.DataFrame, search: Search, reached: float | None, end: End
) -> list[str]:
    where = "the posterior of A" if reached is None else f"within a radius of {reached:.2g}"
    lines = [f"{len(table):,} neighbors of A from {where}: {search}"]
    if len(table):
        similarity = table["similarity"]
        lines.append(
            f"Tanimoto to A from {similarity.max():.2f} to {similarity.min():.2f}, "
            f"{similarity.mean():.2f} on average"
        )
    if len(table) < n:
        lines.append(
            f"{len(table):,} of {n:,} is all there was: raise the radius or the number of tries, "
            "or ask for less"
        )
    if search.drawn and not search.facts()["a_itself"]:
        lines.append(
            "the model never wrote A itself: it does not know A well, nor what lies around"
        )
    return [*lines, *([end.note] if end.note else [])]
