"""A map of the space around a molecule: a grid over two directions."""

from collections.abc import Sequence

import numpy as np

from molvae.errors import GenerationError
from molvae.generation.codec import Codec
from molvae.generation.conditions import Conditions
from molvae.generation.walks.attempts import ATTEMPTS, TEMPERATURE, Attempts
from molvae.generation.walks.center import read_center
from molvae.generation.walks.directions import (
    Direction,
    check_dimensions,
    principal_directions,
    survey,
)
from molvae.generation.walks.drawing import draw_grid
from molvae.generation.walks.terms import Terms
from molvae.generation.walks.traversal import check_span, shares, tabulate
from molvae.generation.walks.walk import Walk, check_properties, described


def grid(
    codec: Codec,
    a: str | None = None,
    directions: str | Sequence[int] = "principal",
    size: int = 7,
    span: float | None = None,
    *,
    attempts: int = ATTEMPTS,
    temperature: float = TEMPERATURE,
    conditions: Conditions | None = None,
    guidance: float = 1.0,
    constrained: bool = False,
    properties: Sequence[str] = (),
    seed: int = 0,
) -> Walk:
    """`size` x `size` molecules over two directions, around `a`, or the prior's mean without one.

    `directions` are two dimensions, or "principal": the two along which the posterior means
    of 500 strings that the model itself writes from the prior (those that are molecules)
    vary most. Offsets go from -`span` to +`span` standard deviations of the prior, 1.5 around a
    molecule and 3 around the mean unless given. One row a
    place, the top left first, with the columns `row`, `column`, `x` (offset along the first
    direction, growing to the right), `y` (along the second, growing upwards), and then as
    `traverse` has them. Raises `MoleculeError` for an `a` that cannot be encoded and
    `GenerationError` for dimensions the model has not or a size below two.
    """
    check_span(span, size, "size")
    check_properties(properties)
    terms = Terms(codec, conditions, guidance, constrained)
    tried = Attempts(attempts, temperature, seed)
    center = read_center(terms, a, tried)
    span = center.span(span)
    across, upwards = _find(codec, directions, seed)
    offsets = np.linspace(-span, span, size)
    x, y = np.tile(offsets, size), np.repeat(offsets[::-1], size)
    right, up = (one.vector * center.prior.along(one.vector) for one in (across, upwards))
    z = center.z + x[:, None] * right + y[:, None] * up
    votes = center.votes(terms, z.astype(np.float32), tried)
    row, column = np.divmod(np.arange(size * size), size)
    where = {"row": row, "column": column, "x": x, "y": y}
    table = described(tabulate(where, votes, center.smiles), codec, properties)
    found = shares(votes)
    facts = {**center.facts(), "across": across.name, "upwards": upwards.name}
    facts |= {"size": size, "span": span, **found}
    facts |= {"attempts": attempts + 1, "temperature": temperature, "seed": seed}
    lines = [
        f"{size} x {size} points over {across.name} and {upwards.name}: "
        f"{found['valid_points']} valid ({found['valid_attempts']:.0%} of the attempts), "
        f"{found['distinct']} distinct",
        *center.lines(),
    ]
    draw = draw_grid(across.name, upwards.name)
    return Walk(table, facts=facts, summary="\n".join(lines), draw=draw)


def _find(codec: Codec, directions: str | Sequence[int], seed: int) -> list[Direction]:
    if directions == "principal":
        found = principal_directions(survey(codec, seed).mu)
        if len(found) < 2:
            raise GenerationError("this model has a single latent dimension: no grid")
        return found
    if isinstance(directions, str) or len(directions) != 2:
        raise GenerationError(f"directions = {directions!r}: must be 'principal' or two dimensions")
    check_dimensions(directions, codec.latent_size)
    units = np.eye(codec.latent_size)
    return [Direction(f"dimension {one}", units[one]) for one in directions]
