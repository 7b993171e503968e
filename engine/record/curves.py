"""The points of one curve that a run told: growing arrays with decimated levels, so that long ones draw fast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BUCKET = 8
"""Points of a level from which the next level keeps the lowest and the highest: each level is a quarter of the last."""
LEVELS = 10
Points = tuple[NDArray[np.float64], NDArray[np.float64]]


class _Level:
    """Points in preallocated arrays that double when full; ``used`` of them went into the next level."""

    def __init__(self) -> None:
        self.x = np.empty(256)
        self.y = np.empty(256)
        self.size = 0
        self.used = 0

    def extend(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        end = self.size + len(x)
        if end > len(self.x):
            room = max(end, 2 * len(self.x))
            self.x = np.concatenate([self.x[: self.size], np.empty(room - self.size)])
            self.y = np.concatenate([self.y[: self.size], np.empty(room - self.size)])
        self.x[self.size : end] = x
        self.y[self.size : end] = y
        self.size = end

    def extremes(self) -> Points:
        """Of each further full bucket the lowest and the highest point, in order of x; NaN counts as an extreme."""
        count = (self.size - self.used) // BUCKET
        end = self.used + count * BUCKET
        x = self.x[self.used : end].reshape(count, BUCKET)
        y = self.y[self.used : end].reshape(count, BUCKET)
        self.used = end
        picked = np.sort(np.stack([y.argmin(axis=1), y.argmax(axis=1)], axis=1), axis=1)
        return np.take_along_axis(x, picked, 1).ravel(), np.take_along_axis(y, picked, 1).ravel()


class Series:
    """Points (x, y) with x not falling. A point at or before the last x (a run that was taken up again at a
    checkpoint) replaces what came from there on."""

    def __init__(self) -> None:
        self._levels = [_Level()]

    def __len__(self) -> int:
        return self._levels[0].size

    @property
    def x(self) -> NDArray[np.float64]:
        """All x, at full resolution."""
        return self._levels[0].x[: len(self)]

    @property
    def y(self) -> NDArray[np.float64]:
        """All y, at full resolution."""
        return self._levels[0].y[: len(self)]

    def append(self, x: float, y: float) -> None:
        """Add one point."""
        first = self._levels[0]
        if first.size == len(first.x) or (first.size and x <= first.x[first.size - 1]):
            self.extend(np.array([x], dtype=np.float64), np.array([y], dtype=np.float64))
        else:
            first.x[first.size], first.y[first.size] = x, y
            first.size += 1

    def extend(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        """Add many points, their x not falling."""
        if len(self) and len(x) and x[0] <= self.x[-1]:
            keep = int(np.searchsorted(self.x, x[0], side="left"))
            points = self.x[:keep].copy(), self.y[:keep].copy()
            self._levels = [_Level()]
            self._levels[0].extend(*points)
        self._levels[0].extend(x, y)

    def within(self, low: float, high: float) -> Points:
        """All points with ``low`` <= x <= ``high``, at full resolution."""
        span = slice(np.searchsorted(self.x, low, side="left"), np.searchsorted(self.x, high, side="right"))
        return self.x[span], self.y[span]

    def nearest(self, x: float) -> int:
        """Index of the point whose x is nearest; for a series that is not empty."""
        right = min(int(np.searchsorted(self.x, x)), len(self) - 1)
        left = max(right - 1, 0)
        return left if abs(self.x[left] - x) <= abs(self.x[right] - x) else right

    def view(self, low: float, high: float, budget: int) -> Points:
        """The curve between ``low`` and ``high`` and its neighbor on either side, in roughly ``budget`` points at
        most: from the finest level that fits, peaks kept, the newest points always among them."""
        self._cascade()
        for index, level in enumerate(self._levels):
            start = max(0, int(np.searchsorted(level.x[: level.size], low)) - 1)
            end = int(np.searchsorted(level.x[: level.size], high, side="right")) + 1
            if min(end, level.size) - start <= budget or index == len(self._levels) - 1:
                break
        if end < level.size:
            return level.x[start:end], level.y[start:end]
        tails = [(finer.x[finer.used : finer.size], finer.y[finer.used : finer.size]) for finer in self._levels[:index]]
        pieces = [(level.x[start : level.size], level.y[start : level.size]), *reversed(tails)]
        x, y = np.concatenate([x for x, _ in pieces]), np.concatenate([y for _, y in pieces])
        if len(x) and x[-1] < self.x[-1]:  # the newest point need not be an extreme of its bucket
            x, y = np.append(x, self.x[-1]), np.append(y, self.y[-1])
        return x, y

    def _cascade(self) -> None:
        """Bring the decimated levels up to date."""
        for index in range(LEVELS - 1):
            level = self._levels[index]
            if level.size - level.used < BUCKET:
                return
            if index + 1 == len(self._levels):
                self._levels.append(_Level())
            self._levels[index + 1].extend(*level.extremes())
