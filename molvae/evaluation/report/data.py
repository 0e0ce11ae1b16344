"""What a report shows, gathered before any of it is drawn: plain numbers and SMILES."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from molvae.evaluation.latent import LatentDiagnostics
from molvae.evaluation.result import Evaluation

Floats = npt.NDArray[np.float64]


class Missing(NamedTuple):
    """A part that the page leaves out, and why."""

    title: str
    reason: str


class Distribution(NamedTuple):
    """A property of the molecules reported on, beside that of the reference."""

    label: str
    unit: str
    own: Floats
    """Finite values, (n,)."""
    reference: Floats
    """Likewise; empty where there is no reference."""
    distance: float
    """Wasserstein-1 distance of the two; NaN where it was not measured."""


class Sample(NamedTuple):
    """A molecule with what is known of it."""

    smiles: str
    facts: tuple[tuple[str, str], ...]
    """Labels and values, as they are shown."""


class Neighbor(NamedTuple):
    """The most similar molecule of one set."""

    smiles: str
    similarity: float
    """Tanimoto, Morgan radius 2, 1,024 bits."""


class NeighborRow(NamedTuple):
    """A sample and its nearest neighbor in each set, in the order of the sets."""

    smiles: str
    neighbors: tuple[Neighbor, ...]


@dataclass(frozen=True)
class Neighborhood:
    """Samples beside what is most similar to them in some sets of molecules."""

    sets: tuple[str, ...]
    """What is searched, in words with its size, such as "200,000 training molecules"."""
    compared: int
    """Of how many samples the rows are quantiles, from the most to the least similar."""
    rows: tuple[NeighborRow, ...]


@dataclass(frozen=True)
class LatentMap:
    """Posterior means of N molecules on their first two principal components."""

    places: Floats
    """(N, 2)."""
    variance: tuple[float, float]
    """Shares of the total variance."""
    label: str
    """The property behind the colors, with its unit."""
    values: Floats
    """Of that property, (N,); NaN where a molecule has none."""
    marked: tuple[tuple[int, str], ...]
    """Rows of some molecules far from each other, with their SMILES."""


@dataclass(frozen=True)
class ReportData:
    """Everything on the page; what is None or empty is left out, and `missing` says why."""

    title: str
    facts: Mapping[str, str]
    """About the model or file, in a line each."""
    evaluation: Evaluation
    log: tuple[Mapping[str, Any], ...] = ()
    """Events of the training run, oldest first."""
    distributions: tuple[Distribution, ...] = ()
    reference: str = ""
    """What the distributions of the reference belong to, in words."""
    samples: tuple[Sample, ...] = ()
    neighborhood: Neighborhood | None = None
    latent_map: LatentMap | None = None
    diagnostics: LatentDiagnostics | None = None
    missing: tuple[Missing, ...] = ()
    protocol: Mapping[str, Any] = field(default_factory=dict)
    """How the report itself was made: seeds and sizes beside those of the evaluation."""
