"""What the charts show of a run: events sorted into curves, layers and memory. No Qt in here."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from engine.contracts.events import Curve, Event, Grid, LayerDone, Memory, Metric
from studio.charts.moments import Moments
from studio.charts.ring import Series

Kind = Literal["metrics", "layers", "memory", "plots"]
PlotKey = tuple[str, str]
"""Block and title of a plot of a method's own."""
MEMORY_FIELDS = ("process", "process_peak", "device", "device_peak")


class RunData:
    """Everything charted of one run; events of other runs are ignored, so that late ones do no harm.

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
        kept = set(blocks)
        self.metrics |= {key: series for key, series in former.metrics.items() if key[0] in kept}
        self.layers |= {block: layers for block, layers in former.layers.items() if block in kept}
        self.moments |= {block: moments for block, moments in former.moments.items() if block in kept}

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

    def ordered_layers(self, block: str, moment: int | None = None) -> list[LayerDone]:
        """The layers of a block in order of execution, as they were at that moment, or last."""
        layers = self.layers if moment is None or block not in self.moments else {block: self.moments[block].at(moment)}
        return sorted(layers.get(block, {}).values(), key=lambda event: event.index)


def _with_histograms(event: LayerDone, known: LayerDone | None) -> LayerDone:
    """What is reported of a layer later may say less: what was seen while it was trained stays."""
    if known is None or event.before or event.after:
        return event
    return replace(event, metrics={**known.metrics, **event.metrics}, before=known.before, after=known.after)


@functools.lru_cache(1 << 14)
def short_name(layer: str) -> str:
    """``model.layers.3.mlp.down_proj`` -> ``3.mlp.down_proj``; a name without a number stays as it is."""
    found = re.search(r"(?:^|\.)(\d+\..+)", layer)
    return found.group(1) if found else layer


@functools.lru_cache(1 << 14)
def role_name(layer: str) -> str:
    """The last word of a module's name, without what they all end in: ``down``."""
    return layer.rsplit(".", 1)[-1].removesuffix("_proj")


@functools.lru_cache(1 << 14)
def layer_number(layer: str) -> int | None:
    """Which decoder layer a module lies in, None outside of them."""
    found = re.search(r"(?:^|\.)(\d+)\.", layer)
    return int(found.group(1)) if found else None


def tick_name(layer: str) -> str:
    """``model.layers.3.mlp.down_proj`` -> ``3 down``: short enough for an axis."""
    number = layer_number(layer)
    return short_name(layer) if number is None else f"{number} {role_name(layer)}"
