"""The result of looking for anomalies: a table, its threshold, and what to say of it."""

import html
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import numpy.typing as npt
import pandas as pd

from molvae.data.tables import save_table
from molvae.generation.anomaly_scores import ScoreName
from molvae.generation.histogram import histogram_image

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AnomalySummary:
    """How many molecules are what, and by which threshold.

    `read` = `usual` + `unusual` + `unreadable`; `not_writable` are the unusual ones that the
    model has no tokens for or that are too long for it.
    """

    read: int
    usual: int
    unusual: int
    not_writable: int
    unreadable: int
    score: ScoreName
    quantile: float
    threshold: float
    reference: str
    reference_molecules: int

    def __str__(self) -> str:
        beyond = f" ({self.not_writable:,} of them not writable)" if self.not_writable else ""
        noun = "molecule" if self.read == 1 else "molecules"
        unreadable = f", {self.unreadable:,} unreadable" if self.unreadable else ""
        return (
            f"{self.read:,} {noun}: {self.usual:,} usual, {self.unusual:,} unusual{beyond}"
            f"{unreadable}\n"
            f"threshold {self.threshold:.4g} ({self.score}): {100 * self.quantile:.4g}% of "
            f"{self.reference_molecules:,} molecules ({self.reference}) lie at or below it"
        )


@final
class Anomalies:
    """Molecules in the order given, each with its scores and a verdict; it does not change.

    Columns: `smiles`, `verdict` (usual, unusual, unreadable), `score` (the chosen one, infinite
    for what the model cannot write), `quantile` (share of the reference with a lower score),
    each score by its name, `tokens`, `reason`.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        score: ScoreName,
        quantile: float,
        threshold: float,
        reference: str,
        reference_scores: Floats,
    ) -> None:
        self._table = table
        self.threshold = threshold
        self.reference_scores = reference_scores
        """Scores of the reference molecules, ascending."""
        counts = table["verdict"].value_counts()
        self.summary = AnomalySummary(
            read=len(table),
            usual=int(counts.get("usual", 0)),
            unusual=int(counts.get("unusual", 0)),
            not_writable=int(np.isposinf(table["score"]).sum()),
            unreadable=int(counts.get("unreadable", 0)),
            score=score,
            quantile=quantile,
            threshold=threshold,
            reference=reference,
            reference_molecules=len(reference_scores),
        )

    @property
    def table(self) -> pd.DataFrame:
        """A copy of the table; one row a molecule."""
        return self._table.copy()

    def __len__(self) -> int:
        return len(self._table)

    def save(self, path: str | Path) -> None:
        """Write CSV, TSV, SMI (each also .gz) or Parquet by the ending of `path`."""
        save_table(self._table, path)

    def picture(self, path: str | Path) -> None:
        """Draw the scores beside those of the reference as PNG or SVG, with the threshold."""
        scores = self._table["score"].to_numpy()
        groups = {"reference": self.reference_scores, "given": scores[np.isfinite(scores)]}
        beyond = self.summary.not_writable
        note = f" ({beyond:,} not writable, not shown)" if beyond else ""
        title = f"{self.summary.unusual:,} of {len(self):,} molecules are unusual{note}"
        histogram_image(path, groups, self.threshold, _axis(self.summary.score), title)

    def to_dict(self) -> dict[str, Any]:
        """Summary and molecules in plain Python types, as `--json` prints them."""
        rows = self._table.astype(object).where(self._table.notna(), None)
        return {**asdict(self.summary), "molecules": rows.to_dict("records")}

    def __repr__(self) -> str:
        head = self._table.head(10)[["smiles", "verdict", "score", "quantile"]]
        return f"{self.summary}\n{head.to_string(max_colwidth=60)}"

    def _repr_html_(self) -> str:
        head = self._table.head(10).to_html(index=False, border=0, float_format="{:.3f}".format)
        return f"<pre>{html.escape(str(self.summary))}</pre>{head}"


def _axis(score: ScoreName) -> str:
    name = score.replace("_", " ")
    return name if score == "combined" else f"{name} (nats)"
