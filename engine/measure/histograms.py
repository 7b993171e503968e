"""Histograms of weights held against each other: shares of their bins, over one range or relative to their reach."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from engine.contracts.events import Histogram


def shares(histogram: Histogram) -> NDArray[np.float64]:
    """Share of the weights in each bin."""
    counts: NDArray[np.float64] = np.asarray(histogram.counts, dtype=np.float64)
    whole = max(float(counts.sum()), 1.0)
    return counts / whole


def edges(histogram: Histogram) -> NDArray[np.float64]:
    """The borders of the bins, one more than there are bins."""
    return np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1)


def over(histogram: Histogram, low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Shares in ``bins`` equal bins of another range that holds the old one; mass is spread evenly in an old bin."""
    if (histogram.low, histogram.high, len(histogram.counts)) == (low, high, bins):
        return shares(histogram)
    cumulated = np.concatenate([[0.0], np.cumsum(shares(histogram))])
    borders = np.linspace(low, high, bins + 1)
    spread: NDArray[np.float64] = np.diff(np.interp(borders, edges(histogram), cumulated))
    return spread


def reach(histogram: Histogram) -> float:
    """The largest |weight| that the histogram can hold."""
    return max(abs(histogram.low), abs(histogram.high)) or 1.0


@functools.lru_cache(maxsize=4096)
def symmetric(histogram: Histogram, bins: int) -> NDArray[np.float64]:
    """Shares in ``bins`` equal bins from -`reach` to +`reach`. Remembered, as maps are drawn often: read only."""
    return over(histogram, -reach(histogram), reach(histogram), bins)


def on_one_range(named: list[tuple[str, Histogram]]) -> list[tuple[str, Histogram]]:
    """The histograms over the range that holds all of them, so that heights of bins can be compared."""
    low, high = min(h.low for _, h in named), max(h.high for _, h in named)
    bins = max(len(h.counts) for _, h in named)
    same = []
    for name, histogram in named:
        counts = over(histogram, low, high, bins) * sum(histogram.counts)
        same.append((name, Histogram(low, high, tuple(int(count) for count in np.rint(counts)))))
    return same
