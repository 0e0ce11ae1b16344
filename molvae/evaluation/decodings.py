"""What a model writes from its latent space: at, around and between held-out molecules.

"Valid" is what RDKit reads, "exact" the same canonical SMILES. Shares of n strings have a
standard error of sqrt(p (1 - p) / n), at most 0.016 for 1,000. `latent_meanings` lists the
figures that the functions here enter into a `Sheet`.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.chem import morgan_matrix, parse, tanimoto_pairs
from molvae.evaluation.latent_statistics import spearman
from molvae.evaluation.posteriors import Posteriors
from molvae.evaluation.records import Sheet
from molvae.generation import Generator
from molvae.generation.codec import Method
from molvae.generation.prior_draws import draw_latents
from molvae.generation.sieve import check

Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.int64]
Written = list[str | None]
"""Canonical SMILES; None for what is no molecule."""

REPEATED_LATENTS = 500
REPEATS = 10
"""Latents that are decoded several times, and how many times."""
PAIRS = 20_000
"""Random pairs whose latent distance is compared with their similarity."""
BALL_CENTERS = 200
RADII = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Means around which decodings are compared, and the distances at which."""
PATHS = 100
STEPS = 10
"""Straight lines between two means, and the points on each, both ends included."""


class Smoothness(NamedTuple):
    """Distances and similarities of P pairs of means, and similarities at R radii."""

    distances: Floats
    similarities: Floats
    radii: Floats
    radius_similarities: Floats


def write(
    generator: Generator, z: Floats, rng: np.random.Generator, *, method: Method = "sample"
) -> Written:
    """The molecule decoded from each latent of `z` (N, Z): no token masked, no condition given."""
    raw = generator.decode(z, method=method, seed=int(rng.integers(2**31)), constrained=False)
    return check([text for (text,) in raw])


def measure_prior(
    sheet: Sheet, generator: Generator, samples: int, rng: np.random.Generator
) -> None:
    """Share of valid strings among `samples` decoded from the prior at temperature 1."""
    if samples == 0:
        sheet.lack("validity/prior", "no samples were asked for")
        return
    z = draw_latents(generator, samples, rng)
    sheet.put("validity/prior", _share_valid(write(generator, z, rng)))


def measure_reconstruction(
    sheet: Sheet, generator: Generator, held: Posteriors, rng: np.random.Generator
) -> None:
    """Whether molecules come back: from the mean, from a draw of q, and by a random decoding.

    What cannot be encoded counts as not exact. `reconstruction/stochastic_exact` is the
    accuracy of Jin et al. 2018 (section 3.1) with one draw in place of 10 x 10: as unbiased,
    more noisy for a single molecule, and as good over many.
    """
    greedy = write(generator, held.mu, rng, method="greedy")
    near = write(generator, held.draw(rng), rng, method="greedy")
    sampled = write(generator, held.draw(rng), rng)
    problems = _problems_note(held)
    for name, written in (
        ("reconstruction/exact", greedy),
        ("reconstruction/posterior_exact", near),
        ("reconstruction/stochastic_exact", sampled),
    ):
        sheet.put(name, _exact(held.smiles, written).sum() / held.asked, problems)
    similarities = tanimoto_pairs(held.smiles, greedy)
    sheet.put("reconstruction/valid", _share_valid(greedy))
    _put_mean(sheet, "reconstruction/tanimoto", similarities, "no reconstruction is valid")
    sheet.put("validity/posterior", _share_valid(sampled))


def measure_repeats(
    sheet: Sheet, generator: Generator, held: Posteriors, rng: np.random.Generator
) -> None:
    """How many different molecules one latent gives, and whether the right one is among them."""
    rows = np.sort(rng.permutation(len(held.mu))[:REPEATED_LATENTS])
    flat = write(generator, held.mu[rows].repeat(REPEATS, axis=0), rng)
    groups = [flat[start : start + REPEATS] for start in range(0, len(flat), REPEATS)]
    distinct = [len({smiles for smiles in group if smiles is not None}) for group in groups]
    found = [held.smiles[row] in group for row, group in zip(rows, groups, strict=True)]
    sheet.put("decodings/distinct", float(np.mean(distinct)))
    sheet.put("decodings/any_exact", float(np.mean(found)))


