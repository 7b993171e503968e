"""The Pareto front of results: those that no other beats in size and quality."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def front(points: ArrayLike, *, higher: bool = False) -> list[int]:
    """Indices of the points that no other beats in both, from the smallest x on. ``higher``: a larger y is better.
    ``points``: (n, 2), x and y of each."""
    x, y = np.asarray(points, dtype=np.float64).reshape(-1, 2).T
    good = y if higher else -y
    order = np.lexsort((-good, x))
    before = np.fmax.accumulate(np.concatenate(([-np.inf], good[order])))[:-1]
    return [int(index) for index in order[good[order] > before]]
