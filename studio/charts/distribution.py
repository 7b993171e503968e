"""Distribution of a layer's weights before and after compression, and of all layers as a heat map."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSignalBlocker, Signal
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGraphicsRectItem,
    QSizePolicy,
    QStackedLayout,
    QWidget,
)

from engine.base.human import number_text
from engine.base.table import Table
from engine.contracts.events import Histogram, LayerDone
from engine.contracts.layer_names import short_name, tick_name
from engine.measure.histograms import edges, on_one_range, reach, shares, symmetric
from studio.charts.axes import Axis, LayerAxis, PercentAxis
from studio.charts.bars import Bars
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds
from studio.charts.controls import readout_text, swatch_row, switch
from studio.charts.layerframe import LayerFrame
from studio.charts.legend import Entry
from studio.charts.stroke import Stroke
from studio.kit.combo import Choice
from studio.kit.theme import color, measured, set_font, theme
from studio.kit.widgets import single_shot

SPIKE = 0.6
"""A bin with more than this share of the weights hides all others on a linear scale."""
FEW_LEVELS = 16
"""Weights with at most so many values, as 4 bits have them, are drawn as bars at these values."""
EMPTY_SHARE = 0.75
"""Share of the bins that are empty where weights have few values."""
WIDEST_BAR = 0.03
"""Width of the bar of a level at most, as a share of the range."""
AT_ONCE = 500
"""Layers that the box of layers takes in one turn of the event loop."""
LONGEST_LAYER = 20
"""Letters of ``29.mlp.gate_up_proj``."""
LOWEST_SHARE = 1e-6
"""Darkest end of the logarithmic color scale; an empty bin lies below it."""


class HistogramChart(LayerFrame):
    """Weights of one layer: before as a filled outline, after as a line. Several pairs can be laid over each other."""

    def __init__(self, parent: QWidget, *, picker: bool = True) -> None:
        self.pairs: list[tuple[str, Histogram]] = []
        super().__init__(
            self.tr("Weights"),
            (self.tr("No distribution yet"), self.tr("Each layer's weights before and after compression appear here.")),
            (Axis("bottom", self.tr("Weight")), PercentAxis("left", self.tr("Fraction of weights per bin"))),
            parent,
            log_y=True,
        )
        self._scale_chosen = False
        self.log_y.pressed.connect(self._on_scale_chosen)  # before anything is drawn for it
        self.follow.hide()
        # its width is not that of its contents: each layer that comes would lay the chart out again
        self._picker = Choice(self.tr("Layer"), self, tip=self.tr("Layer shown"), letters=LONGEST_LAYER)
        self._picker.setMaxVisibleItems(24)
        self._picker.activated.connect(self._on_picked)
        self._picker.setVisible(picker)
        self._offered: list[str] = []
        self._filling = single_shot(self._fill, self)
        self.add_box(self._picker)
        self._items: list[tuple[Bars | None, pg.PlotCurveItem]] = []
        self._drawn: object = None

    def show_layer(self, block: str, layer: str | None, moment: int | None = None) -> None:
        """See `LayerFrame`; the range follows at its own pace: moving axes are dear."""
        if (block, layer) != (self.block, self.layer):
            self.follow.setChecked(True)
        super().show_layer(block, layer, moment)

    def show_pairs(self, pairs: list[tuple[str, Histogram]]) -> None:
        """Show these named histograms instead of a layer of a run; the first one filled."""
        self.pairs = on_one_range(pairs) if pairs else []
        self._fit_next()
        self.refresh()

    def _fit_next(self) -> None:
        self._ranged_at = 0.0
        self.follow.setChecked(True)
        self.touch()

    def histograms(self) -> list[tuple[str, Histogram]]:
        """Name and histogram of all outlines, hidden ones too."""
        if self.pairs:
            return self.pairs
        event = self.data.layer(self.block, self.layer or "", self.moment)
        if event is None:
            return []
        both = ((self.tr("Before"), event.before), (self.tr("After"), event.after))
        return [(name, histogram) for name, histogram in both if histogram is not None]

    def _title_of(self) -> str:
        """Of the weights, or of what an adapter adds to them."""
        event = self.data.layer(self.block, self.layer or "", self.moment)
        updates = event is not None and event.quantity == "update"
        return self.tr("Adapter update") if updates else self.tr("Weights")

    def shown(self) -> list[tuple[str, Histogram]]:
        """Those that the legend lets through."""
        return [(name, histogram) for name, histogram in self.histograms() if self.legend.is_shown(name)]

    def draw(self) -> bool:
        """See `ChartFrame`."""
        histograms = self.histograms()
        if not self.pairs:  # who shows pairs says of what they are
            self.set_title(self._title_of())
        if not histograms:
            return False
        if not self._picker.isHidden():
            self._offer()
        self._choose_scale()
        colors = self._colors()
        self.legend.set_entries([Entry(name, name, Stroke(colors[name])) for name, _ in histograms])
        drawn = (self.shown(), colors, self.log_y.isChecked())
        if drawn != self._drawn:
            self._drawn = drawn
            self._lay_ready([name == histograms[0][0] or bool(len(levels(h))) for name, h in self.shown()])
            for (name, histogram), (bars, line) in zip(self.shown(), self._items, strict=True):
                self._draw_one(histogram, colors[name], bars, line)
        return True

    def _choose_scale(self) -> None:
        """A spike, as of a pruned layer, leaves all else flat: logarithmic, unless a person chose. Bars of few levels
        are no spike."""
        tops = (shares(histogram).max(initial=0.0) for _, histogram in self.shown() if not len(levels(histogram)))
        spiky = any(top > SPIKE for top in tops)
        if not self._scale_chosen and spiky != self.log_y.isChecked():
            with QSignalBlocker(self.log_y):
                self.log_y.setChecked(spiky)
            self.left.setLogMode(spiky)
            self._ranged_at = 0.0

    def _on_scale_chosen(self) -> None:
        self._scale_chosen = True

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        shown = self.shown()
        if not shown:
            return None
        tops = self.scaled_y(np.array([shares(histogram).max() for _, histogram in shown]))
        low = self._floor() if self.log_y.isChecked() else 0.0
        high = float(np.nanmax(tops)) if np.isfinite(tops).any() else low + 1.0
        return Bounds(min(h.low for _, h in shown), max(h.high for _, h in shown), low, high)

    def table(self) -> Table:
        """A row for each bin: its borders, then the count in each histogram shown."""
        shown = self.shown()
        if not shown:
            return Table(("low", "high"), [])
        rows: list[tuple[object, ...]] = []
        for name, histogram in shown:
            borders = edges(histogram)
            rows += [
                (name, float(a), float(b), count)
                for a, b, count in zip(borders[:-1], borders[1:], histogram.counts, strict=True)
            ]
        return Table(("histogram", "low", "high", "weights"), rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The bin under the mouse."""
        colors = self._colors()
        rows, span = [], ""
        for name, histogram in self.shown():
            color_of, count = colors[name], len(histogram.counts)
            width = (histogram.high - histogram.low) / count
            if width <= 0 or not histogram.low <= x <= histogram.high:
                continue
            index = min(int((x - histogram.low) / width), count - 1)
            start = histogram.low + index * width
            span = f"{number_text(start, 3)} … {number_text(start + width, 3)}"
            if len(bars := levels(histogram)):
                index = int(bars[np.abs(bars - index).argmin()])
                name = self.tr("{0} at {1}").format(name, number_text(histogram.low + (index + 0.5) * width, 3))
            rows.append(swatch_row(color_of, name, f"{100 * shares(histogram)[index]:.3g} %"))
        return (x, readout_text(span, rows)) if rows else None

    def _colors(self) -> dict[str, str]:
        tokens = theme().tokens
        palette = (tokens.chart[-1], *tokens.chart)
        return {name: palette[index % len(palette)] for index, (name, _) in enumerate(self.histograms())}

    def _floor(self) -> float:
        """Bottom of a log axis: half of one weight among those of the smallest histogram."""
        largest = max(sum(histogram.counts) for _, histogram in self.shown())
        return float(np.log10(0.5 / max(largest, 1)))

    def _lay_ready(self, filled: list[bool]) -> None:
        """An outline for each histogram, with bars where it is filled. They stay from layer to layer: to put items into
        a plot costs more than to change them."""
        if filled == [bars is not None for bars, _ in self._items]:
            return
        for item in (item for pair in self._items for item in pair if item is not None):
            self.plot.removeItem(item)
        self._items = []
        for fill in filled:
            line = pg.PlotCurveItem(antialias=False, connect="all")
            bars = Bars() if fill else None
            for item in (bars, line):
                if item is not None:
                    self.plot.addItem(item)
            self._items.append((bars, line))

    def _draw_one(self, histogram: Histogram, color: str, bars: Bars | None, line: pg.PlotCurveItem) -> None:
        y = self.scaled_y(shares(histogram))
        floor = self._floor() if self.log_y.isChecked() else 0.0
        y = np.where(np.isfinite(y), np.maximum(y, floor), floor)
        borders, fill = edges(histogram), QColor(color)
        line.setVisible(not len(at := levels(histogram)))
        if bars is not None and len(at):
            fill.setAlphaF(0.75)
            half = level_width(histogram) / 2
            middle = (borders[at] + borders[at + 1]) / 2
            bars.show_bars(middle - half, middle + half, y[at], floor, fill)
        elif bars is not None:
            fill.setAlphaF(0.3)
            bars.show_bars(borders[:-1], borders[1:], y, floor, fill)
        line.setData(borders, y, stepMode="center", pen=pg.mkPen(color, width=1))

    def _offer(self) -> None:
        names = self.data.layer_names(self.block)
        if names != self._offered:
            shared = self._picker.count() if names[: len(self._offered)] == self._offered else 0
            self._offered = names
            if not shared:
                self._picker.clear()
            self._fill()
        elif self._picker.value != self.layer:
            self._picker.setCurrentIndex(self._picker.findData(self.layer))

    def _fill(self) -> None:
        """Offer further layers: models of experts have thousands, too many for one turn of the event loop."""
        first = self._picker.count()
        for name in self._offered[first : first + AT_ONCE]:
            self._picker.addItem(short_name(name), name)
        if self._picker.value != self.layer:
            self._picker.setCurrentIndex(self._picker.findData(self.layer))
        if self._picker.count() < len(self._offered):
            self._filling.start()

    def _on_picked(self) -> None:
        self.selected.emit(self._picker.value)