def measure_smoothness(
    sheet: Sheet, generator: Generator, held: Posteriors, rng: np.random.Generator
) -> Smoothness:
    """Whether near latents are similar molecules, for encoder and decoder apart.

    The encoder: rank correlation of latent distance and Tanimoto similarity over random pairs
    of held-out molecules, most of them far apart. The decoder: mean Tanimoto similarity of the
    greedy decodings at a mean and at a random point at a given distance from it, over those
    that are both valid.
    """
    pairs = random_pairs(len(held.mu), PAIRS, rng)
    distances = np.linalg.norm(held.mu[pairs[:, 0]] - held.mu[pairs[:, 1]], axis=1)
    similarities = pair_similarities(held.smiles, pairs)
    correlation = spearman(distances, similarities) if len(pairs) > 2 else math.nan
    note = "rank correlation needs three pairs of molecules that are not all alike"
    sheet.put("smoothness/spearman", correlation, note if math.isnan(correlation) else None)
    _put_mean(sheet, "smoothness/chance", similarities, "a pair needs two molecules")
    around = _around(generator, held, rng)
    for radius, values in zip(RADII, around, strict=True):
        name = radius_name(radius)
        _put_mean(sheet, name, values, "no decoding at this distance is valid with its center's")
    means = [sheet.measured().values[radius_name(radius)] for radius in RADII]
    return Smoothness(distances, similarities, np.array(RADII), np.array(means))


def measure_interpolation(
    sheet: Sheet, generator: Generator, held: Posteriors, rng: np.random.Generator
) -> tuple[tuple[str | None, ...], ...]:
    """Molecules along straight lines between the means of random pairs, decoded greedily."""
    pairs = random_pairs(len(held.mu), PATHS, rng)
    if len(pairs) == 0:
        for name in ("interpolation/validity", "interpolation/tanimoto", "interpolation/distinct"):
            sheet.lack(name, "a line needs two molecules")
        return ()
    share = np.linspace(0.0, 1.0, STEPS)[None, :, None]
    first, second = held.mu[pairs[:, 0], None], held.mu[pairs[:, 1], None]
    lines = first + share * (second - first)  # (paths, steps, Z)
    flat = write(generator, lines.reshape(-1, lines.shape[2]), rng, method="greedy")
    paths = [tuple(flat[start : start + STEPS]) for start in range(0, len(flat), STEPS)]
    sheet.put("interpolation/validity", _share_valid(flat))
    similarities = np.array([tanimoto_pairs(path[:-1], path[1:]) for path in paths])
    reason = "no two neighboring points are both valid"
    _put_mean(sheet, "interpolation/tanimoto", similarities, reason)
    distinct = [len(set(path) - {None}) for path in paths]
    sheet.put("interpolation/distinct", float(np.mean(distinct)))
    return tuple(paths)


def radius_name(radius: float) -> str:
    """Name of the decoder's smoothness at `radius`, such as "smoothness/tanimoto@0.5"."""
    return f"smoothness/tanimoto@{radius:g}"


def random_pairs(count: int, wanted: int, rng: np.random.Generator) -> Pairs:
    """`wanted` pairs of different rows below `count`, (P, 2): all there are where they are fewer.

    Drawn with replacement otherwise.
    """
    if count * (count - 1) // 2 <= wanted:
        return np.stack(np.triu_indices(count, 1), axis=1).astype(np.int64)
    first = rng.integers(0, count, wanted)
    second = (first + 1 + rng.integers(0, count - 1, wanted)) % count
    return np.stack((first, second), axis=1)


def _around(generator: Generator, held: Posteriors, rng: np.random.Generator) -> Floats:
    """Similarity (R, centers) of greedy decodings at each radius to those at the centers."""
    centers = held.mu[np.sort(rng.permutation(len(held.mu))[:BALL_CENTERS])]
    direction = rng.standard_normal(centers.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    home = write(generator, centers, rng, method="greedy")
    away = [
        write(generator, centers + radius * direction, rng, method="greedy") for radius in RADII
    ]
    return np.array([tanimoto_pairs(home, written) for written in away])


def pair_similarities(smiles: Sequence[str], pairs: Pairs) -> Floats:
    """Tanimoto similarity of pairs of `smiles`, (P,) (Morgan radius 2, 2048 bits)."""
    mols = [mol for mol in map(parse, smiles) if mol is not None]
    packed = np.packbits(morgan_matrix(mols), axis=1)
    first, second = packed[pairs[:, 0]], packed[pairs[:, 1]]
    shared, either = _popcount(first & second), _popcount(first | second)
    return np.asarray(np.divide(shared, either, out=np.ones(len(pairs)), where=either > 0))


def _popcount(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    return np.asarray(np.unpackbits(packed, axis=1).sum(axis=1, dtype=np.int64))


def _exact(given: Sequence[str], written: Written) -> npt.NDArray[np.bool_]:
    return np.array([a == b for a, b in zip(given, written, strict=True)], dtype=bool)


def _share_valid(written: Written) -> float:
    return sum(smiles is not None for smiles in written) / len(written)


def _put_mean(sheet: Sheet, name: str, values: Floats, reason: str) -> None:
    """The mean of those of `values` that are numbers; `reason` where none is."""
    known = values[~np.isnan(values)]
    if len(known):
        sheet.put(name, float(known.mean()))
    else:
        sheet.lack(name, reason)


def _problems_note(held: Posteriors) -> str | None:
    if not held.problems:
        return None
    first = held.problems[0].reason
    return (
        f"{len(held.problems):,} of {held.asked:,} molecules could not be encoded and count as "
        f"not reconstructed (the first: {first})"
    )
