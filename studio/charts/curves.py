"""Live curves of any scalar that a method reports: loss, learning rate, divergence, masks …"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QWidget

from engine.base.human import number_text
from engine.base.table import Table
from engine.contracts.metrics import TARGET, metric_group
from engine.record.curves import Series
from engine.record.run_data import RunData
from studio.charts.axes import Axis, CountAxis
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds, finite_bounds, union
from studio.charts.controls import readout_text, swatch_row
from studio.charts.crosshair import Crosshair
from studio.charts.legend import Entry
from studio.charts.stroke import Stroke
from studio.engine_words import metric_chart_name, plot_word, series_word
from studio.kit.combo import Choice
from studio.kit.theme import color, theme
from studio.kit.widgets import single_shot

FEW = 24
"""A curve of so few points is drawn with marks: one point alone would not be seen."""
_CROSS = (Qt.PenStyle.DotLine, Qt.PenStyle.SolidLine)
"""Lines of a crosshair that follows the mouse, and of one that is pinned."""
LONE = 3
"""Fewer points than this have large marks: there is hardly a line to see."""


class Curve(NamedTuple):
    """A series as it is drawn."""

    key: str
    name: str
    series: Series
    stroke: Stroke


class SeriesChart(ChartFrame):
    """Curves over a common x. A subclass gives `curves` and how numbers read."""

    grows = True
    x_name = "x"
    symbols = False
    """Mark every point: only for short curves."""
    few = FEW
    """Up to so many points each has a mark."""
    crosshair: Crosshair | None = None
    """Shows the same place in the other charts too."""

    def __init__(
        self, title: str, empty: tuple[str, str], axes: tuple[Axis, Axis], parent: QWidget, **logs: bool
    ) -> None:
        self._items: dict[str, pg.PlotDataItem] = {}
        self._position: float | None = None
        self._pinned = False
        super().__init__(title, empty, axes, parent, **logs)
        self._zoom_timer = single_shot(self.redraw, self, 16)
        self.plot.getViewBox().sigXRangeChanged.connect(self._on_x_range)

    def curves(self) -> list[Curve]:
        """All curves, hidden ones too."""
        raise NotImplementedError

    def x_word(self) -> str:
        """The quantity of the x axis, in a sentence."""
        return plot_word(self.x_name)

    def place_text(self, x: float) -> str:
        """An x as people read it."""
        return number_text(x)

    def value_text(self, value: float) -> str:
        """A y as people read it."""
        return number_text(value)

    def shown(self) -> list[Curve]:
        """The curves that the legend lets through."""
        return [curve for curve in self.curves() if self.legend.is_shown(curve.key)]

    def draw(self) -> bool:
        """See `ChartFrame`."""
        curves = self.curves()
        if not curves:
            return False  # what is covered stays as it is: the next run has much the same
        self.legend.set_entries([Entry(c.key, c.name, c.stroke) for c in curves])
        shown = {curve.key: curve for curve in curves if self.legend.is_shown(curve.key)}
        for key in self._items.keys() - shown.keys():
            self.plot.removeItem(self._items.pop(key))
        low, high = self._x_range()
        budget, width = max(512, 2 * self.plot.width()), self.line_width()
        for key, curve in shown.items():
            x, y = curve.series.view(low, high, budget)
            x, y = self.scaled_x(x), self.scaled_y(y)
            finite = bool(np.isfinite(x).all() and np.isfinite(y).all())
            connect = "all" if finite else "finite"
            mark = "o" if self.symbols or len(x) <= self.few else None
            size = 9 if len(x) < LONE else 5
            look = curve.stroke  # the legend's too: it changes with the series beside it, and so does the line
            self._item(key).setData(
                x,
                y,
                connect=connect,
                skipFiniteCheck=finite,
                symbol=mark,
                symbolSize=size,
                symbolBrush=look.color,
                pen=look.pen(width),
            )
        self.show_place(self._position, pinned=self._pinned)
        return True

    def _drop_items(self) -> None:
        for item in self._items.values():
            self.plot.removeItem(item)
        self._items.clear()

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        extents = []
        for curve in self.shown():
            x, y = curve.series.view(-np.inf, np.inf, 4096)
            extents.append(finite_bounds(self.scaled_x(x), self.scaled_y(y)))
        return union(extents)

    def table(self) -> Table:
        """All points of the shown curves within the visible range, at full resolution."""
        low, high = self._x_range()
        rows = []
        for curve in self.shown():
            x, y = curve.series.within(low, high)
            rows += [(curve.name, float(a), float(b)) for a, b in zip(x, y, strict=True)]
        return Table(("curve", self.x_name, "value"), rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The measured position that is nearest in x, and the curves that have a point there."""
        position = self.nearest_place(x)
        if position is None:
            return None
        rows = [
            swatch_row(curve.stroke.color, curve.name, self.value_text(float(curve.series.y[index])))
            for curve in self.shown()
            if len(curve.series) and float(curve.series.x[index := curve.series.nearest(position)]) == position
        ]
        return self._plotted(position), readout_text(f"{self.x_word()} {self.place_text(position)}", rows)

    # -- the crosshair, shared with other charts ----------------------------------------
    def nearest_place(self, x: float) -> float | None:
        """The x of the measured point that is nearest to a plotted one; None if there is none."""
        at = 10.0**x if self.log_x.isChecked() else x
        curves = [curve for curve in self.shown() if len(curve.series)]
        nearest = (float(curve.series.x[curve.series.nearest(at)]) for curve in curves)
        return min(nearest, key=lambda value: abs(value - at), default=None)

    def show_place(self, position: float | None, *, pinned: bool = False) -> None:
        """Show the values at a position that another chart points at, or that is pinned; None for none."""
        if position is None and self._position is None:
            return
        self._position, self._pinned = position, pinned
        self._cross.setPen(pg.mkPen(color("accent" if pinned else "muted"), width=1, style=_CROSS[pinned]))
        (left, right), (bottom, top) = self._range()
        plotted = np.nan if position is None else self._plotted(position)
        readout = self.readout(plotted, (bottom + top) / 2) if left <= plotted <= right else None
        if readout is None:
            self._hide_hover()
        else:
            at = self.plot.getViewBox().mapViewToScene(QPointF(readout[0], (3 * top + bottom) / 4))
            self.show_values(*readout, self.plot.mapFromScene(at))

    def point_at(self, x: float, y: float, mouse: QPoint) -> None:
        """See `ChartFrame`; other charts show the same position."""
        position = self.nearest_place(x)
        if self.crosshair is None or position is None:
            super().point_at(x, y, mouse)
            return
        self.crosshair.point(self, position)
        if not self._pinned:
            super().point_at(x, y, mouse)  # beside the mouse, and of many curves those near it

    def point_nowhere(self) -> None:
        """See `ChartFrame`."""
        if self.crosshair is None:
            super().point_nowhere()
        else:
            self.crosshair.point(self, None)

    def clicked(self, x: float, y: float) -> None:
        """Pin the position, or release it."""
        position = self.nearest_place(x)
        if self.crosshair is not None and position is not None:
            self.crosshair.pin(self, position)

    def key_pressed(self, key: int) -> bool:
        """Left and Right go from point to point, Enter pins, Esc releases."""
        if self.crosshair is None or self.is_empty:
            return False
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            positions = np.unique(np.concatenate([curve.series.x for curve in self.shown()] or [np.zeros(0)]))
            if len(positions):
                here = len(positions) if self._position is None else int(np.searchsorted(positions, self._position))
                step = -1 if key == Qt.Key.Key_Left else 1
                self.crosshair.move(self, float(positions[min(max(here + step, 0), len(positions) - 1)]))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._position is not None:
            self.crosshair.pin(self, self._position)
            return True
        return key == Qt.Key.Key_Escape and self.crosshair.release(self)

    def _plotted(self, position: float) -> float:
        return float(self.scaled_x(np.array([position]))[0])

    def _item(self, key: str) -> pg.PlotDataItem:
        """The line of a series. Its look comes with each `draw`."""
        if key not in self._items:
            self._items[key] = pg.PlotDataItem(symbolSize=5, symbolPen=None, antialias=False)
            self.plot.addItem(self._items[key])
        return self._items[key]

    def line_width(self) -> int:
        """Pixels: wider lines take another, far slower path."""
        return 1

    def _x_range(self) -> tuple[float, float]:
        """The x range in view, in data units; everything while following."""
        if self.follow.isChecked():
            return -np.inf, np.inf
        low, high = self.plot.getViewBox().viewRange()[0]
        return (10.0**low, 10.0**high) if self.log_x.isChecked() else (low, high)

    def _follow_range(self) -> None:
        super()._follow_range()
        self.show_place(self._position, pinned=self._pinned)

    def _on_x_range(self) -> None:
        if not self.follow.isChecked():
            self._zoom_timer.start()