def levels(histogram: Histogram) -> NDArray[np.intp]:
    """Bins of the values that the weights have, if they have few; none if they have many."""
    used = np.flatnonzero(histogram.counts)
    few = 1 < len(used) <= min(FEW_LEVELS, (1 - EMPTY_SHARE) * len(histogram.counts))
    return used if few else used[:0]


def level_width(histogram: Histogram) -> float:
    """Width of the bars of few levels, in units of the weights: half of the way to the next one at most, a bin at
    least."""
    used, whole = levels(histogram), histogram.high - histogram.low
    step = whole / len(histogram.counts)
    return float(max(step, min(0.5 * step * np.diff(used).min(), WIDEST_BAR * whole)))


class ColorKey(QWidget):
    """The color scale of a heat map, with what its two ends mean."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._low, self._high, self._title = "", "", ""
        self._colors = viridis()
        set_font(self, -1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        measured(self, lambda key: key.setFixedHeight(key.fontMetrics().height() + 6))

    def show_scale(self, title: str, low: str, high: str, colors: pg.ColorMap | None = None) -> None:
        """``low`` and ``high``: the values at the ends."""
        self._colors = colors or viridis()
        self._low, self._high, self._title = low, high, title
        metrics = self.fontMetrics()
        self.setFixedWidth(sum(metrics.horizontalAdvance(text) for text in (title, low, high)) + 96 + 30)
        self.setAccessibleName(f"{title}: {low} … {high}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_to(painter, QPoint(0, 0), self.width())
        painter.end()

    def picture_height(self, width: int) -> int:
        """Height on an exported picture, in pixels."""
        return self.height()

    def paint_to(self, painter: QPainter, corner: QPoint, width: int) -> None:
        """Draw the key, for an exported picture too."""
        painter.setFont(self.font())
        painter.setPen(color("muted"))
        metrics = self.fontMetrics()
        x, middle = float(corner.x()), corner.y() + self.height() / 2
        for text in (self._title, self._low):
            painter.drawText(QPointF(x, middle + metrics.ascent() / 2 - 1), text)
            x += metrics.horizontalAdvance(text) + 10
        bar = QRectF(x - 2, middle - 5, 96, 10)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for position in np.linspace(0, 1, 17):
            gradient.setColorAt(float(position), self._colors.map(float(position), mode="qcolor"))
        painter.fillRect(bar, QBrush(gradient))
        painter.drawText(QPointF(bar.right() + 8, middle + metrics.ascent() / 2 - 1), self._high)


class HeatChart(LayerFrame):
    """Layer × bin: brightness is the share of a layer's weights in a bin. x is the weight relative to the largest
    of its layer, so that layers of different scale can be compared. A click picks the layer."""

    is_map = True
    color_key: ColorKey

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Weights of all layers"),
            (self.tr("No distributions yet"), self.tr("Each finished layer adds a row.")),
            (Axis("bottom", self.tr("Weight / largest |weight| of the layer")), LayerAxis("left")),
            parent,
        )
        self.follow.hide()
        self.plot.getPlotItem().invertY(True)
        self._which = Choice(self.tr("Weights before or after compression"), self)
        self._which.offer((("after", self.tr("After")), ("before", self.tr("Before"))))
        self._which.activated.connect(self.redraw)
        tip = self.tr("Logarithmic colors make rare values visible")
        self._log = switch(self.tr("Log colors"), tip, self, self.redraw)
        self._log.setChecked(True)
        self.color_key = ColorKey(self)
        self.add_box(self._which)
        self.tools.add(self._log, first=True)
        self.add_key(self.color_key)
        self._image = pg.ImageItem(axisOrder="row-major", levels=(0.0, 1.0))
        self._image.setLookupTable(viridis().getLookupTable(nPts=256))
        self.plot.addItem(self._image)
        self._mark = QGraphicsRectItem()
        self._mark.setZValue(5)
        self.plot.addItem(self._mark, ignoreBounds=True)

    def show_log(self, on: bool) -> None:
        """Color by logarithm or not, as the button does."""
        self._log.setChecked(on)
        self.redraw()

    def rows(self) -> list[tuple[LayerDone, Histogram]]:
        """The layers that have a histogram of the chosen kind, first layer first."""
        which = self._which.value
        pairs = ((event, getattr(event, which)) for event in self.events())
        return [(event, histogram) for event, histogram in pairs if histogram is not None]

    def matrix(self) -> NDArray[np.float64]:
        """Shares, (layers, bins)."""
        rows = self.rows()
        bins = max((len(histogram.counts) for _, histogram in rows), default=0)
        return np.array([symmetric(histogram, bins) for _, histogram in rows]).reshape(len(rows), bins)

    def draw(self) -> bool:
        """See `ChartFrame`."""
        rows = self.rows()
        if not rows:
            return bool(self.events())
        values = self.matrix()
        top = float(values.max()) or 1.0
        if self._log.isChecked():
            low = np.log10(LOWEST_SHARE)
            levels = (np.log10(np.maximum(values, LOWEST_SHARE)) - low) / (np.log10(max(top, 1e-5)) - low)
            self.color_key.show_scale(self.tr("Fraction of weights"), "≤ 0.0001 %", f"{100 * top:.2g} %")
        else:
            levels = values / top
            self.color_key.show_scale(self.tr("Fraction of weights"), "0 %", f"{100 * top:.2g} %")
        self._image.setImage(levels.astype(np.float32), autoLevels=False)
        self._image.setRect(QRectF(-1.0, -0.5, 2.0, float(len(rows))))
        assert isinstance(self.left, LayerAxis)
        self.left.show_names([tick_name(event.layer) for event, _ in rows])
        self._draw_mark(rows)
        return True

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`."""
        count = len(self.rows())
        return Bounds(-1.0, 1.0, -0.5, count - 0.5) if count else None

    def table(self) -> Table:
        """A row for each layer: the borders of its range, then the share in each bin."""
        values = self.matrix()
        header = ("layer", "low", "high", *(f"bin {index}" for index in range(values.shape[1])))
        rows = [
            (event.layer, -reach(histogram), reach(histogram), *line)
            for (event, histogram), line in zip(self.rows(), values.tolist(), strict=True)
        ]
        return Table(header, rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The layer and the bin under the mouse."""
        rows, index = self.rows(), round(y)
        if not (0 <= index < len(rows) and -1 <= x <= 1):
            return None
        event, histogram = rows[index]
        values = symmetric(histogram, len(histogram.counts))
        bin_index = min(int((x + 1) / 2 * len(values)), len(values) - 1)
        border = np.linspace(-reach(histogram), reach(histogram), len(values) + 1)
        span = f"{number_text(float(border[bin_index]), 3)} … {number_text(float(border[bin_index + 1]), 3)}"
        lines = [swatch_row("", self.tr("weights"), span)]
        lines.append(swatch_row("", self.tr("fraction"), f"{100 * values[bin_index]:.3g} %"))
        return x, readout_text(short_name(event.layer), lines)

    def clicked(self, x: float, y: float) -> None:
        """Pick the layer."""
        rows = self.rows()
        if 0 <= round(y) < len(rows):
            self.selected.emit(rows[round(y)][0].layer)

    def _draw_mark(self, rows: list[tuple[LayerDone, Histogram]]) -> None:
        index = next((i for i, (event, _) in enumerate(rows) if event.layer == self.layer), None)
        self._mark.setVisible(index is not None)
        if index is not None:
            self._mark.setRect(QRectF(-1.0, index - 0.5, 2.0, 1.0))
            self._mark.setPen(pg.mkPen("#ffffff", width=1))


class DistributionChart(QWidget):
    """One layer or all of them: two charts in one place, with a switch."""

    selected = Signal(str)
    """A layer was picked in either."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.one = HistogramChart(self)
        self.all = HeatChart(self)
        self._stack = QStackedLayout(self)
        for chart in (self.one, self.all):
            self._stack.addWidget(chart)
            chart.selected.connect(self.selected)
        self.one.add_tool(self.tr("All layers"), self.tr("Show all layers as a heat map"), self.show_all)
        self.all.add_tool(self.tr("One layer"), self.tr("Show the selected layer as a histogram"), self.show_one)

    def add(self, chart: ChartFrame, text: str, tip: str) -> None:
        """One more chart in the same place."""
        self._stack.addWidget(chart)
        chart.add_tool(self.tr("Weights"), self.tr("Show the distribution of the weights"), self.show_one)
        self.one.add_tool(text, tip, lambda: self._stack.setCurrentWidget(chart))

    def show_one(self) -> None:
        """Show the histogram of the picked layer."""
        self._stack.setCurrentWidget(self.one)

    def show_all(self) -> None:
        """Show the map of all layers."""
        self._stack.setCurrentWidget(self.all)


def viridis() -> pg.ColorMap:
    """A perceptually uniform color map that color-blind people can read too."""
    return pg.colormap.get("viridis")
