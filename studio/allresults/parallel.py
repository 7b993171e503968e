"""Parallel coordinates: a line for each result, an axis for each setting that differs and each metric of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QToolTip, QWidget

from engine.record.history import Result
from engine.record.results import Key, Records, key_of
from engine.record.sweeps import Coordinate, coordinates, sweep_of
from studio.engine_words import engine_word, result_name
from studio.kit.plaintext import as_plain
from studio.kit.theme import color, font, theme

BESIDE = 6.0
"""Pixels between an axis and its words."""
MOST_LAST = 0.35
"""Share of the width that the words of the last axis may take."""
REACH = 8.0
"""Pixels from a line within which the mouse is on it."""


class ParallelChart(QWidget):
    """Colored by the last axis. A click picks a result. GUI thread only."""

    picked = Signal(str, str)
    """Run and block."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Result] = []
        self.axes: list[Coordinate] = []
        self._shown: tuple[Records, list[Result], dict[Key, str]] = (Records(), [], {})
        self._marked: dict[Key, str] = {}
        self._hot = -1
        self._last = 0.0
        """Pixels that the words of the last axis take, at its right."""
        self.setMouseTracking(True)
        self.setMinimumSize(220, 140)
        self.setAccessibleName(self.tr("Parallel coordinates"))
        theme().changed.connect(self._measure)

    def show_rows(self, records: Records, rows: Sequence[Result], marked: dict[Key, str]) -> None:
        """``marked``: color token by result; several selected ones are shown alone. Nothing is looked up before it can
        be seen."""
        self._shown = (records, list(rows), dict(marked))
        if self.isVisible():
            self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        records, rows, marked = self._shown
        self.rows = sweep_of(records, rows, [key for key, token in marked.items() if token == "b"])
        self.axes = coordinates(records, self.rows)
        self._marked, self._hot = marked, -1
        self._measure()
        names = ", ".join(engine_word(axis.title) for axis in self.axes)
        self.setAccessibleDescription(self.tr("%n results: {names}", "", len(self.rows)).format(names=names))
        self.update()

    def _measure(self) -> None:
        """Find how wide the words of the last axis are."""
        texts = set(self.axes[-1].texts) if self.axes else ()
        self._last = max(map(QFontMetrics(font(-1)).horizontalAdvance, texts), default=0) + 2 * BESIDE
        self.update()

    # -- places -------------------------------------------------------------------------------------------------------
    def _area(self) -> QRectF:
        line, last = self.fontMetrics().height(), min(self._last, MOST_LAST * self.width())
        return QRectF(self.rect()).adjusted(40, 2 * line, -last, -1.5 * line)

    def _apart(self) -> float:
        """Pixels from one axis to the next."""
        return self._area().width() / max(1, len(self.axes) - 1)

    def heads(self) -> list[tuple[QRectF, str]]:
        """The titles of the axes and their places; by turns on two lines where one has no room for all."""
        metrics, most = QFontMetrics(font(-1)), self._apart() - BESIDE
        names = [engine_word(axis.title) for axis in self.axes]
        is_crowded = any(metrics.horizontalAdvance(name) > most for name in names)
        heads = []
        for number, name in enumerate(names):
            width = min(metrics.horizontalAdvance(name) + 2.0, (2 if is_crowded else 1) * most)
            start = max(0.0, min(self._x(number) - width / 2, self.width() - width))
            top = 2 + (number % 2 * metrics.height() if is_crowded else 0)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(width))
            heads.append((QRectF(start, top, width, metrics.height()), shown))
        return heads

    def _x(self, axis: int) -> float:
        area = self._area()
        return area.left() + area.width() * axis / max(1, len(self.axes) - 1)

    def line(self, row: int) -> list[QPointF]:
        """The places of a result on the axes that it has a value for."""
        area = self._area()
        there = [(number, axis.places[row]) for number, axis in enumerate(self.axes)]
        return [
            QPointF(self._x(n), area.bottom() - area.height() * height) for n, height in there if height is not None
        ]

    def _at(self, where: QPointF) -> int:
        """The result whose line is nearest to a place, -1 for none within reach."""
        best, nearest = REACH, -1
        for row in range(len(self.rows)):
            places = self.line(row)
            for a, b in pairwise(places):
                if a.x() <= where.x() <= b.x() and b.x() > a.x():
                    y = a.y() + (b.y() - a.y()) * (where.x() - a.x()) / (b.x() - a.x())
                    if abs(y - where.y()) < best:
                        best, nearest = abs(y - where.y()), row
        return nearest

    # -- events -------------------------------------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hot = self._at(event.position())
        if hot != self._hot:
            self._hot = hot
            self.update()
            lines = (
                [
                    result_name(self._shown[0].name(self.rows[hot])),
                    *(f"{engine_word(axis.title)}: {axis.texts[hot]}" for axis in self.axes),
                ]
                if hot >= 0
                else []
            )
            QToolTip.showText(event.globalPosition().toPoint(), as_plain("\n".join(lines)), self)

    def leaveEvent(self, event: QEvent) -> None:
        self._hot = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._at(event.position())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(*key_of(self.rows[row]))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(-1))
        if len(self.rows) < 2 or len(self.axes) < 2:
            painter.setPen(color("muted"))
            text = self.tr(
                "Run a sweep or select several results. Each one becomes a line across the settings and metrics "
                "that differ."
            )
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(20, 20, -20, -20), flags, text)
            painter.end()
            return
        order = sorted(
            range(len(self.rows)), key=lambda row: (row == self._hot, key_of(self.rows[row]) in self._marked)
        )
        for row in order:
            self._paint_line(painter, row)
        for number, axis in enumerate(self.axes):
            self._paint_axis(painter, number, axis)
        painter.setPen(color("text"))
        for head, title in self.heads():
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, title)
        painter.end()

    def _paint_line(self, painter: QPainter, row: int) -> None:
        places = self.line(row)
        if not places:
            return
        path = QPainterPath(places[0])
        for point in places[1:]:
            path.lineTo(point)
        token = self._marked.get(key_of(self.rows[row]), "")
        pen = QPen(color("text") if row == self._hot else color(token) if token else self._hue(row))
        pen.setWidthF(2.5 if token or row == self._hot else 1.4)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.setBrush(pen.color())
        for point in places:
            painter.drawEllipse(point, 2.5, 2.5)

    def _hue(self, row: int) -> QColor:
        """From the theme's first color to its second along the last axis."""
        height = self.axes[-1].places[row]
        if height is None:
            return color("muted", 0.7)
        low, high = color("accent"), color("warning")
        channels = ((low.redF(), high.redF()), (low.greenF(), high.greenF()), (low.blueF(), high.blueF()))
        red, green, blue = (a + (b - a) * height for a, b in channels)
        return QColor.fromRgbF(red, green, blue)

    def _paint_axis(self, painter: QPainter, number: int, axis: Coordinate) -> None:
        area, x, height = self._area(), self._x(number), self.fontMetrics().height()
        painter.setPen(QPen(color("border"), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(color("muted"))
        room = (self._apart() if number < len(self.axes) - 1 else self.width() - x) - BESIDE
        labeled: list[float] = []
        for tick, text in sorted({(p, t) for p, t in zip(axis.places, axis.texts, strict=True) if p is not None}):
            y = area.bottom() - area.height() * tick
            if all(abs(y - other) > height for other in labeled):
                labeled.append(y)
                shown = painter.fontMetrics().elidedText(engine_word(text), Qt.TextElideMode.ElideRight, int(room))
                line = QRectF(x + BESIDE, y - height / 2, room, height)
                painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
