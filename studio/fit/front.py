"""Plot of file size against predicted loss: the front with its band, uniform formats, what was measured, the plan."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.base.human import bytes_text
from engine.base.table import Table
from engine.contracts.budget import Measurement, Plan, Prediction
from engine.fit.front import Point
from engine.fit.size import rounded_up
from engine.fit.words import loss_text
from studio.charts.axes import Axis, BytesAxis
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds, Values, finite_bounds, union
from studio.charts.controls import readout_text, swatch_row
from studio.charts.labels import place_labels
from studio.charts.legend import Entry
from studio.charts.stroke import Stroke
from studio.kit.theme import color, font, theme

NEAR = 16
"""Pixels within which a point is meant by the mouse."""
DEEPEST = 1e-4
"""Losses below this share of the largest are not worth the room that a logarithmic axis gives them."""
OBSTACLES = 8
"""Every so many points of the front keep labels away from the line."""


class NatsAxis(Axis):
    """Nats in plain decimals: exponents are wider than the axis."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """See `Axis`."""
        if not self.logMode:
            return super().tickStrings(values, scale, spacing)
        return [f"{10.0**value:.{min(max(0, -math.floor(value + 1e-9)), 7)}f}" for value in values]


class FrontChart(ChartFrame):
    """A click chooses the size under the mouse. The mark of the plan moves without anything else being drawn."""

    size_chosen = Signal(int)
    """Bytes that were clicked."""

    def __init__(self, parent: QWidget) -> None:
        self._front: Sequence[Point] = ()
        self._uniform: Sequence[Point] = ()
        self._measured: Sequence[Measurement] = ()
        self._plan: Plan | None = None
        self._labels: list[pg.TextItem] = []
        super().__init__(
            self.tr("Size and predicted loss"),
            (self.tr("No plan yet"), self.tr("Predicted loss for each file size appears here.")),
            (BytesAxis("bottom", self.tr("File size")), NatsAxis("left", self.tr("KL divergence (nats a token)"))),
            parent,
            log_x=True,
            log_y=True,
        )
        self.follow.hide()
        for switch, axis in ((self.log_x, self.bottom), (self.log_y, self.left)):
            switch.setChecked(True)
            axis.setLogMode(True)
        self._low, self._high = pg.PlotCurveItem(pen=None), pg.PlotCurveItem(pen=None)
        self._band = pg.FillBetweenItem(self._low, self._high)
        self._line = pg.PlotCurveItem()
        self._points = pg.ScatterPlotItem(pxMode=True)
        self._dots = pg.ScatterPlotItem(pxMode=True)
        self._mark = pg.InfiniteLine(angle=90, movable=False)
        self._mark.setZValue(20)
        self._here = pg.ScatterPlotItem(pxMode=True)
        self._here.setZValue(21)
        for item in (self._low, self._high, self._band, self._line, self._points, self._dots, self._mark, self._here):
            self.plot.addItem(item, ignoreBounds=True)
        for moved in (self.plot.getViewBox().sigRangeChanged, self.plot.getViewBox().sigResized):
            moved.connect(self._place_labels)

    # -- what is shown ------------------------------------------------------------------------------------------------
    def show_front(self, front: Sequence[Point], uniform: Sequence[Point], measured: Sequence[Measurement]) -> None:
        """Another problem, or other locks."""
        fresh = not self._front
        self._front, self._uniform, self._measured = front, uniform, measured
        if fresh:
            self._ranged_at = 0.0
            self.follow.setChecked(True)
        self.touch()
        self.refresh()

    def show_plan(self, plan: Plan) -> None:
        """Move the mark to a plan."""
        self._plan = plan
        self._draw_mark()
        self.plot.viewport().update()  # by itself Qt leaves the old mark where it and the crosshair moved in one turn

    # -- drawing ------------------------------------------------------------------------------------------------------
    def draw(self) -> bool:
        """See `ChartFrame`."""
        if not self._front:
            return False
        self.legend.set_entries(self._entries())
        hues = theme().tokens.chart
        x, middle, low, high = self._curve()
        good = np.isfinite(x) & np.isfinite(middle) & np.isfinite(low) & np.isfinite(high)
        shown = self.legend.is_shown("front")
        for item, values in ((self._line, middle), (self._low, low), (self._high, high)):
            item.setData(x[good], values[good])
            item.setVisible(shown)
        self._line.setPen(pg.mkPen(hues[0], width=1))
        self._band.setBrush(pg.mkBrush(color("accent", 0.16)))
        self._band.setVisible(shown)
        self._draw_points()
        self._draw_mark()
        return True

    def _entries(self) -> list[Entry]:
        hues = theme().tokens.chart
        entries = [Entry("front", self.tr("Fit, predicted"), Stroke(hues[0]))]
        if self._uniform:
            entries.append(Entry("uniform", self.tr("Uniform, predicted"), Stroke(hues[1])))
        if self._measured:
            entries.append(Entry("measured", self.tr("Measured"), Stroke(hues[2])))
        return entries

    def _curve(self) -> tuple[Values, Values, Values, Values]:
        """Size, predicted loss and its band, as plotted."""
        predicted = [point.predicted for point in self._front]
        x = self.scaled_x(np.array([point.bytes for point in self._front], dtype=float))
        middle, low, high = (
            self.scaled_y(np.array(values, dtype=float))
            for values in zip(*((p.kl, p.low, p.high) for p in predicted), strict=True)
        )
        return x, middle, low, high

    def _uniform_places(self) -> tuple[Values, Values]:
        x = np.array([point.bytes for point in self._uniform], dtype=float)
        return self.scaled_x(x), self.scaled_y(np.array([point.predicted.kl for point in self._uniform], dtype=float))

    def _measured_places(self) -> tuple[Values, Values]:
        x = np.array([point.bytes for point in self._measured], dtype=float)
        return self.scaled_x(x), self.scaled_y(np.array([point.measured for point in self._measured], dtype=float))

    def _draw_points(self) -> None:
        hues = theme().tokens.chart
        kinds = (
            ("uniform", self._points, self._uniform_places(), "o", hues[1]),
            ("measured", self._dots, self._measured_places(), "d", hues[2]),
        )
        for key, item, (x, y), symbol, hue in kinds:
            good = np.isfinite(x) & np.isfinite(y)
            item.setData(x=x[good], y=y[good], size=9, symbol=symbol, brush=pg.mkBrush(hue), pen=None)
            item.setVisible(self.legend.is_shown(key))
        for label in self._labels:
            self.plot.removeItem(label)
        self._labels = []
        for point in self._uniform if self.legend.is_shown("uniform") else ():
            label = pg.TextItem(point.label, color=color("text"))
            label.setFont(font(-1))
            self.plot.addItem(label, ignoreBounds=True)
            self._labels.append(label)
        self._place_labels()

    def _place_labels(self) -> None:
        x, y = self._uniform_places()
        more, other = self._measured_places()
        line, middle, _, _ = self._curve() if self._front else (np.array([]),) * 4
        xs, ys = np.concatenate([x, more, line[::OBSTACLES]]), np.concatenate([y, other, middle[::OBSTACLES]])
        place_labels(self.plot.getViewBox(), self._labels, xs, ys, beside_curve=True)

    def _draw_mark(self) -> None:
        plan = self._plan
        self._mark.setVisible(plan is not None)
        self._here.setVisible(plan is not None)
        if plan is None:
            return
        x = self.scaled_x(np.array([plan.bytes], dtype=float))
        y = self.scaled_y(np.array([plan.predicted.kl], dtype=float))
        self._mark.setPen(pg.mkPen(color("muted"), width=1, style=Qt.PenStyle.DashLine))
        self._mark.setPos(float(x[0]))
        good = bool(np.isfinite(y[0]))
        self._here.setData(
            x=x if good else [], y=y if good else [], size=12, brush=color("accent"), pen=pg.mkPen(color("text"))
        )

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        if not self._front:
            return None
        x, middle, low, high = self._curve()
        deepest = float(np.nanmax(middle)) + (np.log10(DEEPEST) if self.log_y.isChecked() else -np.inf)
        places = [(x, middle), (x, high), (x, low), self._uniform_places(), self._measured_places()]
        extent = union([finite_bounds(*pair) for pair in places])
        if extent is None:
            return None
        floor = extent.bottom if self.log_y.isChecked() else 0.0
        return extent._replace(bottom=max(floor, deepest), top=float(np.nanmax(high)))

    # -- reading ------------------------------------------------------------------------------------------------------
    def table(self) -> Table:
        """All points with all digits."""
        rows: list[tuple[object, ...]] = [
            (kind, point.label, point.bytes, point.predicted.kl, point.predicted.low, point.predicted.high, None)
            for kind, points in (("front", self._front), ("uniform", self._uniform))
            for point in points
        ]
        rows += [("measured", m.label, m.bytes, m.predicted, None, None, m.measured) for m in self._measured]
        return Table(("kind", "label", "bytes", "predicted", "low", "high", "measured"), rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """A point that is near, else the front at this size."""
        if not self._front:
            return None
        index = self.nearest(x, y, self._measured_places(), NEAR) if self._measured else None
        if index is not None:
            point = self._measured[index]
            rows = [
                swatch_row("", self.tr("size"), bytes_text(point.bytes)),
                swatch_row("", self.tr("measured"), self.tr("{0} nats").format(loss_text(point.measured))),
            ]
            return float(self._measured_places()[0][index]), readout_text(point.label, rows)
        index = self.nearest(x, y, self._uniform_places(), NEAR) if self._uniform else None
        if index is not None:
            return float(self._uniform_places()[0][index]), self._point_text(self._uniform[index])
        plotted = self._curve()[0]
        index = int(np.nanargmin(np.abs(plotted - x)))
        return float(plotted[index]), self._point_text(self._front[index])

    def _point_text(self, point: Point) -> str:
        rows = [
            swatch_row("", self.tr("size"), bytes_text(point.bytes)),
            swatch_row("", self.tr("predicted"), prediction_words(point.predicted)),
        ]
        head = self.tr("Uniform {0}").format(point.label) if point.label else self.tr("Fit")
        return readout_text(head, rows)

    def clicked(self, x: float, y: float) -> None:
        """Choose this size; of a uniform point its own, so that both can be compared."""
        if not self._front:
            return
        index = self.nearest(x, y, self._uniform_places(), NEAR) if self._uniform else None
        size = rounded_up(10.0**x if self.log_x.isChecked() else max(x, 1.0))
        chosen = size if index is None else self._uniform[index].bytes
        self.size_chosen.emit(chosen)


def prediction_words(prediction: Prediction) -> str:
    """As "0.17 nats (0.12 to 0.23)"."""
    text = QCoreApplication.translate("FrontChart", "{0} nats ({1} to {2})")
    return text.format(*map(loss_text, (prediction.kl, prediction.low, prediction.high)))
