"""Axes whose ticks read as the rest of the program does: counts, bytes, elapsed time, layers."""

from __future__ import annotations

import bisect
import html
import math
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneResizeEvent, QStyleOptionGraphicsItem, QWidget

from engine.base.human import bytes_text, number_text
from engine.contracts.layer_names import layer_number, short_name
from engine.contracts.metrics import SHARES
from studio.engine_words import metric_name
from studio.kit.theme import blended, color, font, scaled

_TIMES = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_THOUSANDS = ((1e9, 1e9, " G"), (1e6, 1e6, " M"), (1e4, 1e3, " k"), (0.0, 1.0, ""))
ONE_LINE = 9
"""Longer names under a chart are broken at a space."""
BEYOND = 14
"""Pixels that a label may reach beyond the end of its axis."""
APART = 3
"""Pixels between two labels of an axis at the bottom, at least on both sides: those of a logarithmic axis crowd."""
_LEADING = 0.8
"""Of the height of a line of text, what its letters take."""
_ANYWHERE = QRectF(0, 0, 100, 100)
_LEFT_TEXT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
_BOTTOM_TEXT = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextDontClip
_BYTES = ("B", "kB", "MB", "GB", "TB")


class Axis(pg.AxisItem):
    """Plain numbers: as many decimals as the spacing needs, "k" and "M" for large ones."""

    picture: Any
    """The picture that `paint` draws; pyqtgraph sets it to None to have it drawn again."""
    textHeight: int

    def __init__(self, orientation: str, label: str = "") -> None:
        self._roomy = True
        super().__init__(orientation, maxTickLength=-4)
        self.enableAutoSIPrefix(False)
        self.setLabel(label)
        self.restyle()

    def restyle(self) -> None:
        """Take the colors and the font of the theme. The left axis has one width, so that plots line up."""
        small = font(-1)
        self.setTickFont(small)
        self.setStyle(
            tickTextOffset=6, hideOverlappingLabels=BEYOND, maxTickLevel=1
        )  # grids of two levels: half the lines
        self.setPen(color("border"))
        self.setTextPen(color("muted"))
        self.label.setFont(small)
        self.label.setDefaultTextColor(color("muted"))
        if self.orientation == "left":
            metrics = QFontMetricsF(small)
            self.setWidth(round(metrics.horizontalAdvance("888.8 M") + metrics.height() + 16))

    def resizeEvent(self, event: QGraphicsSceneResizeEvent | None = None) -> None:
        """A label at the left that would be cut off is not shown: the title says the same. All of what is kept of the
        axis is drawn anew, not only the room that is new."""
        super().resizeEvent(event)
        mode = self.cacheMode()
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.setCacheMode(mode)
        if self.orientation == "left" and self.label is not None:
            self.label.setOpacity(float(self.label.boundingRect().width() <= self.size().height()))

    def boundingRect(self) -> QRectF:
        """With room for half of a label beyond both ends: that of 0, at the very end of the axis, is shown too."""
        room = QRectF(super().boundingRect())
        if self.orientation == "left":
            return room.adjusted(0, -BEYOND, 0, BEYOND)
        return room.adjusted(-BEYOND, 0, BEYOND, 0) if self.orientation == "bottom" else room

    def _updateLabel(self) -> None:
        super()._updateLabel()
        self.resizeEvent()

    def set_roomy(self, roomy: bool) -> None:
        """Show or hide the axis label; a low chart gives its room to the plot."""
        if roomy != self._roomy:
            self._roomy = roomy
            self.showLabel(bool(self.labelText))

    def showLabel(self, show: bool = True) -> None:
        """See `set_roomy`."""
        super().showLabel(show and self._roomy)

    def labelString(self) -> str:
        """The label without HTML, which its item takes: it may be the name of a layer, a metric or a plot. Color and
        font come from `restyle`."""
        return html.escape(str(self.labelText or ""), quote=False)

    def paint(self, p: QPainter, opt: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """As in pyqtgraph, without its detour over a `QPicture`, which looks every font up again when it is played: two
        milliseconds an axis. What is kept in ``picture``, until pyqtgraph sets it to None, is what is to be drawn."""
        if self.style["tickFont"]:
            p.setFont(self.style["tickFont"])
        if self.picture is None:
            self.picture = self.generateDrawSpecs(p) or ()
        if self.picture:
            self.drawPicture(p, *self.picture)

    def generateDrawSpecs(self, p: QPainter) -> Any:
        """As in pyqtgraph, for an axis at the left or at the bottom with a grid, in plain numbers: there half of the
        time goes into its points and into the axis's bounds, which it asks for at every tick.

        Returns (axis, ticks, texts) for `drawPicture`; None if the axis has no length.
        """
        view = self.linkedView()
        if view is None or self.grid is False or self.orientation not in ("left", "bottom"):
            return super().generateDrawSpecs(p)
        bounds, inside = self.mapRectFromParent(self.geometry()), view.mapRectToItem(self, view.boundingRect())
        upright = self.orientation == "left"
        length = bounds.height() if upright else bounds.width()
        low, high = self.range
        if length <= 0 or high == low:
            return None
        room, metrics = self.boundingRect(), QFontMetricsF(self.style["tickFont"])
        ticks: list[tuple[QPen, QPointF, QPointF]] = []
        texts: list[tuple[QRectF, Qt.AlignmentFlag, str]] = []
        used, widest, crowded = 0.0, 0.0, False
        for level, (spacing, values) in enumerate(self.tickValues(low, high, length)):
            share = [(value - low) / (high - low) for value in values]
            places = [length * ((1 - x) if upright else x) for x in share]
            pen = self._tick_pen(level, len(values), length)
            for tick in places:
                if 0 <= tick <= length:
                    ticks.append((pen, *self._tick(upright, tick, inside, bounds)))
            if crowded:
                continue
            words = [
                (tick, text, metrics.boundingRect(_ANYWHERE, Qt.AlignmentFlag.AlignCenter, text).size())
                for tick, text in zip(places, self.tickStrings(values, self.scale, spacing), strict=True)
                if 0 <= tick <= length
            ]
            used += sum(_LEADING * size.height() if upright else size.width() for _, _, size in words)
            limits = self.style["textFillLimits"]
            crowded = level > 0 and any(len(texts) >= count and used >= most * length for count, most in limits)
            if crowded or not words:
                continue
            widest = max(size.width() if upright else _LEADING * size.height() for _, _, size in words)
            offset = max(0, self.style["tickLength"]) + self.style["tickTextOffset"][0 if upright else 1]
            for tick, text, size in words:
                height = _LEADING * size.height()
                left = bounds.right() - offset - size.width() if upright else tick - size.width() / 2
                top = tick - height / 2 if upright else bounds.top() + offset
                spot = QRectF(left, top, size.width(), height)
                beside = spot if upright else spot.adjusted(-APART, 0, APART, 0)
                if room.contains(spot) and not any(beside.intersects(other) for other, _, _ in texts):
                    texts.append((spot, _LEFT_TEXT if upright else _BOTTOM_TEXT, text))
        self._updateMaxTextSize(widest)
        corner = bounds.topRight() if upright else bounds.topLeft()
        other = bounds.bottomRight() if upright else bounds.topRight()
        nudge = QPointF(-1, 0) if upright else QPointF(0, 1)
        return (self.pen(), corner + nudge, other + nudge), ticks, texts

    def _tick_pen(self, level: int, count: int, length: float) -> QPen:
        """Fainter for finer levels, and where ticks stand close. The grid lies on the plain surface, behind all else,
        so that the blend is made here, once: Qt takes ten times as long to draw translucent lines, pixel by pixel."""
        pen = QPen(self.tickPen())
        share = self.grid / 255 / (level + 1) * min(1.0, max(0.0, 0.05 * length / (count + 1)))
        pen.setColor(blended(pen.color(), color("surface"), share))
        return pen

    @staticmethod
    def _tick(upright: bool, tick: float, inside: QRectF, bounds: QRectF) -> tuple[QPointF, QPointF]:
        """Both ends of a tick that goes through the whole plot."""
        if upright:
            return QPointF(inside.right(), tick), QPointF(bounds.right(), tick)
        return QPointF(tick, inside.top()), QPointF(tick, bounds.top())

    def drawPicture(self, p: QPainter, axis: Any, ticks: Any, texts: Any) -> None:
        """As in pyqtgraph, with all ticks of one pen drawn by one call."""
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for pen, lines in groupby((axis, *ticks), key=itemgetter(0)):
            p.setPen(pen)
            p.drawLines([QLineF(begin, end) for _, begin, end in lines])
        p.setPen(self.textPen())
        for box, flags, text in texts:
            p.drawText(box, int(flags), text)

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """Text of each tick."""
        if self.logMode:
            return [number_text(float(f"{10.0**value:.2g}")) for value in values]
        return self.texts([float(value) for value in values], spacing or 1.0)

    def texts(self, values: list[float], spacing: float) -> list[str]:
        """Text of each tick on a linear axis."""
        largest = max((abs(value) for value in values), default=0.0)
        if largest and largest < 1e-3:
            return [number_text(float(f"{value:.6g}"), 2) if abs(value) > spacing / 1e6 else "0" for value in values]
        divisor, unit = next((divisor, unit) for limit, divisor, unit in _THOUSANDS if largest >= limit)
        places = _places(spacing / divisor)
        return [f"{value / divisor + 0.0:.{places}f}{unit if value else ''}" for value in values]


class CountAxis(Axis):
    """Whole numbers: steps, layers."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """As always, but never between two of them."""
        levels = [(max(1.0, spacing), 0.0) for spacing, _ in super().tickSpacing(minVal, maxVal, size)]
        return list(dict.fromkeys(levels))


class BytesAxis(Axis):
    """Bytes, in one unit for all ticks, unless ``in_bytes`` is off."""

    in_bytes = True

    def texts(self, values: list[float], spacing: float) -> list[str]:
        """See `Axis`."""
        if not self.in_bytes:
            return super().texts(values, spacing)
        largest = max((abs(value) for value in values), default=0.0)
        power = min(int(math.log10(largest) // 3), len(_BYTES) - 1) if largest >= 1 else 0
        places = _places(spacing / 1000**power)
        return [f"{value / 1000**power:.{places}f} {_BYTES[power]}" if value else "0" for value in values]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """See `Axis`."""
        if self.logMode and self.in_bytes:
            return [bytes_text(10.0**value) for value in values]
        return super().tickStrings(values, scale, spacing)


class PercentAxis(Axis):
    """Shares, shown as percent unless ``percent`` is off."""

    percent = True

    def show_metric(self, name: str) -> None:
        """Label and ticks are those of a metric of layers."""
        self.percent = name in SHARES
        self.setLabel(metric_name(name))

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """See `Axis`."""
        if self.logMode and self.percent:
            return [f"{number_text(float(f'{100 * 10.0**value:.2g}'))} %" for value in values]
        return super().tickStrings(values, scale, spacing)

    def texts(self, values: list[float], spacing: float) -> list[str]:
        """See `Axis`."""
        if not self.percent:
            return super().texts(values, spacing)
        places = 0 if spacing >= 0.01 else 1 if spacing >= 0.001 else 2
        return [f"{100 * value:.{places}f} %" for value in values]


class ElapsedAxis(Axis):
    """Seconds, shown as 0:45 or 1:02:00, ticks at round times."""

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Major ticks at least 70 pixels apart, at seconds, minutes or hours; all at parts of a second where they are
        closer, so that one axis says time in one way."""
        least = (maxVal - minVal) * 70 / max(size, 1)
        if 0 < least <= _TIMES[0] / 2:
            step = 10.0 ** math.floor(math.log10(least))
            return [(next(step * factor for factor in (1, 2, 5, 10) if step * factor >= least), 0)]
        return [(_TIMES[min(bisect.bisect_left(_TIMES, least), len(_TIMES) - 1)], 0)]

    def texts(self, values: list[float], spacing: float) -> list[str]:
        """See `Axis`."""
        if spacing < 1:
            return [f"{value:.{_places(spacing)}f} s" for value in values]
        return [clock_text(value) for value in values]


class LayerAxis(Axis):
    """Ordinals of layers, labeled by what `name` gives; ticks only where there is room."""

    def __init__(self, orientation: str, label: str = "") -> None:
        super().__init__(orientation, label)
        self.names: list[str] = []
        self._least = 34.0
        self._lines = 1

    @property
    def least_height(self) -> float:
        """Pixels between two names at the left."""
        return scaled(16)

    def show_names(self, names: list[str]) -> None:
        """The names of positions 0, 1, 2 …; an empty one has no tick. More names beyond the range in view change
        nothing that is to be drawn: while layers come one by one, the axis is drawn when the range moves."""
        if names != self.names:
            last = math.floor(max(self.range)) + 1
            changed = names[:last] != self.names[:last]
            count = len(self.names)
            grown = names[:count] == self.names  # what was looked at is not looked at again for each layer that comes
            self.names = names
            metrics = QFontMetricsF(font(-1))
            wrapped = [self._wrapped(name) for name in (names[count:] if grown else names)]
            widths = (metrics.horizontalAdvance(line) + 6 for text in wrapped for line in text.split("\n"))
            self._least = max([self._least if grown else 34.0, *widths])
            if self.orientation == "bottom":
                self._lines = max([self._lines if grown else 1, *(1 + ("\n" in text) for text in wrapped)])
                height = round(metrics.height() * self._lines)
                if height != self.textHeight:
                    self.textHeight = height
                    self._updateHeight()
            if changed:
                self.picture = None
                self.update()

    def show_layers(self, layers: Sequence[str]) -> None:
        """The number of the decoder layer at the first module of each; names where there are no numbers."""
        numbers = [layer_number(layer) for layer in layers]
        self.show_names(
            [
                short_name(layer) if number is None else "" if i and number == numbers[i - 1] else str(number)
                for i, (layer, number) in enumerate(zip(layers, numbers, strict=True))
            ]
        )

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Every named position in view, thinned until the ticks have room."""
        low, high = sorted((minVal, maxVal))
        shown = [i for i in range(max(0, math.ceil(low)), min(len(self.names), int(high) + 1)) if self.names[i]]
        least = self.least_height if self.orientation == "left" else self._least
        every = max(1, math.ceil(least * len(shown) / max(size, 1)))
        return [(1.0, [float(i) for i in shown[::every]])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float | None) -> list[str]:
        """The names themselves."""
        return [self._wrapped(self.names[int(value)]) for value in values]

    def _wrapped(self, name: str) -> str:
        """At the bottom a long name of several words takes two lines."""
        spaces = [position for position, letter in enumerate(name) if letter == " "]
        if self.orientation == "left" or len(name) <= ONE_LINE or not spaces:
            return name
        position = min(spaces, key=lambda index: abs(2 * index + 1 - len(name)))
        return f"{name[:position]}\n{name[position + 1 :]}"


def clock_text(seconds: float) -> str:
    """``75`` -> ``"1:15"``, ``3720`` -> ``"1:02:00"``."""
    sign, whole = ("-" if seconds < 0 else ""), abs(round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}" if hours else f"{sign}{minutes}:{rest:02d}"


def _places(spacing: float) -> int:
    return max(0, min(9, -math.floor(math.log10(spacing) + 1e-9))) if spacing > 0 else 0
