"""Data of a run: its events sorted into curves, layers, plots and memory, while it goes on or from its log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from engine.contracts.events import Curve, Event, Grid, LayerDone, Memory, Metric
from engine.contracts.metrics import metric_group
from engine.record.curves import Series

Kind = Literal["metrics", "layers", "memory", "plots"]
PlotKey = tuple[str, str]
"""Block and title of a plot of a method's own."""
MEMORY_FIELDS = ("process", "process_peak", "device", "device_peak")
FIRST = ("loss", "perplexity", "accuracy", "learning rate")
LAST = ("gradient norm", "tokens per second")
"""Charts that stand before and after those of a method's own."""
MOST = 120
"""Moments that are kept of a block; past that each two become one."""


class Moments:
    """Layers of a block in the midst of its training, by step. A moment is one look at some of them, or several looks
    that were made one."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        """The step of each moment, in the order of time: trainings of one block begin again at 0."""
        self._seen: dict[str, list[tuple[int, LayerDone]]] = {}

    def take(self, event: LayerDone) -> None:
        """Add a look at one layer. Events without a step are ignored."""
        if event.step is None:
            return
        if not self.steps or event.step != self.steps[-1]:
            if len(self.steps) >= MOST:
                self._halve()
            self.steps.append(event.step)
        self._seen.setdefault(event.layer, []).append((len(self.steps) - 1, event))

    def at(self, moment: int) -> dict[str, LayerDone]:
        """Each layer as it was last seen by then; those that were not seen yet are left out."""
        events = {layer: self.layer(layer, moment) for layer in self._seen}
        return {layer: event for layer, event in events.items() if event is not None}

    def layer(self, layer: str, moment: int) -> LayerDone | None:
        """One of them."""
        return next((event for number, event in reversed(self._seen.get(layer, [])) if number <= moment), None)

    def _halve(self) -> None:
        """Make one of each two moments: a layer that was seen in either stays, as it was later."""
        self.steps = self.steps[1::2] + (self.steps[-1:] if len(self.steps) % 2 else [])
        for layer, seen in self._seen.items():
            halved = [(number // 2, event) for number, event in seen]
            newest = [one for one, other in pairwise(halved) if one[0] != other[0]]
            self._seen[layer] = [*newest, halved[-1]]


class RunData:
    """All that one run told so far; events of other runs are ignored, so that late ones do no harm.

    Attributes
    ----------
    metrics: (block, name) -> its curve over steps, in order of appearance.
    layers: block -> layer name -> the last event of that layer.
    moments: block -> its layers as they were in the midst of a training.
    plots: block and title -> series -> the last curve or grid of it.
    memory: field of `Memory` -> its curve over seconds since the first record.
    """

    def __init__(self, run: str | None = None) -> None:
        self.run = run
        self.metrics: dict[tuple[str, str], Series] = {}
        self.layers: dict[str, dict[str, LayerDone]] = {}
        self.moments: dict[str, Moments] = {}
        self.memory: dict[str, Series] = {}
        self.plots: dict[PlotKey, dict[str, Curve | Grid]] = {}
        self._start: float | None = None

    def carry(self, former: RunData, blocks: Iterable[str]) -> None:
        """Begin with what these blocks had told in a former run: a training that is taken up there goes on with its
        curves (and replaces what it does again)."""
        chosen = set(blocks)
        self.metrics |= {key: series for key, series in former.metrics.items() if key[0] in chosen}
        self.layers |= {block: layers for block, layers in former.layers.items() if block in chosen}
        self.moments |= {block: moments for block, moments in former.moments.items() if block in chosen}

    def take(self, events: Iterable[Event]) -> set[Kind]:
        """Sort events in; tells what changed."""
        changed: set[Kind] = set()
        for event in events:
            if event.run != self.run:
                continue
            block = event.block or ""
            if isinstance(event, Metric):
                self.metrics.setdefault((block, event.name), Series()).append(event.step, event.value)
                changed.add("metrics")
            elif isinstance(event, LayerDone):
                layers = self.layers.setdefault(block, {})
                layers[event.layer] = _with_histograms(event, layers.get(event.layer))
                self.moments.setdefault(block, Moments()).take(event)
                changed.add("layers")
            elif isinstance(event, Curve | Grid):
                self.plots.setdefault((block, event.chart), {})[event.series] = event
                changed.add("plots")
            elif isinstance(event, Memory):
                self._remember(event)
                changed.add("memory")
        return changed

    def _remember(self, event: Memory) -> None:
        if self._start is None:
            self._start = event.time
        for name in MEMORY_FIELDS:
            value = getattr(event, name)
            if value is not None:
                self.memory.setdefault(name, Series()).append(event.time - self._start, value)

    def layer(self, block: str, layer: str, moment: int | None = None) -> LayerDone | None:
        """One layer of a block as it was at that moment, or last; None where it was not seen by then."""
        if moment is not None and block in self.moments:
            return self.moments[block].layer(layer, moment)
        return self.layers.get(block, {}).get(layer)

    def layer_names(self, block: str) -> list[str]:
        """Names of the layers of a block in order of execution."""
        return [event.layer for event in self.ordered_layers(block)]

    def ordered_layers(self, block: str, moment: int | None = None) -> list[LayerDone]:
        """The layers of a block in order of execution, as they were at that moment, or last."""
        layers = self.layers if moment is None or block not in self.moments else {block: self.moments[block].at(moment)}
        return sorted(layers.get(block, {}).values(), key=lambda event: event.index)

    def metric_groups(self) -> list[str]:
        """The charts that there are metrics for: the loss first, what describes the machine last, others as they
        came."""
        groups = list(dict.fromkeys(metric_group(name) for _, name in self.metrics))
        order = {name: index - len(FIRST) for index, name in enumerate(FIRST)}
        order |= {name: index + 1 for index, name in enumerate(LAST)}
        return sorted(groups, key=lambda group: order.get(group.rpartition(": ")[2].replace("_", " "), 0))

    def newest_loss(self) -> str | None:
        """The loss of the training that began last ("round 2: loss"), None where nothing is trained."""
        groups = [metric_group(name) for _, name in self.metrics]
        return next((group for group in reversed(groups) if group.rpartition(": ")[2] == "loss"), None)

    @property
    def has_histograms(self) -> bool:
        """True if the distribution of any layer was told."""
        return any(event.before or event.after for layers in self.layers.values() for event in layers.values())


def _with_histograms(event: LayerDone, former: LayerDone | None) -> LayerDone:
    """A later report on a layer with the histograms of an earlier one where it has none itself."""
    if former is None or event.before or event.after:
        return event
    return replace(event, metrics={**former.metrics, **event.metrics}, before=former.before, after=former.after)
