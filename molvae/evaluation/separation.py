"""How well a score tells two sets of molecules apart."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def roc_auc(usual: Floats, unusual: Floats) -> float:
    """Chance that a random one of `unusual` (M,) scores above a random one of `usual` (N,).

    The area under the ROC curve (Hanley & McNeil 1982); ties count half, and infinite scores
    are the highest. NaN where a set is empty. Raises `ValueError` for a score that is NaN.
    """
    if np.isnan(usual).any() or np.isnan(unusual).any():
        raise ValueError("a score is NaN: leave out what has none")
    if not len(usual) or not len(unusual):
        return float("nan")
    ordered = np.sort(usual)
    below = np.searchsorted(ordered, unusual, side="left")
    at_most = np.searchsorted(ordered, unusual, side="right")
    return float((below + at_most).sum() / (2 * len(usual) * len(unusual)))
