"""The Pareto front of results: those that no other beats in size and quality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = Sequence[tuple[float, float]] | NDArray[np.float64]
"""(x, y) of each."""


def front(points: Points, *, higher: bool = False) -> list[int]:
    """Indices of the points that no other beats in both, from the smallest x on. ``higher``: a larger y is better."""
    if not len(points):
        return []
    x, y = np.asarray(points, dtype=np.float64).T
    good = y if higher else -y
    order = np.lexsort((-good, x))
    before = np.concatenate(([-np.inf], np.fmax.accumulate(good[order])[:-1]))
    return [int(index) for index in order[good[order] > before]]
