"""The latent space on paper: principal components, and molecules to find one's way by."""

from collections.abc import Sequence

import numpy as np

from molvae.chem import get_property, property_table
from molvae.evaluation.latent import LatentDiagnostics
from molvae.evaluation.report.data import Floats, LatentMap

MARKS = 6
"""Molecules whose structures stand beside the map."""
_CENTRAL = 0.98
"""Marks lie among so many of the molecules, those nearest to the center."""


def latent_map(diagnostics: LatentDiagnostics, color: str) -> LatentMap | None:
    """The map of the held-out molecules, colored by the property `color`; None below three.

    Raises `ConfigError` for an unknown property.
    """
    prop = get_property(color)
    if len(diagnostics.mu) < 3:
        return None
    places, variance = principal_components(diagnostics.mu)
    label = f"{prop.label} ({prop.unit})" if prop.unit else prop.label
    rows = spread_rows(places, MARKS)
    marked = tuple((row, diagnostics.smiles[row]) for row in rows)
    return LatentMap(places, variance, label, _values(diagnostics, color), marked)


def principal_components(mu: Floats) -> tuple[Floats, tuple[float, float]]:
    """`mu` (N, Z) on its first two principal components (N, 2), and their shares of variance.

    Each axis points to where its longest loading is positive, so that a map does not flip
    from one machine to another.
    """
    centered = mu - mu.mean(axis=0)
    _, singular, axes = np.linalg.svd(centered, full_matrices=False)
    axes = np.pad(axes[:2], ((0, max(0, 2 - len(axes))), (0, 0)))
    signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
    power = np.pad(singular**2, (0, 2))
    shares = power[:2] / max(float(power.sum()), 1e-300)
    places = centered @ (axes * np.where(signs == 0, 1, signs)[:, None]).T
    return places, (float(shares[0]), float(shares[1]))


def spread_rows(places: Floats, count: int) -> list[int]:
    """Rows of up to `count` points far from each other, without the outermost, left to right."""
    radius = np.linalg.norm(places - places.mean(axis=0), axis=1)
    central = np.flatnonzero(radius <= np.quantile(radius, _CENTRAL))
    chosen = [int(central[radius[central].argmin()])]
    gaps = np.linalg.norm(places[central] - places[chosen[0]], axis=1)
    while len(chosen) < min(count, len(central)):
        chosen.append(int(central[gaps.argmax()]))
        gaps = np.minimum(gaps, np.linalg.norm(places[central] - places[chosen[-1]], axis=1))
    return sorted(chosen, key=lambda row: float(places[row, 0]))


def _values(diagnostics: LatentDiagnostics, color: str) -> Floats:
    if color in diagnostics.properties:
        return diagnostics.properties[color]
    return _computed(diagnostics.smiles, color)


def _computed(smiles: Sequence[str], name: str) -> Floats:
    return property_table(list(smiles), [name])[name].to_numpy(np.float64)
