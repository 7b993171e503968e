"""The Pareto front of results: those that no other beats in size and quality."""

from __future__ import annotations

import math
from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]], *, higher: bool = False) -> list[int]:
    """Indices of the points that no other beats in both, from the smallest x on. ``higher``: a larger y is better."""
    best, front = -math.inf, []
    for index in sorted(range(len(points)), key=lambda i: (points[i][0], -_good(points[i][1], higher))):
        good = _good(points[index][1], higher)
        if good > best:
            best = good
            front.append(index)
    return front


def _good(value: float, higher: bool) -> float:
    return value if higher else -value