class CurvesChart(SeriesChart):
    """The metrics of a run: one group at a time, a curve for each block and each name in it ("loss/kl" belongs to
    "loss"). ``metric``: always this group; without one there is a box to choose from."""

    x_name = "step"

    def __init__(self, parent: QWidget, metric: str = "") -> None:
        self.titles: dict[str, str] = {}
        self.letters: dict[str, str] = {}
        """Blocks that are A and B: their names say so, and the first curve of each has its color."""
        self._fixed = metric
        self._picked = False
        """True once the user chose a metric; until then it is the loss of the block in training."""
        self._metric = Choice(self.tr("Metric"), None, tip=self.tr("Metric shown"))
        super().__init__(
            metric_chart_name(metric) if metric else self.tr("Metrics"),
            (self.tr("No metrics yet"), self.tr("Curves appear here while a block trains.")),
            (CountAxis("bottom", self.tr("Step")), Axis("left")),
            parent,
            log_x=True,
            log_y=True,
        )
        self._metric.setParent(self)
        self._metric.activated.connect(self._on_metric)
        self.add_box(self._metric)

    def show_data(self, data: RunData) -> None:
        """See `ChartFrame`; another run begins with the loss of what is trained."""
        self._picked = False
        super().show_data(data)

    def choose(self, metric: str) -> None:
        """Show this metric, as choosing it in the box does."""
        self._offer()
        self._metric.choose(metric)
        self._on_metric()

    def group(self) -> str:
        """The group that is shown."""
        return self._fixed or self._metric.value

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        chosen = self.group()
        keys = [key for key in self.data.metrics if metric_group(key[1]) == chosen]
        several = len({block for block, _ in keys}) > 1
        palette = theme().tokens.chart
        colors = self._colors(keys)
        curves = []
        for block, name in keys:
            part = series_word(name.removeprefix(f"{chosen}/"))
            title = " · ".join(filter(None, (self.letters.get(block), self.titles.get(block, block))))
            text = part if not several else title if name == chosen else f"{title} · {part}"
            index = colors[block, name.removesuffix(TARGET)]
            color = palette[index % len(palette)]
            dashed = index >= len(palette) or name.endswith(TARGET)
            curves.append(Curve(f"{block}/{name}", text, self.data.metrics[block, name], Stroke(color, dashed)))
        return curves

    def _colors(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Number of the color of each curve. Among several blocks the first curves of A and B have theirs."""
        named = list(dict.fromkeys((block, name.removesuffix(TARGET)) for block, name in keys))
        first = dict(reversed(named))
        if len(first) < 2 or not first.keys() & self.letters.keys():
            return {key: number for number, key in enumerate(named)}
        theirs = {(b, first[b]): "AB".index(letter) for b, letter in self.letters.items() if b in first}
        return theirs | {key: 2 + number for number, key in enumerate(key for key in named if key not in theirs)}

    def draw(self) -> bool:
        """See `ChartFrame`."""
        self._offer()
        if self.left.labelText != metric_chart_name(self.group()):
            self.left.setLabel(metric_chart_name(self.group()))
        self._say_whose()
        return super().draw()

    def _say_whose(self) -> None:
        """In the title, where all curves are of one block; of several each curve has the name."""
        blocks = {block for block, name in self.data.metrics if metric_group(name) == self.group()}
        of = [self.titles.get(block, block) for block in blocks if len(blocks) == 1]
        what = metric_chart_name(self.group()) if self._fixed or of else self.tr("Metrics")
        self.set_title(self.tr("{what} of {block}").format(what=what, block=of[0]) if of else what)

    def _offer(self) -> None:
        """Put the groups there are in the box."""
        groups = self.data.metric_groups()
        if self._metric.offer((group, metric_chart_name(group)) for group in groups) and not self._picked:
            self._metric.choose(self.data.newest_loss() or next(iter(groups), ""))
        self._metric.setVisible(len(groups) > 1 and not self._fixed)

    def _on_metric(self) -> None:
        self._picked = True
        self.redraw()
        self.reset_zoom()
