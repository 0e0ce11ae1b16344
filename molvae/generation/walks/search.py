"""A search around a molecule: what is drawn there, what is kept of it, and why the rest is not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from molvae.chem import Mol
from molvae.chem.substructure import have_substructure
from molvae.generation.sieve import check
from molvae.generation.walks.ends import End
from molvae.generation.walks.similar import Fingerprints
from molvae.generation.walks.terms import Terms, repeated


class Surroundings(NamedTuple):
    """Draws strings from around a molecule."""

    terms: Terms
    end: End
    z: np.ndarray
    """Where a radius is measured from, (Z,)."""
    temperature: float
    rng: np.random.Generator

    def draw(self, count: int, radius: float | None) -> list[str]:
        """`count` raw strings from N(z, radius^2 I), or from q(z|x) without a radius."""
        noise = self.rng.standard_normal((count, len(self.z)))
        from_posterior = self.end.mu + self.end.std * noise
        z = from_posterior if radius is None else self.z + radius * noise
        written = self.terms.decode(
            z.astype(np.float32),
            repeated(self.end.own, count),
            seed=int(self.rng.integers(2**31)),
            temperature=self.temperature,
        )
        return [text for (text,) in written]


class Wanted(NamedTuple):
    """What a neighbor must be, besides a molecule other than `smiles`."""

    smiles: str
    floor: float
    """Least Tanimoto similarity to `smiles`."""
    keep: str | None
    """SMARTS that must be held, as it was given."""
    pattern: Mol | None


@dataclass
class Search:
    """Keeps the molecules that fit, and counts the others by what was wrong with them."""

    wanted: Wanted
    drawn: int = 0
    valid: int = 0
    kept: dict[str, float] = field(default_factory=dict)
    """Similarity by SMILES."""
    radii: dict[str, float | None] = field(default_factory=dict)
    """Radius at which each of them was first drawn, by SMILES."""
    times: Counter[str] = field(default_factory=Counter)
    """How often each molecule was drawn, kept or not."""
    below: int = 0
    """Different molecules that were not similar enough."""
    without: int = 0
    """Different molecules that were, but do not hold the pattern."""
    prints: Fingerprints = field(default_factory=Fingerprints)

    def pour(self, raw: Sequence[str], radius: float | None) -> float:
        """Look at `raw` strings drawn at `radius`; the share of them not met before."""
        found = [smiles for smiles in check(raw) if smiles is not None]
        fresh = [one for one in dict.fromkeys(found) if one not in self.times]
        self.drawn += len(raw)
        self.valid += len(found)
        self.times.update(found)
        self._keep([one for one in fresh if one != self.wanted.smiles], radius)
        return len(fresh) / max(1, len(raw))

    def _keep(self, fresh: list[str], radius: float | None) -> None:
        similarity = self.prints.to(self.wanted.smiles, fresh)
        near = [(one, float(value)) for one, value in zip(fresh, similarity, strict=True)
                if value >= self.wanted.floor]  # fmt: skip
        held = [True] * len(near)
        if self.wanted.pattern is not None:
            held = have_substructure([one for one, _ in near], self.wanted.pattern)
        self.below += len(fresh) - len(near)
        self.without += held.count(False)
        self.kept |= {one: value for (one, value), has in zip(near, held, strict=True) if has}
        self.radii |= {one: radius for (one, _), has in zip(near, held, strict=True) if has}

    def table(self, n: int, *, with_radius: bool) -> pd.DataFrame:
        """The `n` most similar; of equals the more often drawn, then by their SMILES."""
        order = sorted(self.kept, key=lambda one: (-self.kept[one], -self.times[one], one))[:n]
        columns: dict[str, Any] = {"smiles": pd.Series(order, dtype="str")}
        columns["similarity"] = np.array([self.kept[one] for one in order], np.float64)
        if with_radius:
            columns["radius"] = np.array([self.radii[one] for one in order], np.float64)
        columns["times"] = np.array([self.times[one] for one in order], np.int64)
        return pd.DataFrame(columns)

    def facts(self) -> dict[str, Any]:
        """Figures of the search by name."""
        each = max(1, self.drawn)
        return {
            "drawn": self.drawn,
            "validity": self.valid / each,
            "a_itself": self.times[self.wanted.smiles] / each,
            "found": len(self.kept),
            "below_floor": self.below,
            "without_pattern": self.without,
        }

    def __str__(self) -> str:
        """Where the draws went, in one line."""
        facts, wanted = self.facts(), self.wanted
        parts = [
            f"{self.drawn:,} drawn",
            f"{facts['validity']:.0%} valid",
            f"{facts['a_itself']:.1%} A itself",
            f"{len(self.kept) + self.below + self.without:,} other molecules",
        ]
        if wanted.floor > 0:
            parts.append(f"{self.below:,} of them less similar than {wanted.floor:g}")
        if wanted.keep is not None:
            parts.append(f"{self.without:,} without {wanted.keep}")
        return ", ".join(parts)
