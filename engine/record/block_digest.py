"""Events of a block, reduced to what can be seen at a glance. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from engine.contracts.events import Curve, Event, Grid, Histogram, LayerDone, Metric

Kind = Literal["loss", "spectrum", "histogram", "density", "kurtosis"]
MOST_POINTS = 128
"""Points of a curve that are kept: more cannot be seen at a glance."""
BINS = 41
"""Bins of the weights of all layers together, from minus to plus each layer's largest weight."""
MOST_BARS = 24
PREFERRED: dict[str, tuple[Kind, ...]] = {
    "quantization": ("kurtosis", "histogram", "loss"),
    "pruning": ("density", "loss", "histogram"),
    "low_rank": ("spectrum", "histogram", "loss"),
}
"""Kinds of charts that say most about a method, by its family; for all others it is the loss."""
LOSSES = ("loss/train", "loss")
"""Endings of the names of what a training makes smaller; the name of a round may stand before it."""
SPECTRUM = "Singular values"
KURTOSIS = "Kurtosis"


@dataclass(frozen=True)
class Glance:
    """``values`` over equal steps, from left to right; ``before`` the same of the source, where there is such a thing.

    Attributes
    ----------
    kind: "loss" of a training, "spectrum" of singular values (logarithms to base 10), "histogram" of all weights
        (shares of bins), "density" (shares of weights that stay, by layer), "kurtosis" (by layer).
    """

    kind: Kind
    values: tuple[float, ...]
    before: tuple[float, ...] = ()


class BlockDigest:
    """Takes the events of one block in. What it keeps does not grow with the length of a training."""

    def __init__(self) -> None:
        self.loss = _Thinned()
        self._histograms: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {}
        self._density: dict[str, tuple[int, float]] = {}
        self._spectra: dict[tuple[str, str], tuple[float, ...]] = {}
        self._kurtosis: dict[str, tuple[float, ...]] = {}

    def take(self, event: Event) -> None:
        """Take in one event of the block."""
        if isinstance(event, Metric):
            if event.name.endswith(LOSSES) and math.isfinite(event.value):
                self.loss.add(event.value)
        elif isinstance(event, LayerDone):
            self._take_layer(event)
        elif isinstance(event, Curve):
            if event.chart.startswith(SPECTRUM):
                self._spectra[event.chart, event.series] = event.y
        elif isinstance(event, Grid) and event.chart == KURTOSIS:
            self._kurtosis[event.series] = tuple(_mean(row) for row in event.values)

    def glance(self, family: str, *, running: bool) -> Glance | None:
        """The chart that fits the method and has data; while it trains, its loss."""
        preferred = PREFERRED.get(family, ("loss", "histogram"))
        charts: dict[Kind, Callable[[], Glance | None]] = {
            "loss": self._loss,
            "histogram": self._weights,
            "density": self._mask,
            "spectrum": self._spectrum,
            "kurtosis": self._kurtoses,
        }
        order = dict.fromkeys(("loss", *preferred) if running else (*preferred, *charts))
        return next((chart for kind in order if (chart := charts[kind]()) is not None), None)

    def _take_layer(self, event: LayerDone) -> None:
        if event.before is not None and event.after is not None:
            self._histograms[event.layer] = (_rebinned(event.before), _rebinned(event.after))
        if "sparsity" in event.metrics:
            self._density[event.layer] = (event.index, 1.0 - event.metrics["sparsity"])

    def _loss(self) -> Glance | None:
        values = self.loss.values
        return Glance("loss", tuple(values)) if len(values) > 1 else None

    def _weights(self) -> Glance | None:
        if not self._histograms:
            return None
        before, after = (
            tuple(map(sum, zip(*sides, strict=True))) for sides in zip(*self._histograms.values(), strict=True)
        )
        return Glance("histogram", after, before)

    def _mask(self) -> Glance | None:
        stays = [share for _, share in sorted(self._density.values())]
        if not any(share < 1.0 for share in stays):
            return None
        return Glance("density", _fewer(stays))

    def _spectrum(self) -> Glance | None:
        longest = max(map(len, self._spectra.values()), default=0)
        rows = [values for values in self._spectra.values() if len(values) == longest]
        if longest < 2:
            return None
        values = tuple(_mean(math.log10(max(v, 1e-8)) for v in column) for column in zip(*rows, strict=True))
        return Glance("spectrum", values)

    def _kurtoses(self) -> Glance | None:
        if len(self._kurtosis) < 2:
            return None
        series = list(self._kurtosis.values())
        return Glance("kurtosis", _fewer(series[-1]), _fewer(series[0]))


class _Thinned:
    """A curve of any length in a bounded number of points: every second one goes when there are too many."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self._every = 1
        self._seen = 0

    def add(self, value: float) -> None:
        if self._seen % self._every == 0:
            self.values.append(value)
        self._seen += 1
        if len(self.values) > MOST_POINTS:
            self.values = self.values[::2]
            self._every *= 2


def _rebinned(histogram: Histogram) -> tuple[float, ...]:
    """Shares of weights in `BINS` bins between minus and plus the largest weight of the layer."""
    reach = max(abs(histogram.low), abs(histogram.high))
    total, count = sum(histogram.counts), len(histogram.counts)
    bins = [0.0] * BINS
    if not reach or not total:
        return tuple(bins)
    wide = (histogram.high - histogram.low) / count
    for index, number in enumerate(histogram.counts):
        if number:
            middle = (histogram.low + (index + 0.5) * wide) / reach
            bins[min(BINS - 1, max(0, int((middle + 1) / 2 * BINS)))] += number / total
    return tuple(bins)


def _fewer(values: Iterable[float]) -> tuple[float, ...]:
    """At most `MOST_BARS` values: means of neighbors."""
    every = list(values)
    group = math.ceil(len(every) / MOST_BARS) or 1
    return tuple(_mean(every[start : start + group]) for start in range(0, len(every), group))


def _mean(values: Iterable[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else 0.0
