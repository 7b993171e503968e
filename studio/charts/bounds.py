"""Bounds of charts: the rectangle that a plot shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Bounds(NamedTuple):
    """The rectangle that holds all that is shown, in plotted coordinates (logarithms on a log axis)."""

    left: float
    right: float
    bottom: float
    top: float


def finite_bounds(xs: Values, ys: Values) -> Bounds | None:
    """The bounds of the finite points, None if there are none."""
    good = np.isfinite(xs) & np.isfinite(ys)
    if not good.any():
        return None
    x, y = xs[good], ys[good]
    return Bounds(float(x.min()), float(x.max()), float(y.min()), float(y.max()))


def with_room(bounds: Bounds, *, left: float, right: float, bottom: float, top: float) -> Bounds:
    """Wider on each side by a share of the width or height, for labels; some room around a single point too."""
    width = bounds.right - bounds.left or abs(bounds.right) * 0.2 or 1.0
    height = bounds.top - bounds.bottom or abs(bounds.top) * 0.2 or 1.0
    return Bounds(
        bounds.left - left * width,
        bounds.right + right * width,
        bounds.bottom - bottom * height,
        bounds.top + top * height,
    )


def union(bounds: list[Bounds | None]) -> Bounds | None:
    """The bounds of all that are not None."""
    sides = list(zip(*(box for box in bounds if box is not None), strict=True))
    return Bounds(min(sides[0]), max(sides[1]), min(sides[2]), max(sides[3])) if sides else None


def log10(values: Values) -> Values:
    result = np.full(values.shape, np.nan)
    np.log10(values, out=result, where=values > 0)
    return result
