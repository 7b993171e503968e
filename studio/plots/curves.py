"""The curves of one chart that a method drew: few with a legend, many (one a layer) in colors by their order."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from engine.base.human import number_text
from engine.contracts import events
from engine.record.curves import Series
from studio.charts.axes import Axis
from studio.charts.controls import readout_text, swatch_row
from studio.charts.curves import Curve, SeriesChart
from studio.charts.distribution import viridis
from studio.charts.stroke import Stroke
from studio.engine_words import plot_word
from studio.kit.theme import theme

LEGEND = 10
"""More curves than this get colors by their order, and no legend."""
MANY = 40
"""So many curves are drawn until the user ticks more, spread over all."""
SMOOTH = 2000
"""Up to so many points in all, lines are wider and smooth: that is slow for more."""
READ_OUT = 8
"""So many curves at most are named beside the mouse, the nearest ones."""


class CurvesPlot(SeriesChart):
    """Shows what `show_curves` gives. ``hidden``: series that the user switched off in a list."""

    def __init__(self, parent: QWidget) -> None:
        self._curves: dict[str, events.Curve] = {}
        self._series: dict[str, tuple[events.Curve, Series]] = {}
        self.hidden: set[str] = set()
        super().__init__("", ("", ""), (Axis("bottom"), Axis("left")), parent, log_x=True, log_y=True)
        self.follow.hide()

    def show_curves(self, title: str, curves: Mapping[str, events.Curve], *, again: bool) -> None:
        """Show these series; ``again``: a newer state of what is shown, so that log axes and zoom stay."""
        self._curves = dict(curves)
        first = next(iter(curves.values()))
        self.title = title
        self.x_name = first.x_title or "x"
        self.set_title(title)
        self.bottom.setLabel(plot_word(first.x_title))
        self.left.setLabel(plot_word(first.y_title))
        if not again:
            shown = set(self.names()[:: max(1, math.ceil(len(curves) / MANY))])
            self.hidden = set(self._curves) - shown
            self._drop_items()
            for button, axis, on in ((self.log_x, self.bottom, first.log_x), (self.log_y, self.left, first.log_y)):
                button.setChecked(on)
                axis.setLogMode(on)
            self.follow.setChecked(True)
        self._ranged_at = 0.0
        self.touch()
        self.refresh()

    def names(self) -> list[str]:
        """All series, hidden ones too."""
        return list(self._curves)

    def strokes(self) -> dict[str, Stroke]:
        """The look of each series."""
        names, tokens = self.names(), theme().tokens
        if len(names) <= LEGEND:
            return {
                name: Stroke(tokens.chart[i % len(tokens.chart)], i >= len(tokens.chart))
                for i, name in enumerate(names)
            }
        low, high = (0.0, 0.85) if tokens.name == "light" else (0.18, 1.0)  # the ends that can be seen
        places = np.linspace(low, high, len(names))
        return {n: Stroke(viridis().map(float(p), "qcolor").name()) for n, p in zip(names, places, strict=True)}

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        strokes = self.strokes()
        return [
            Curve(name, name, self._as_series(name, curve), strokes[name])
            for name, curve in self._curves.items()
            if name not in self.hidden
        ]

    def draw(self) -> bool:
        """See `ChartFrame`."""
        drawn = super().draw()
        self.legend.setVisible(1 < len(self._curves) <= LEGEND)
        return drawn

    def _item(self, key: str) -> pg.PlotDataItem | pg.PlotCurveItem:
        """Many curves are plain lines: they are made five times as fast."""
        if key in self._items:
            return self._items[key]
        if len(self._curves) <= LEGEND:
            item = super()._item(key)
            item.opts["antialias"] = self.line_width() > 1
            return item
        self._items[key] = pg.PlotCurveItem(antialias=False)
        self.plot.addItem(self._items[key])
        return self._items[key]

    def line_width(self) -> int:
        """See `SeriesChart`: few points may be slow."""
        few = len(self._curves) <= LEGEND and sum(len(curve.x) for curve in self._curves.values()) <= SMOOTH
        return 2 if few else 1

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The curves that pass nearest to the mouse."""
        at = 10.0**x if self.log_x.isChecked() else x
        points = []
        for curve in self.shown():
            if len(curve.series):
                index = curve.series.nearest(at)
                height = float(self.scaled_y(curve.series.y[index : index + 1])[0])
                points.append((abs(height - y), float(curve.series.x[index]), index, curve))
        if not points:
            return None
        points.sort(key=lambda point: (np.isnan(point[0]), point[0]))
        step = points[0][1]
        rows = [
            swatch_row(c.stroke.color, c.name, self.value_text(float(c.series.y[i])))
            for _, _, i, c in points[:READ_OUT]
        ]
        return float(self.scaled_x(np.array([step]))[0]), readout_text(f"{self.x_word()} {number_text(step)}", rows)

    def _as_series(self, name: str, curve: events.Curve) -> Series:
        """Sorted by x, as a series must be; kept while the event is the same."""
        cached = self._series.get(name)
        if cached is None or cached[0] is not curve:
            x, y = np.asarray(curve.x, dtype=np.float64), np.asarray(curve.y, dtype=np.float64)
            order = np.argsort(x, kind="stable")
            series = Series()
            series.extend(x[order], y[order])
            cached = self._series[name] = (curve, series)
        return cached[1]
