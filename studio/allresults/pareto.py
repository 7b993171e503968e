"""Quality over size of many results, with the front of those that no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QWidget

from engine.base.pareto import front
from engine.base.table import Table
from engine.contracts.metrics import BY_NAME
from engine.record.history import Result
from engine.record.results import RATIO, Key, Records, key_of
from studio.charts.axes import BytesAxis
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds, finite_bounds, with_room
from studio.charts.controls import readout_text, swatch_row
from studio.charts.dots import DotsItem
from studio.charts.labels import along, place_labels
from studio.engine_words import column_name, result_name
from studio.kit.theme import color, font, theme

ACROSS = ("size_bytes", RATIO, "bits_per_weight", "peak_memory_bytes", "seconds")
UP = ("perplexity", "kl_divergence", "top1_agreement", "hidden_cosine", "pooled_cosine", "masked_loss")
MOST_LABELS = 12
NEAR = 24
"""Pixels within which a point is meant by the mouse."""


class ParetoChart(ChartFrame):
    """Results of one model that were measured in one way: others can't be compared. A click picks one."""

    picked = Signal(str, str)
    """Run and block."""

    def __init__(self, parent: QWidget) -> None:
        self._records = Records()
        self._rows: list[Result] = []
        self._shown: list[Result] = []
        self._others = 0
        self._names = ("", "")
        self._x, self._y = np.empty(0), np.empty(0)
        self._drawn: tuple[int, bool, bool] | None = None
        """The color and axes that all points were drawn with."""
        self._marked: dict[Key, str] = {}
        self._labels: list[pg.TextItem] = []
        self._named = np.empty(0), np.empty(0)
        """Places of the labels' points, then of those on the line of the front."""
        self._chosen = False
        super().__init__(
            self.tr("Pareto front"),
            (self.tr("Nothing to plot"), self.tr("No result has both values. Run a pipeline or choose other axes.")),
            (BytesAxis("bottom", ""), BytesAxis("left", "")),
            parent,
            log_x=True,
            log_y=True,
        )
        self.follow.hide()
        self.across, self.up = self._chooser(ACROSS), self._chooser(UP)
        self._line = self.plot.plot([], [])
        self._plain, self._points = DotsItem(), pg.ScatterPlotItem(pxMode=True)
        self.plot.addItem(self._plain)
        self.plot.addItem(self._points)
        for moved in (self.plot.getViewBox().sigRangeChanged, self.plot.getViewBox().sigResized):
            moved.connect(self._place_labels)

    def _chooser(self, names: Sequence[str]) -> QComboBox:
        box = QComboBox(self)
        for name in names:
            box.addItem(column_name(name), name)
        box.setAccessibleName(self.tr("Axis"))
        box.activated.connect(self._on_axis)
        self.add_box(box)
        return box

    def _on_axis(self) -> None:
        self._chosen = True
        self.show_rows(self._records, self._rows, self._marked)

    def show_rows(self, records: Records, rows: Sequence[Result], marked: dict[Key, str]) -> None:
        """Show these; ``marked``: color token by result: the baseline, what is selected. What can be compared with the
        first of them is drawn, or else what was measured as most are."""
        others_came = records is not self._records or rows != self._rows
        self._records, self._rows, self._marked = records, list(rows), dict(marked)
        if others_came:
            self._choose_quality()
        x_name, y_name = names = str(self.across.currentData()), str(self.up.currentData())
        ways = {records.way(row) for row in self._shown[:1]}
        if (
            others_came or names != self._names or records.ways_of(marked) != ways
        ):  # a click on one of them changes none
            self._shown, self._others = records.comparable(rows, x_name, y_name, marked)
            self._names = names
            self._x, self._y = (np.array(records.values(self._shown, name), dtype=float) for name in names)
            self._drawn = None
        others = self._others
        note = self.tr("Pareto front ({count} not comparable)").format(count=others)
        self.set_title(note if others else self.tr("Pareto front"))
        for axis, name in ((self.bottom, x_name), (self.left, y_name)):
            assert isinstance(axis, BytesAxis)
            axis.in_bytes = name in BY_NAME and BY_NAME[name].unit == "bytes"
            axis.setLabel(column_name(name))
        self._ranged_at = 0.0
        self.touch()
        self.refresh()

    def _choose_quality(self) -> None:
        """Until a person chooses: what most of the results have, perplexity or, of encoders, the cosine."""
        quality = None if self._chosen else self._records.usual_quality(self._rows)
        if quality is not None:
            self.up.setCurrentIndex(self.up.findData(quality))

    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """Both values of all that is drawn, as plotted."""
        return self.scaled_x(self._x), self.scaled_y(self._y)

    def front_rows(self) -> list[Result]:
        """The results that no other beats in both."""
        return [self._shown[index] for index in self._front()]

    def _front(self) -> list[int]:
        name = str(self.up.currentData())
        higher = name in BY_NAME and BY_NAME[name].better == "higher"
        return front(np.column_stack(self.points()), higher=higher)

    def draw(self) -> bool:
        """See `ChartFrame`."""
        x, y = self.points()
        chosen = self._front()
        accent, tokens = color("accent"), theme().tokens
        look = color("muted", 0.55).rgba(), self.log_x.isChecked(), self.log_y.isChecked()
        if look != self._drawn:  # what is selected changes none of them
            self._plain.show_dots(x, y, color("muted", 0.55))
            self._drawn = look
        spots = [{"pos": (x[index], y[index]), "size": 9, "brush": accent, "pen": None} for index in chosen]
        for index, row in enumerate(self._shown) if self._marked else ():
            if mark := self._marked.get(key_of(row)):
                hue = QColor(getattr(tokens, mark))
                spots.append({"pos": (x[index], y[index]), "size": 13, "brush": hue, "pen": None})
        self._points.setData(spots)
        self._line.setData(x[chosen], y[chosen])
        self._line.setPen(pg.mkPen(accent, width=1, style=Qt.PenStyle.DashLine))
        self._name(x, y, chosen)
        return bool(self._shown)

    def _name(self, x: np.ndarray, y: np.ndarray, chosen: Sequence[int]) -> None:
        """Names on the front, evenly where there are many."""
        for label in self._labels:
            self.plot.removeItem(label)
        self._labels = []
        named = chosen[:: -(-len(chosen) // MOST_LABELS) or 1]
        for index in named:
            label = pg.TextItem(result_name(self._records.name(self._shown[index]))[:28], color=color("text"))
            label.setFont(font(-1))
            self.plot.addItem(label, ignoreBounds=True)
            self._labels.append(label)
        line = along(x[chosen], y[chosen])
        self._named = np.concatenate([x[named], line[0]]), np.concatenate([y[named], line[1]])
        self._place_labels()

    def _place_labels(self) -> None:
        """As far as none covers another."""
        place_labels(self.plot.getViewBox(), self._labels, *self._named, beside_curve=True)

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`. Room is left for the labels."""
        extent = finite_bounds(*self.points())
        return None if extent is None else with_room(extent, left=0.08, right=0.3, bottom=0.1, top=0.3)

    def table(self) -> Table:
        """See `ChartFrame`."""
        names = (str(self.across.currentData()), str(self.up.currentData()))
        best = set(map(key_of, self.front_rows()))
        rows = [
            (
                row.run_name,
                self._records.name(row),
                *(self._records.value(row, name) for name in names),
                key_of(row) in best,
            )
            for row in self._shown
        ]
        return Table(("run", "result", *names, "on_front"), rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The result that is nearest on screen, if it is near."""
        index = self.nearest(x, y, self.points(), NEAR)
        if index is None:
            return None
        row = self._shown[index]
        rows = []
        for box in (self.across, self.up):
            name = str(box.currentData())
            rows.append(swatch_row("", column_name(name), self._records.text(row, name)))
        return float(self.points()[0][index]), readout_text(
            f"{result_name(self._records.name(row))} ({row.run_name})", rows
        )

    def clicked(self, x: float, y: float) -> None:
        """Pick the result under the mouse."""
        index = self.nearest(x, y, self.points(), NEAR)
        if index is not None:
            self.picked.emit(*key_of(self._shown[index]))
