"""An inspection as charts: one metric over the layers, a curve for each role; and its layers as the live charts take
them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from engine.contracts.events import LayerDone
from engine.contracts.metrics import value_text
from engine.record.curves import Series
from engine.record.run_data import RunData
from studio.charts.axes import Axis, CountAxis, PercentAxis
from studio.charts.curves import Curve, SeriesChart
from studio.charts.stroke import Stroke
from studio.engine_words import metric_name
from studio.inspector.model import PLOTTED
from studio.kit.combo import Choice
from studio.kit.theme import theme

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection, LayerStatistics

SHORT = {"nf4": "NF4", "fp4_e2m1": "FP4", "fp4": "FP4 bnb", "nvfp4": "NVFP4", "mxfp4": "MXFP4", "int4": "int4"}
"""Short names of the formats."""


class Inspected(RunData):
    """The layers as if a run had just reported them, for the charts of distributions; they lie in block "". Each is
    made when somebody looks at it: models of experts have thousands."""

    def __init__(self, inspection: Inspection) -> None:
        super().__init__(inspection.model)
        self._rows = inspection.layers
        self._places = {row.name: index for index, row in enumerate(self._rows)}

    def layer(self, block: str, layer: str, moment: int | None = None) -> LayerDone | None:
        index = self._places.get(layer)
        return None if index is None or block else self._event_of(index)

    def layer_names(self, block: str) -> list[str]:
        return [] if block else list(self._places)

    def ordered_layers(self, block: str, moment: int | None = None) -> list[LayerDone]:
        return [] if block else list(map(self._event_of, self._places.values()))

    @property
    def has_histograms(self) -> bool:
        return bool(self._rows)

    def _event_of(self, index: int) -> LayerDone:
        row = self._rows[index]
        return LayerDone(
            run=self.run or "",
            layer=row.name,
            index=index,
            count=len(self._rows),
            metrics={},
            before=row.reference,
            after=row.histogram,
        )


class _Places:
    """Layers of one role in the order of their numbers; several modules in one layer (experts) stand side by side."""

    def __init__(self, rows: Iterable[LayerStatistics]) -> None:
        self.rows = sorted((row for row in rows if row.layer is not None), key=attrgetter("layer"))
        layers = np.array([row.layer for row in self.rows], dtype=float)
        _, first, counts = np.unique(layers, return_index=True, return_counts=True)
        number = np.arange(len(layers)) - np.repeat(first, counts)
        self.x = layers + 0.8 * number / np.repeat(counts, counts)

    def series(self, metric: str) -> Series:
        """A metric of them, where it is known and finite."""
        series, y = Series(), np.array(list(map(attrgetter(metric), self.rows)), dtype=float)
        finite = np.isfinite(y)
        series.extend(self.x[finite], y[finite])
        return series


def layer_series(rows: Iterable[LayerStatistics], metric: str) -> Series:
    """A metric over the number of the layer."""
    return _Places(rows).series(metric)


class MetricChart(SeriesChart):
    """One metric over the layers, a curve for each role."""

    x_name = "layer"
    symbols = True

    def __init__(self, parent: QWidget) -> None:
        self._rows: tuple[LayerStatistics, ...] = ()
        self._roles: dict[str, _Places] = {}
        self._series: dict[str, Series] = {}
        """Of the metric shown, by role."""
        self._left_axis = PercentAxis("left")
        super().__init__(
            self.tr("By layer"),
            (self.tr("Nothing to plot"), self.tr("No layer has a value for this metric.")),
            (CountAxis("bottom", self.tr("Layer")), self._left_axis),
            parent,
            log_y=True,
        )
        self.follow.hide()
        self._box = Choice(self.tr("Metric"), self)
        self._box.activated.connect(self._on_metric)
        self.add_box(self._box)

    def show_rows(self, inspection: Inspection, measured: Collection[str]) -> None:
        """Show other layers; only metrics that were ``measured`` are offered."""
        self._rows = inspection.layers
        by_role: dict[str, list[LayerStatistics]] = {}
        for row in self._rows:
            if row.layer is not None:
                by_role.setdefault(row.role, []).append(row)
        self._roles = {role: _Places(rows) for role, rows in by_role.items()}
        self._box.offer((name, metric_name(name)) for name in PLOTTED if name in measured)
        self._on_metric()

    def shown_metric(self) -> str:
        """The metric shown."""
        return self._box.value or PLOTTED[0]

    def choose(self, metric: str) -> None:
        """Show this metric if it was measured."""
        if self._box.choose(metric):
            self._on_metric()

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        palette = theme().tokens.chart
        curves = []
        for index, (role, series) in enumerate(self._series.items()):
            if len(series):
                dashed = index >= len(palette)
                curves.append(Curve(role, role, series, Stroke(palette[index % len(palette)], dashed)))
        return curves

    def value_text(self, value: float) -> str:
        """See `SeriesChart`."""
        return value_text(self.shown_metric(), value)

    def clicked(self, x: float, y: float) -> None:
        """Pick the module whose point is nearest on screen."""
        across, up = self.plot.getViewBox().viewPixelSize()
        best, name = math.inf, ""
        for curve in self.shown():
            index = curve.series.nearest(x)
            at_y = float(self.scaled_y(np.array([curve.series.y[index]]))[0])
            distance = ((curve.series.x[index] - x) / across) ** 2 + ((at_y - y) / up) ** 2
            if distance < best:
                best = distance
                rows = [r for r in self._rows if r.role == curve.key and r.layer == int(curve.series.x[index])]
                name = rows[0].name if rows else name
        if name:
            self.selected.emit(name)

    def _on_metric(self) -> None:
        self._left_axis.show_metric(self.shown_metric())
        self.set_title(self.tr("{0} by layer").format(metric_name(self.shown_metric())))
        self._series = {role: places.series(self.shown_metric()) for role, places in self._roles.items()}
        self.touch()
        if self.isVisible():
            self.redraw()
        self.reset_zoom()


class CodesChart(SeriesChart):
    """Histogram over the 16 values of each 4-bit format in a layer, with the error of each format."""

    x_name = "value"
    symbols = True

    def __init__(self, parent: QWidget) -> None:
        self._shown_row: LayerStatistics | None = None
        super().__init__(
            self.tr("Use of the 4-bit code values"),
            (self.tr("Nothing to plot"), self.tr("The weights are all zero or not finite.")),
            (Axis("bottom", self.tr("Value / block maximum")), PercentAxis("left", self.tr("Fraction of weights"))),
            parent,
            log_y=True,
        )
        self.follow.hide()

    def show_row(self, row: LayerStatistics | None) -> None:
        """Show another layer."""
        self._shown_row = row
        self.touch()

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        curves = []
        for (form, short), color in zip(SHORT.items(), theme().tokens.chart, strict=False):
            fit = None if self._shown_row is None else self._shown_row.four_bit.get(form)
            if fit is None:
                continue
            series = Series()
            for value, share in _merged(fit.values, fit.shares):
                series.append(value, share)
            name = self.tr("{0}: error {1}").format(short, value_text("error", fit.error))
            curves.append(Curve(form, name, series, Stroke(color)))
        return curves

    def value_text(self, value: float) -> str:
        """See `SeriesChart`."""
        return value_text("sparsity", value)


def _merged(values: tuple[float, ...], shares: tuple[float, ...]) -> list[tuple[float, float]]:
    """Values with their shares; FP4's two zeros are one."""
    counts: dict[float, float] = {}
    for value, share in zip(values, shares, strict=True):
        counts[value] = counts.get(value, 0.0) + share
    return list(counts.items())
