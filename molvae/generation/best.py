"""The k best of many candidates for each query, in bounded memory however many there are."""

from typing import final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@final
class Best:
    """Keeps the `k` lowest costs of each of Q queries, the earlier candidate of equals first.

    Candidates come in blocks, in order; a cost of infinity is never kept.
    """

    def __init__(self, queries: int, k: int) -> None:
        self._k = k
        self.costs: Floats = np.full((queries, k), np.inf)
        """Ascending, (Q, k); infinite where there are fewer candidates."""
        self.places: Places = np.full((queries, k), -1)
        """Of the candidates, counted over all blocks, (Q, k); -1 where there are fewer."""

    def offer(self, queries: slice, costs: Floats, start: int) -> None:
        """Weigh the candidates from `start` on, at `costs` (queries, block)."""
        kept = self.costs[queries]
        better = costs < kept[:, -1:]  # an equal one that comes later stays behind
        if not better.any():
            return
        if costs.shape[1] > self._k:
            better &= costs <= np.partition(costs, self._k - 1, axis=1)[:, self._k - 1 : self._k]
        rows, columns = np.nonzero(better)
        self._merge(queries, np.unique(rows), rows, columns + start, costs[rows, columns])

    def _merge(
        self, queries: slice, changed: Places, rows: Places, places: Places, costs: Floats
    ) -> None:
        """Take up candidates, one entry each, of the `changed` rows; the kept ones compete."""
        old_costs, old_places = self.costs[queries], self.places[queries]
        rows = np.concatenate([np.repeat(changed, self._k), rows])
        costs = np.concatenate([old_costs[changed].ravel(), costs])
        places = np.concatenate([old_places[changed].ravel(), places])
        order = np.lexsort((places, costs, rows))
        first = np.searchsorted(rows[order], changed)
        chosen = order[first[:, None] + np.arange(self._k)]
        old_costs[changed] = costs[chosen]
        old_places[changed] = places[chosen]
