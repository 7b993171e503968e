"""Sparsity of each layer, or another of its metrics, as bars in order of execution."""

from __future__ import annotations

import itertools

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.base.table import Table
from engine.contracts.events import LayerDone
from engine.contracts.layer_names import role_name, short_name
from engine.contracts.metrics import value_text
from studio.charts.axes import LayerAxis, PercentAxis
from studio.charts.bars import Bars
from studio.charts.bounds import Bounds, finite_bounds
from studio.charts.controls import readout_text, swatch_row
from studio.charts.layerframe import LayerFrame
from studio.charts.legend import Entry
from studio.charts.stroke import Stroke
from studio.engine_words import metric_name
from studio.kit.combo import Choice
from studio.kit.theme import color, theme

FIRST = "sparsity"


class LayersChart(LayerFrame):
    """One bar a layer, colored by its role; the metric can be chosen. A click picks the layer."""

    def __init__(self, parent: QWidget) -> None:
        self._bars: dict[str, Bars] = {}
        self._left_axis, self._bottom_axis = PercentAxis("left"), LayerAxis("bottom", self.tr("Layer"))
        super().__init__(
            self.tr("Sparsity per layer"),
            (self.tr("No layers yet"), self.tr("Each layer appears here when a block has finished it.")),
            (self._bottom_axis, self._left_axis),
            parent,
            log_y=True,
        )
        self._picked = False
        self._metric = Choice(self.tr("Metric"), self, tip=self.tr("Layer metric shown"))
        self._metric.activated.connect(self._on_metric)
        self.add_box(self._metric)
        self._mark = pg.LinearRegionItem(movable=False, pen=pg.mkPen(None))
        self._mark.setZValue(-5)
        self._mark.hide()
        self.plot.addItem(self._mark, ignoreBounds=True)

    def shown_metric(self) -> str:
        """The name of the metric shown."""
        return self._metric.value or FIRST

    def choose(self, metric: str) -> None:
        """Show this metric, as choosing it in the box does."""
        self._metric.choose(metric)
        self._on_metric()

    def shown(self) -> list[tuple[int, LayerDone]]:
        """Position and layer, of those that have the metric and whose role is not hidden."""
        metric, events = self.shown_metric(), self.events()
        roles = {role_name(event.layer) for event in events}
        seen = {role for role in roles if self.legend.is_shown(role)}
        return [
            (index, event)
            for index, event in enumerate(events)
            if metric in event.metrics and role_name(event.layer) in seen
        ]

    def draw(self) -> bool:
        """See `ChartFrame`."""
        events = self.events()
        if not events:
            return False
        self._offer(events)
        roles = list(dict.fromkeys(role_name(event.layer) for event in events))
        palette = theme().tokens.chart
        colors = {role: palette[index % len(palette)] for index, role in enumerate(roles)}
        self.legend.set_entries([Entry(role, role, Stroke(colors[role])) for role in roles])
        self._bottom_axis.show_layers([event.layer for event in events])
        shown = self.shown()
        self._floor = self._bar_floor(shown)
        metric = self.shown_metric()
        pairs: dict[str, list[tuple[int, float]]] = {role: [] for role in roles}
        for index, event in shown:
            pairs[role_name(event.layer)].append((index, event.metrics[metric]))
        for role in dict.fromkeys((*roles, *self._bars)):  # those of roles that are gone stay: putting one in is dear
            self._draw_bars(role, colors.get(role, palette[0]), pairs.get(role, []))
        self._draw_mark(events)
        return True

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        shown = self.shown()
        heights = np.array([event.metrics[self.shown_metric()] for _, event in shown], dtype=float)
        extent = finite_bounds(np.array([float(index) for index, _ in shown]), self.scaled_y(heights))
        if extent is None:
            return None
        low, high = extent.bottom, extent.top
        if not self.log_y.isChecked():
            low, high = min(0.0, low), max(0.0, high)
        last = max(event.count for event in self.events()) - 0.5  # with those to come: the range need not move for them
        return Bounds(-0.5, last, low, high if high > low else low + (0.01 if self._left_axis.percent else 1.0))

    def table(self) -> Table:
        """Layer and metric, as shown."""
        metric = self.shown_metric()
        return Table(("layer", metric), [(event.layer, event.metrics[metric]) for _, event in self.shown()])

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The layer under the mouse with all its metrics."""
        events = self.events()
        if not -0.5 <= x < len(events) - 0.5:
            return None
        event = events[round(x)]
        rows = [swatch_row("", metric_name(name), value_text(name, value)) for name, value in event.metrics.items()]
        return float(round(x)), readout_text(short_name(event.layer), rows)

    def clicked(self, x: float, y: float) -> None:
        """Pick the layer."""
        events = self.events()
        if -0.5 <= x < len(events) - 0.5:
            self.selected.emit(events[round(x)].layer)

    def restyle(self) -> None:
        """See `ChartFrame`."""
        for bar in self._bars.values():
            self.plot.removeItem(bar)
        self._bars.clear()
        super().restyle()

    def _offer(self, events: list[LayerDone]) -> None:
        """Put the metrics there are in the box, sparsity first."""
        names = list(dict.fromkeys(itertools.chain.from_iterable(event.metrics for event in events)))
        names.sort(key=lambda name: name != FIRST)
        if self._metric.offer((name, metric_name(name)) for name in names):
            self._label()
        if not self._picked:
            telling = (
                n for n in names if any(event.metrics.get(n) for event in events)
            )  # not one that is 0 everywhere
            if self._metric.choose(next(telling, names[0] if names else FIRST)):
                self._label()

    def _label(self) -> None:
        self._left_axis.show_metric(self.shown_metric())
        self.set_title(self.tr("{0} per layer").format(metric_name(self.shown_metric())))

    def _on_metric(self) -> None:
        self._picked = True
        self._label()
        self.redraw()
        self.reset_zoom()

    def _bar_floor(self, shown: list[tuple[int, LayerDone]]) -> float:
        if not self.log_y.isChecked():
            return 0.0
        heights = self.scaled_y(np.array([event.metrics[self.shown_metric()] for _, event in shown], dtype=float))
        good = heights[np.isfinite(heights)]
        return float(good.min()) - 0.5 if good.size else 0.0

    def _draw_bars(self, role: str, color: str, pairs: list[tuple[int, float]]) -> None:
        x = np.array([float(index) for index, _ in pairs])
        y = self.scaled_y(np.array([value for _, value in pairs], dtype=float))
        good = np.isfinite(y)
        if role not in self._bars:
            self._bars[role] = Bars()
            self.plot.addItem(self._bars[role])
        x, y = x[good], y[good]
        self._bars[role].show_bars(x - 0.4, x + 0.4, y, self._floor, QColor(color))

    def _draw_mark(self, events: list[LayerDone]) -> None:
        index = next((i for i, event in enumerate(events) if event.layer == self.layer), None)
        self._mark.setVisible(index is not None)
        if index is not None:
            self._mark.setRegion((index - 0.5, index + 0.5))
            self._mark.setBrush(color("accent", 0.25))
